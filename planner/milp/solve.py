"""Solve a model with HiGHS in process or any solver PuLP knows, and say honestly what was proven.

What only large models or other solvers need is imported when it is needed: a small question is answered sooner.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from planner.milp.arrays import Arrays, Vector, arrays_from
from planner.milp.highs import Answer, Search, solve_arrays, version
from planner.milp.instance import Instance
from planner.milp.model import Model

LARGE = 600
"""Integer columns from which a good plan is sought before the search."""
LAST_SHARE_OF_TIME = 0.05
PARTS_SHARE_OF_TIME = 0.4


def solve(p: Instance, m: Model, solver: str, search: Search) -> Answer:
    """Solve `m`, the model of `p`; integers of the answer are whole, the rest is optimal for them."""
    arrays = arrays_from(m)
    answer = (
        _solve_with_highs(p, m, arrays, search) if solver == "highs" else _solve_with_pulp(m, arrays, solver, search)
    )
    return _settled(arrays, answer, search)


def _solve_with_pulp(m: Model, a: Arrays, name: str, search: Search) -> Answer:
    from planner.milp.outside import solve_with_pulp

    return solve_with_pulp(m, a, name, search)


def solve_model(m: Model, a: Arrays, solver: str, search: Search, start: Vector | None) -> Answer:
    """Solve any model, whose arrays are `a`, from a full or partial start that only HiGHS makes use of."""
    answer = solve_arrays(a, search, start) if solver == "highs" else _solve_with_pulp(m, a, solver, search)
    return _settled(a, answer, search)


def _settled(a: Arrays, answer: Answer, search: Search) -> Answer:
    if answer.values is None:
        return answer
    values = settle(a, answer.values, search)
    objective = float(a.cost @ values)
    return replace(answer, values=values, objective=objective, bound=min(answer.bound, objective))


def solver_version(solver: str) -> str:
    """Version of the solver, or of PuLP where PuLP calls it."""
    if solver == "highs":
        return version()
    from planner.milp.outside import pulp_version

    return pulp_version()


def settle(a: Arrays, values: Vector, search: Search) -> Vector:
    """Integers rounded and fixed, the continuous variables optimised for them.

    Solvers return 6.9999995 for 7; at the tolerance of the rounded rows the rest is solved again.
    """
    whole = np.where(a.integer, np.round(values), values)
    if a.integer.all():
        return whole
    again = solve_arrays(a.held(a.integer, whole).relaxed(), search)
    return whole if again.values is None else np.where(a.integer, whole, again.values)


def _solve_with_highs(p: Instance, m: Model, a: Arrays, search: Search) -> Answer:
    """HiGHS in process; a large model begins from a good plan and ends with every block at its best.

    Where whole nodes cannot be priced by rows, its parts say what no plan costs less than, before one tree does.
    """
    if a.integer.sum() < LARGE:
        return solve_arrays(a, search)
    from planner.milp.decouple import block_by_block
    from planner.milp.nearest import bound_with_few_losses
    from planner.milp.parts_search import by_parts
    from planner.milp.search.few import few_nodes
    from planner.milp.start import good_start

    last = replace(search, time_limit_s=LAST_SHARE_OF_TIME * search.time_limit_s)
    ends = perf_counter() + search.time_limit_s - last.time_limit_s
    few = few_nodes(p, m) if p.signed is None else None
    first = few.start(p, m, a, search) if few else None
    if first is None:
        first = good_start(p, m, a, search)
    known = few.with_rows(a, search) if few else a
    bound = solve_arrays(known.relaxed(), search).bound if few else -np.inf
    if first is not None and m.family("rerouted"):
        bound = max(bound, bound_with_few_losses(p, m, a, search))
    elif few is None:
        found = by_parts(m, a, first, replace(search, time_limit_s=PARTS_SHARE_OF_TIME * search.time_limit_s))
        if found is not None:
            first, bound, known = found[0].values, found[0].bound, found[1]
    if first is not None and a.cost @ first - bound <= search.mip_gap * abs(a.cost @ first):
        return Answer("optimal", first, float(a.cost @ first), bound)
    answer = solve_arrays(known, replace(search, time_limit_s=ends - perf_counter()), first)
    if first is not None and answer.status == "infeasible":  # by what HiGHS rounds: there is a plan
        answer = Answer("stopped", first, float(a.cost @ first), bound)
    answer = replace(answer, bound=max(answer.bound, bound))
    plan = first if answer.values is None else answer.values
    if plan is None or answer.status != "stopped":
        return answer
    better = block_by_block(m, a, plan, last, begin=True)
    best = plan if better is None or a.cost @ better > a.cost @ plan else better
    return replace(answer, values=best, objective=float(a.cost @ best))
