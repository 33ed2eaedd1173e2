"""All that can be said of why a plan is as it is, in one go."""

from __future__ import annotations

from planner.again import Question
from planner.explain.explain import explained
from planner.explain.why_not import with_why_not
from planner.plan.plan import Plan


def fully_explained(plan: Plan, question: Question, time_limit_s: float | None) -> Plan:
    """The plan with its explanations and why it has none of everything else, each found in about so many seconds.

    Each takes its usual time if `time_limit_s` is None.
    """
    return with_why_not(explained(plan, question, time_limit_s), question, time_limit_s)
