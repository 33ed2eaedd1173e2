"""Goals in turn: among the plans that are best for the first, the best for the second, and so on.

Each stage keeps what the earlier ones reached as a row and begins from their plan, so that a stage that runs
out of time only leaves its own goal unproven.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.milp.arrays import Arrays, Vector, arrays_from
from planner.milp.highs import Answer, Search, solve_arrays
from planner.milp.instance import Goal, Instance
from planner.milp.model import Model
from planner.milp.objective import objective_terms
from planner.milp.solution import Stage

_SHARE_OF_TIME = 0.25
_NO_MORE = 1e-9
_LATER_GAP = 1e-4


def in_turn(m: Model, p: Instance, values: Vector, first: Answer, search: Search) -> tuple[Vector, tuple[Stage, ...]]:
    """The plan after all goals of `p`, from one that is best for the first; what each reached, if they are several.

    Every later goal has a quarter of the time.
    """
    stages = [Stage(p.objective, first.objective, first.bound)]
    brief = replace(
        search,
        time_limit_s=_SHARE_OF_TIME * search.time_limit_s,
        mip_gap=max(search.mip_gap, _LATER_GAP) if p.then else _LATER_GAP,
    )
    a = arrays_from(m)
    for goal in p.goals[1:]:
        reached = float(a.cost @ values)
        a = replace(with_row(a, a.cost, reached + _NO_MORE * abs(reached)), cost=coefficients(m, p, goal))
        answer = solve_arrays(a, brief, values)
        if answer.values is not None:
            values = np.where(a.integer, np.round(answer.values), answer.values)
        stages.append(Stage(goal, float(a.cost @ values), answer.bound))
    return values, tuple(stages) if p.then else ()


def restated(
    m: Model, p: Instance, values: Vector, told: tuple[Answer, tuple[Stage, ...]]
) -> tuple[Answer, tuple[Stage, ...]]:
    """The answer and its stages with what `values` reach: they may be a little better than what was found first."""
    answer, stages = told
    reached = [float(coefficients(m, p, goal) @ values) for goal in p.goals]
    answer = replace(answer, objective=reached[0], bound=min(answer.bound, reached[0]))
    return answer, tuple(
        replace(stage, value=value, bound=min(stage.bound, value))
        for stage, value in zip(stages, reached, strict=False)
    )


def with_row(a: Arrays, coefficients: Vector, most: float) -> Arrays:
    """The arrays with one more row: `coefficients` times the columns is at most `most`."""
    columns = np.flatnonzero(coefficients).astype(np.int32)
    return replace(
        a,
        row_lower=np.append(a.row_lower, -np.inf),
        row_upper=np.append(a.row_upper, most),
        start=np.append(a.start, a.start[-1] + len(columns)).astype(np.int32),
        index=np.append(a.index, columns).astype(np.int32),
        value=np.append(a.value, coefficients[columns]),
    )


def coefficients(m: Model, p: Instance, goal: Goal) -> Vector:
    """What a unit of each column adds to a goal."""
    found = np.zeros(len(m.columns))
    for terms in objective_terms(m, p, goal).values():
        for variable, amount in terms:
            found[variable] += amount
    return found
