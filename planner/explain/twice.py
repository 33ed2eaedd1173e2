"""What serving twice the demand takes: the question with every workload doubled, planned whole and checked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from planner.again import Question
from planner.errors import InfeasibleError, NoCandidateError, OutOfTimeError
from planner.explain.levers import demands
from planner.plan.peaks import most_gpus_by_type
from planner.plan.plan import Plan, TwiceRow

TWICE = 2.0


def with_twice(plan: Plan, question: Question) -> Plan:
    """The plan with what twice its demand takes; as it is where some demand is not a figure that can be doubled."""
    problem = question.problem.base_case.model_copy(update={"alternatives": None})
    levers = [lever for lever in demands(problem) if lever.key != "workloads.*"]
    if len(levers) < len(problem.workloads):
        return plan
    changes = {key: value for lever in levers for key, value in lever.to(TWICE * lever.at).items()}
    try:
        row = _planned(replace(question, problem=problem).changed(changes).answered())
    except (InfeasibleError, NoCandidateError) as error:
        row = TwiceRow(refusal=str(error))
    except OutOfTimeError:
        return plan
    return plan.model_copy(update={"twice": row})


def _planned(plan: Plan) -> TwiceRow:
    usd: dict[int, float] = defaultdict(float)
    for cost in plan.costs:
        usd[cost.period] += cost.usd
    return TwiceRow(
        usd_by_period=[usd[period.index] for period in plan.periods],
        npv_usd=plan.total_npv_usd,
        gap=plan.certificate.gap,
        gpus=most_gpus_by_type(plan),
        signed_nodes=sum(row.nodes for row in plan.purchases),
    )
