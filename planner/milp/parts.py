"""A model as parts that share a few columns and rows: every part has the shared columns it needs as copies of its own.

Blocks have nothing to do with each other but for what is signed for all of them, work that may wait, and caps that
add up over them. Where copies may differ, and where such caps only have a price, parts can be solved one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.milp.arrays import Arrays, Mask
from planner.milp.complete import LINKS
from planner.milp.decouple import ACROSS_BLOCKS, HELD, blocks
from planner.milp.model import Model

Positions = NDArray[np.int64]
Matrix = NDArray[np.float64]

_LARGEST = 0.5
"""Share of all columns from which a part is no part any more."""


@dataclass(frozen=True)
class Part:
    """What only a few shared columns connect with the rest."""

    columns: Positions
    """In the whole model, in rising order: its own, and shared ones that its rows have."""
    copied: Mask
    """Which of them are shared."""
    arrays: Arrays
    """Its rows; its own columns cost what they cost, copies nothing."""
    rows: Positions
    """In the whole model."""
    across: Matrix
    """What its own columns put into rows that no part holds alone: [row, column]."""

    @property
    def copies(self) -> Positions:
        """The shared columns it has copies of."""
        return self.columns[self.copied]


@dataclass(frozen=True)
class Parts:
    """All parts of `whole`, the columns they share, and rows that are no part's own."""

    whole: Arrays
    parts: tuple[Part, ...]
    shared: Positions
    rest: Arrays
    """The shared columns with the rows that have no others."""
    across: Positions
    """Rows over several parts, those that count starts left out: without them nothing gets dearer."""
    across_shared: Matrix
    """What shared columns put into these: [row, shared column]."""


def parts_of(m: Model, a: Arrays) -> Parts | None:
    """The parts of `m`, whose arrays are `a`; None where it does not fall apart."""
    is_shared = np.array([column.family in HELD for column in m.columns], dtype=bool)
    is_local = np.array([row.family not in ACROSS_BLOCKS for row in m.rows], dtype=bool)
    groups = list(blocks(a, is_shared, is_local))
    if len(groups) < 2 or max(len(columns) for columns, _ in groups) > _LARGEST * len(a.cost):
        return None
    covered = np.concatenate([columns for columns, _ in groups])
    is_shared |= ~np.isin(np.arange(len(a.cost)), covered)
    counted = np.array([row.family not in LINKS for row in m.rows], dtype=bool)
    in_part = np.zeros(len(a.row_lower), dtype=bool)
    in_part[np.concatenate([rows for _, rows in groups])] = True
    has_own = np.zeros(len(a.row_lower), dtype=bool)
    has_own[a.row_of[~is_shared[a.index]]] = True
    across, shared = np.flatnonzero(~in_part & has_own & counted), np.flatnonzero(is_shared)
    dense = _dense(a, across)
    nothing = np.zeros(len(a.cost))
    return Parts(
        whole=a,
        parts=tuple(_parts(a, groups, is_shared, dense)),
        shared=shared,
        rest=a.part(shared, np.flatnonzero(~in_part & ~has_own & counted), nothing),
        across=across,
        across_shared=dense[:, shared],
    )


def _parts(a: Arrays, groups: list[tuple[Positions, Positions]], is_shared: Mask, across: Matrix) -> Iterator[Part]:
    nothing = np.zeros(len(a.cost))
    for own, rows in groups:
        entry = np.isin(a.row_of, rows) & is_shared[a.index]
        columns = np.sort(np.concatenate([own, np.unique(a.index[entry])])).astype(np.int64)
        copied = is_shared[columns]
        arrays = a.part(columns, rows, nothing)
        yield Part(
            columns, copied, arrays.priced(np.where(copied, 0.0, arrays.cost)), rows, across[:, columns] * ~copied
        )


def _dense(a: Arrays, rows: Positions) -> Matrix:
    found = np.zeros((len(rows), len(a.cost)))
    for place, row in enumerate(rows):
        entry = slice(a.start[row], a.start[row + 1])
        found[place, a.index[entry]] = a.value[entry]
    return found
