"""All that can be said of why a plan is as it is, in one go."""

from __future__ import annotations

import time

from planner.again import Question
from planner.explain.effort import usual_time_s
from planner.explain.explain import explained
from planner.explain.twice import with_twice
from planner.explain.why_not import with_prices_of, with_why_not
from planner.explain.why_not_words import form_words
from planner.plan.plan import Plan

_SHARE_OF_PRICES = 0.5
_LEAST_SHARE = 0.02


def fully_explained(plan: Plan, question: Question, time_limit_s: float | None) -> Plan:
    """The plan with its explanations, why it has none of everything else, and what twice the demand takes.

    The first two take about `time_limit_s` together, or the usual time if None: the prices of what is not chosen come
    first, for half of it at most, then the rest, and what that leaves goes to prices that were not reached. The last
    takes one more search of the plan's own length.
    """
    plan = with_twice(plan, question)
    began, limit = time.monotonic(), time_limit_s or usual_time_s(plan)
    plan, late = with_why_not(plan, question, _SHARE_OF_PRICES * limit)
    plan = explained(plan, question, limit - (time.monotonic() - began))
    left = limit - (time.monotonic() - began)
    if late and left > _LEAST_SHARE * limit:
        plan, late = with_prices_of(late, plan, question, left)
    if plan.explained is None:
        return plan
    late = [f"the price at which {form_words(name)} enters" for name in late]
    whole = {"time_limit_s": limit, "seconds": time.monotonic() - began}
    row = plan.explained.model_copy(update={**whole, "not_reached": [*late, *plan.explained.not_reached]})
    return plan.model_copy(update={"explained": row})
