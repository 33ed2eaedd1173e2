"""All there is to say why a plan is as it is, within one time limit."""

from __future__ import annotations

import time

from planner.again import Question
from planner.explain.effort import usual_time_s
from planner.explain.explain import explained
from planner.explain.why_not import why_not_rows
from planner.plan.plan import Plan

_SHARE = 2 / 3


def with_explanations(plan: Plan, question: Question, time_limit_s: float | None) -> Plan:
    """The plan with what limits it, what would change it, and why it has none of everything else.

    In about so many seconds (the usual time if None), of which prices of what is not chosen get a third at least.
    Raises the `PlannerError` of the question itself, where today it has no answer.
    """
    began, limit = time.monotonic(), time_limit_s or usual_time_s(plan)
    first = explained(plan, question, _SHARE * limit)
    left = max((1 - _SHARE) * limit, limit - (time.monotonic() - began))
    return first.model_copy(update={"why_not": why_not_rows(question, first, left)})
