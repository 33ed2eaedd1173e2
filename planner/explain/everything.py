"""All that can be said of why a plan is as it is, in one go."""

from __future__ import annotations

from planner.again import Question
from planner.explain.explain import explained
from planner.explain.twice import with_twice
from planner.explain.why_not import with_why_not
from planner.plan.plan import Plan


def fully_explained(plan: Plan, question: Question, time_limit_s: float | None) -> Plan:
    """The plan with its explanations, why it has none of everything else, and what twice the demand takes.

    The first two take about `time_limit_s` each, or their usual time if None; the last one more search of the
    plan's own length.
    """
    plan = with_twice(plan, question)
    return with_why_not(explained(plan, question, time_limit_s), question, time_limit_s)
