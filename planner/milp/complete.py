"""What a plan of the blocks leaves open: nodes and replicas started between them, hours billed at least, and sales.

Blocks are planned as if starting cost nothing; the starts that their nodes and replicas then need are the least
that serve, so that the plan is one of the whole question and can be compared with others.
"""

from __future__ import annotations

import numpy as np

from planner.milp.arrays import Arrays, Vector
from planner.milp.counts import least_counts
from planner.milp.highs import Search, solve_arrays
from planner.milp.model import Model

BETWEEN_BLOCKS = frozenset({"held", "started", "switched"})
LINKS = frozenset({"count_starts", "bill_minimum_hours", "count_switches"})


def with_starts_counted(m: Model, a: Arrays, plan: Vector, search: Search) -> Vector | None:
    """The plan with the cheapest starts and held nodes for what it rents and runs; None where none is found."""
    if not m.family("held"):
        return least_counts(m, plan)
    columns = np.flatnonzero([column.family in BETWEEN_BLOCKS for column in m.columns])
    rows = np.flatnonzero([row.family in LINKS for row in m.rows])
    part = a.part(columns, rows, plan)
    answer = solve_arrays(part, search)
    if answer.values is None:
        return None
    found = plan.copy()
    found[columns] = np.where(part.integer, np.round(answer.values), answer.values)
    return least_counts(m, found)


def with_existing_sold(m: Model, values: Vector) -> Vector:
    """The values with as many existing systems sold in every period as are no longer kept."""
    found = values.copy()
    for (pool, form, _, t), sold in m.family("sold").items():
        if form == "existing":
            kept, before = m.family("kept")[pool, t], m.family("kept").get((pool, int(t) - 1))
            count = m.columns[sold].upper or 0.0
            found[sold] = max(0.0, (count if before is None else found[before]) - found[kept])
    return found
