"""How long explaining may take, how long one search of many may, and whether the plan's own proof may be used."""

from __future__ import annotations

from planner.again import Question
from planner.inputs.load import problem_from
from planner.plan.plan import Plan

LEAST_TIME_S = 150.0
TIMES_OWN = 10.0
SLOW_S = 3.0
"""Of a plan's own search: from here on every further one is brief."""
SEARCHES = 20
"""That the time must suffice for where each takes all it may; most are done sooner, so that more time asks more."""
_BRIEFEST_S = 4.0
_PATIENT = 300.0
"""Times the own search: from here on there is time for every search as exact as that."""


def usual_time_s(plan: Plan) -> float:
    """Seconds that explaining a plan takes at most, where nobody says otherwise."""
    return max(LEAST_TIME_S, TIMES_OWN * plan.certificate.solve_s)


def brief_s(plan: Plan, limit: float, searches: int = SEARCHES) -> float | None:
    """Seconds that one search may take, where so many would not fit into the limit; None where they need none."""
    own = plan.certificate.build_s + plan.certificate.solve_s
    if own < SLOW_S or limit > own * _PATIENT:
        return None
    return max(_BRIEFEST_S, min(own, limit / searches))


def is_of_today(plan: Plan, question: Question) -> bool:
    """Whether the plan answers this very question, or its base case, from these very facts: then its proof holds."""
    ours, theirs = question.made, plan.made
    same_facts = ours.catalog_sha256 == theirs.catalog_sha256 and ours.as_of == theirs.as_of
    asked = problem_from(plan.problem, plan.made.problem_file).base_case
    same_question = question.problem.base_case == asked
    return same_facts and same_question and plan.hedge is None and ours.planner_version == theirs.planner_version
