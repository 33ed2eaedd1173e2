"""With commitments held the blocks have nothing to do with each other: each is solved on its own.

This finds the best plan for given commitments and given deferred work in the time of a few dozen tiny
problems. Of rows that add up over blocks (budgets, carbon, shares of providers) each block gets its portion where it
can keep it; they are checked at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from planner.milp.arrays import Arrays, Mask, Vector
from planner.milp.complete import BETWEEN_BLOCKS, LINKS, with_starts_counted
from planner.milp.highs import Search, solve_arrays
from planner.milp.model import Model
from planner.milp.portions import Portions

HELD = frozenset({"bought", "kept", "sold", "persons", "work", "backlog", "used"}) | BETWEEN_BLOCKS
ACROSS_BLOCKS = LINKS | {"respect_budgets", "respect_carbon", "respect_provider_shares", "respect_ceilings"}
_BLOCK_GAP = 0.002
_LATITUDE = 5.0  # times an even share of the time left that one block may take
_TOLERANCE = 1e-6

Positions = NDArray[np.int64]


def block_by_block(m: Model, a: Arrays, values: Vector, search: Search, *, begin: bool = False) -> Vector | None:
    """The best plan with the commitments and work of `values`; None where a block or a budget has none.

    With `begin`, `values` is a whole plan that each block starts from, so that none gets worse by itself; what is
    paid for starts between the blocks may.
    """
    held = np.array([column.family in HELD for column in m.columns])
    local = np.array([row.family not in ACROSS_BLOCKS for row in m.rows])
    plan = np.where(held | begin, values, 0.0)
    parts = list(blocks(a, held, local))
    links = np.array([row.family in LINKS for row in m.rows])
    portions = Portions(a, np.flatnonzero(~local & ~links & ~_may_be_broken(m)), held, np.asarray(values))
    ends = perf_counter() + search.time_limit_s
    for done, (columns, rows) in enumerate(parts):
        part = a.part(columns, rows, plan)
        seconds = _LATITUDE * max(ends - perf_counter(), 0.0) / (len(parts) - done)
        brief = replace(search, time_limit_s=seconds, mip_gap=_BLOCK_GAP)
        first = plan[columns] if begin else None
        answer = solve_arrays(portions.of(columns, part), brief, first)
        if answer.values is None and portions.rows.size:
            answer = solve_arrays(part, brief, first)
        if answer.values is None:
            return None
        plan[columns] = np.where(part.integer, np.round(answer.values), answer.values)
    counted = with_starts_counted(m, a, plan, replace(search, mip_gap=_BLOCK_GAP))
    plan = with_excess_paid(m, a, plan if counted is None else counted)
    return plan if a.worst_breach(plan) <= _TOLERANCE else None


def _may_be_broken(m: Model) -> Mask:
    """Rows of caps that have a price."""
    excess = {v for v, column in enumerate(m.columns) if column.family == "excess"}
    return np.array([any(v in excess for v, _ in row.terms[-1:]) for row in m.rows], dtype=bool)


def with_excess_paid(m: Model, a: Arrays, plan: Vector) -> Vector:
    """The plan with every cap that has a price broken by exactly as much as it needs; each is in one row."""
    excess = np.array([column.family == "excess" for column in m.columns])
    entry = excess[a.index]
    if not entry.any():
        return plan
    row, column, value = a.row_of[entry], a.index[entry], a.value[entry]
    activity = np.zeros(len(a.row_lower))
    np.add.at(activity, a.row_of, a.value * plan[a.index])
    paid = plan.copy()
    paid[column] = np.maximum(0.0, plan[column] + (activity[row] - a.row_upper[row]) / -value)
    return paid


def blocks(a: Arrays, held: Mask, local: Mask) -> Iterator[tuple[Positions, Positions]]:
    """Columns and rows of each set of columns that local rows connect once some columns are held."""
    entry = local[a.row_of] & ~held[a.index]
    row, index = a.row_of[entry], a.index[entry]
    group = _connected(row, index, len(a.cost))
    owner = np.full(len(a.row_lower), -1, dtype=np.int64)
    owner[row] = group[index]
    for one in np.unique(group[index]):
        yield np.flatnonzero((group == one) & ~held), np.flatnonzero(owner == one)


def _connected(row: NDArray[np.int32], index: NDArray[np.int32], size: int) -> Positions:
    """The first column that each column is connected to, passed on through rows until nothing changes."""
    group = np.arange(size, dtype=np.int64)
    rows = int(row.max(initial=-1)) + 1
    while True:
        least = np.full(rows, size, dtype=np.int64)
        np.minimum.at(least, row, group[index])
        passed = group.copy()
        np.minimum.at(passed, index, least[row])
        if (passed == group).all():
            return group
        group = passed
