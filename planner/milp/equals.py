"""Where GPUs or energy are minimised: of the fleets that need no more of them, the cheapest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.milp.arrays import Arrays, Vector, arrays_from
from planner.milp.highs import Search, solve_arrays
from planner.milp.instance import Instance
from planner.milp.model import Model
from planner.milp.objective import cost_terms

_SHARE_OF_TIME = 0.25
_NO_MORE = 1e-9
_COST_GAP = 1e-4


def cheapest_of_equals(m: Model, p: Instance, values: Vector, search: Search) -> Vector:
    """The cheapest plan found with the objective of `values`, in a quarter of the time; `values` if cost is it."""
    if p.objective == "cost":
        return values
    a = arrays_from(m)
    allowed = float(a.cost @ values) * (1 + _NO_MORE)
    capped = replace(with_row(a, a.cost, allowed), cost=_cost(m, p))
    brief = replace(search, time_limit_s=_SHARE_OF_TIME * search.time_limit_s, mip_gap=_COST_GAP)
    answer = solve_arrays(capped, brief, values)
    return values if answer.values is None else np.where(a.integer, np.round(answer.values), answer.values)


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


def _cost(m: Model, p: Instance) -> Vector:
    cost = np.zeros(len(m.columns))
    for terms in cost_terms(m, p).values():
        for variable, usd in terms:
            cost[variable] += usd
    return cost
