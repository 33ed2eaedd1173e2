"""A block's portion of the caps that add up over blocks, so that blocks solved apart keep them together.

A cap of zero (a share) is asked of every block for itself; of any other a block may use what is left beside the
held columns, in proportion to what the guess uses there. Both are stricter than the cap: they make a plan, no proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.milp.arrays import Arrays, Mask, Vector

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Portions:
    """Rows of the whole model that no block holds alone, and the guess they are portioned by."""

    a: Arrays
    rows: Positions
    held: Mask
    values: Vector

    def of(self, columns: Positions, part: Arrays) -> Arrays:
        """A block's arrays with its portion of every such row in which it has a column."""
        for columns_in, values_in, most in self._portions(columns):
            part = _with_row(part, np.searchsorted(columns, columns_in), values_in, most)
        return part

    def _portions(self, columns: Positions) -> Iterator[tuple[Positions, Vector, float]]:
        a = self.a
        for row in self.rows:
            entry = slice(a.start[row], a.start[row + 1])
            index, value = a.index[entry].astype(np.int64), a.value[entry]
            held, inside = self.held[index], np.isin(index, columns)
            if inside.any() and np.isfinite(a.row_upper[row]):
                taken = float(value[held] @ self.values[index[held]])
                weight = np.abs(value) if a.row_upper[row] == 0 else np.abs(value * self.values[index])
                whole = float(weight[~held].sum())
                share = float(weight[inside].sum()) / whole if whole > 0 else 1.0
                yield index[inside], value[inside], share * (float(a.row_upper[row]) - taken)


def _with_row(a: Arrays, columns: Positions, values: Vector, most: float) -> Arrays:
    return replace(
        a,
        row_lower=np.append(a.row_lower, -np.inf),
        row_upper=np.append(a.row_upper, most),
        start=np.append(a.start, a.start[-1] + len(columns)).astype(np.int32),
        index=np.append(a.index, columns).astype(np.int32),
        value=np.append(a.value, values),
    )
