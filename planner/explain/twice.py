"""What serving twice the demand takes: the question with every workload doubled, planned whole and checked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from planner.again import Question
from planner.errors import InfeasibleError, NoCandidateError, OutOfTimeError
from planner.explain.fleet import fleet_of
from planner.explain.levers import ALL_DEMAND, Changes, demands
from planner.explain.reply import Reply
from planner.inputs.problem import Problem
from planner.plan.peaks import most_gpus_by_type
from planner.plan.plan import Plan, TwiceRow

TWICE = 2.0


def with_twice(plan: Plan, question: Question) -> Plan:
    """The plan with what twice its demand takes, if that was found in time.

    As it is where some demand is not a figure that can be doubled.
    """
    problem = question.problem.base_case.model_copy(update={"alternatives": None})
    changes = doubling(problem)
    if not changes:
        return plan
    row: TwiceRow | None
    try:
        row = _planned(replace(question, problem=problem).changed(changes).answered())
    except (InfeasibleError, NoCandidateError) as error:
        row = TwiceRow(refusal=str(error))
    except OutOfTimeError:
        row = None
    return plan.model_copy(update={"twice": row})


def doubling(problem: Problem) -> Changes:
    """What sets the demand of every workload to twice what it is; empty where some of it is not a figure."""
    levers = demands(problem)
    if len([lever for lever in levers if lever.key != ALL_DEMAND]) < len(problem.workloads):
        return {}
    value = levers[-1].times(TWICE)
    return {} if value is None else levers[-1].to(value)


def as_reply(row: TwiceRow) -> Reply:
    """The whole plan as the answer to the question with all demand doubled."""
    if row.refusal:
        return Reply("none", text=row.refusal.strip().splitlines()[0])
    if row.objective is None or row.gap is None:
        return Reply("unknown")
    return Reply("found", row.objective, row.objective - row.gap * abs(row.objective), tuple(row.fleet))


def _planned(plan: Plan) -> TwiceRow:
    usd: dict[int, float] = defaultdict(float)
    for cost in plan.costs:
        usd[cost.period] += cost.usd
    return TwiceRow(
        usd_by_period=[usd[period.index] for period in plan.periods],
        npv_usd=plan.total_npv_usd,
        objective=plan.certificate.objective,
        gap=plan.certificate.gap,
        gpus=most_gpus_by_type(plan),
        fleet=list(fleet_of(plan)),
        signed_nodes=sum(row.nodes for row in plan.purchases),
    )
