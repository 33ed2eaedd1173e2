"""Columns that only count what others decide, at the least their rows ask for.

A plan found within a gap may count a person or a start too many; what is paid is what the fleet needs.
"""

from __future__ import annotations

import math

from planner.milp.arrays import Vector
from planner.milp.model import Model

COUNTED = {"started": "count_starts", "switched": "count_switches", "persons": "staff_systems"}
"""Family of columns → the family of rows that bound them from below."""
_NOTHING = 1e-9


def least_counts(m: Model, values: Vector) -> Vector:
    """The same plan with every counting column at its least."""
    least: dict[int, float] = {}
    for row in m.rows:
        for variable, coefficient in row.terms:
            if coefficient < 0 and COUNTED.get(m.columns[variable].family) == row.family:
                others = sum(c * values[v] for v, c in row.terms if v != variable)
                needed = max(0.0, (others - row.side) / -coefficient)
                least[variable] = max(least.get(variable, 0.0), needed)
    found = values.copy()
    for variable, needed in least.items():
        found[variable] = math.ceil(needed - _NOTHING) if m.columns[variable].integer else needed
    return found
