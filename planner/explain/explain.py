"""Why a plan is as it is, on one page: what limits it, what moves its cost, what would change the fleet."""

from __future__ import annotations

from dataclasses import replace

from planner.again import Question
from planner.errors import OutOfTimeError
from planner.explain.ask import Asker, TimeIsUpError
from planner.explain.fleet import counts_of, fleet_of, gpus_of
from planner.explain.inquiry import Found, Inquiry, jobs
from planner.explain.reply import Reply
from planner.explain.swings import by_size
from planner.inputs.load import problem_from
from planner.plan.plan import ExplainedRow, Plan

LEAST_TIME_S = 120.0
TIMES_OWN = 10.0
SLOW_S = 3.0
"""Of a plan's own search: from here on every further one is brief."""
_SEARCHES = 40
_BRIEFEST_S = 1.0
_SAME = 1e-6


def explained(plan: Plan, question: Question, time_limit_s: float | None) -> Plan:
    """The plan with its explanations, found within about so many seconds (a few times its own search if None).

    Raises the `PlannerError` of the question itself, where today it has no answer.
    """
    limit = time_limit_s or usual_time_s(plan)
    asker = Asker(replace(question, problem=question.problem.base_case), limit, brief_s(plan, limit))
    base, notes = reference(plan, asker)
    found, late = Found(), []
    for job in jobs(plan, Inquiry(asker, base, found)):
        try:
            job.run()
        except TimeIsUpError:
            late.append(job.says)
    row = ExplainedRow(
        objective=base.objective,
        bound=base.bound,
        fleet=list(base.fleet),
        solves=len(asker.replies),
        seconds=asker.seconds,
        time_limit_s=limit,
        notes=notes,
        not_reached=late,
        doubled=found.doubled,
        seconds_a_search=asker.brief_s,
    )
    more = {
        "marginals": found.marginals,
        "flips": found.flips,
        "swings": by_size(found.swings),
        "front": sorted(found.front, key=lambda point: point.factor),
    }
    return plan.model_copy(update={"explained": row, **more})


def usual_time_s(plan: Plan) -> float:
    """Seconds that explaining a plan takes at most, where nobody says otherwise."""
    return max(LEAST_TIME_S, TIMES_OWN * plan.certificate.solve_s)


def brief_s(plan: Plan, limit: float) -> float | None:
    """Seconds for one search, where as many as matter would not fit into the time; None where they need no limit."""
    own = plan.certificate.build_s + plan.certificate.solve_s
    if own < SLOW_S or limit > own * _SEARCHES:
        return None
    return max(_BRIEFEST_S, limit / _SEARCHES)


def reference(plan: Plan, asker: Asker) -> tuple[Reply, list[str]]:
    """What changes are counted from: the plan, or what is better today; and how the two differ."""
    if asker.brief_s is not None and _is_of_today(plan, asker.question):
        base = _as_planned(plan, plan.certificate.bound)
        asker.remember(base)
        notes = ["Explained for the base case, without scenarios."] if plan.scenarios else []
        return base, notes
    base, notes = _searched(plan, asker)
    asker.remember(base)
    return base, notes


def _is_of_today(plan: Plan, question: Question) -> bool:
    """Whether the plan answers this very question from these very facts, so that its proof holds."""
    made = question.made
    same_facts = (made.catalog_sha256, made.planner_version, made.as_of) == (
        plan.made.catalog_sha256,
        plan.made.planner_version,
        plan.made.as_of,
    )
    same_question = question.problem == problem_from(plan.problem, plan.made.problem_file).base_case
    return same_facts and same_question and plan.hedge is None


def _as_planned(plan: Plan, bound: float) -> Reply:
    objective = plan.certificate.objective
    fleet, gpus, counts = fleet_of(plan), gpus_of(plan), counts_of(plan)
    return Reply("found", objective, min(bound, objective), fleet, gpus=gpus, counts=counts)


def _searched(plan: Plan, asker: Asker) -> tuple[Reply, list[str]]:
    reply = asker.ask({})
    if not reply.found:
        asker.question.answered()  # says why, at length
        raise OutOfTimeError(reply.text)
    proof, notes = plan.certificate, []
    if plan.hedge is not None:
        return reply, ["Explained for the base case alone; the plan is decided for all scenarios together."]
    if plan.scenarios:
        notes.append("Explained for the base case, without scenarios.")
    slack = _SAME * max(abs(proof.objective), 1.0)
    if reply.bound > proof.objective + slack or reply.objective < proof.bound - slack:
        return reply, [*notes, "Facts have changed since the plan was made: explained is today's answer."]
    bound = max(reply.bound, min(proof.bound, proof.objective))
    if reply.objective >= proof.objective - slack:
        return _as_planned(plan, bound), notes
    if reply.fleet != fleet_of(plan):
        notes.append("Searched more closely, another fleet is slightly better, within the plan's gap: explained is it.")
    return replace(reply, bound=min(bound, reply.objective)), notes
