"""Every lever of a problem, in the order in which they are let go when a conflict is looked for."""

from __future__ import annotations

from planner.explain.conflict_caps import caps
from planner.explain.conflict_levers import Lever
from planner.explain.conflict_lists import lists
from planner.explain.conflict_promises import demands, margins, promises
from planner.inputs.problem import Problem


def levers(problem: Problem) -> list[Lever]:
    """All of them: caps and promises last of what is let go, as they are what a conflict is told in."""
    return [*lists(problem), *margins(problem), *promises(problem), *caps(problem), *demands(problem)]
