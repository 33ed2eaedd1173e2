"""A model as arrays, and the smaller arrays left when some columns are held at their values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.milp.model import Model

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

_SMALLEST_SIDE = 1e-3
_SIDES = {">=": (True, False), "<=": (False, True), "==": (True, True)}


@dataclass(frozen=True)
class Arrays:
    """Columns with bounds, rows in compressed form; fractional sides are scaled to about one."""

    cost: Vector
    lower: Vector
    upper: Vector
    integer: Mask
    row_lower: Vector
    row_upper: Vector
    start: NDArray[np.int32]
    index: NDArray[np.int32]
    value: Vector

    @property
    def row_of(self) -> NDArray[np.int32]:
        """Row of every entry."""
        return np.repeat(np.arange(len(self.row_lower), dtype=np.int32), np.diff(self.start))

    def relaxed(self) -> Arrays:
        """Without integrality."""
        return replace(self, integer=np.zeros(len(self.cost), dtype=bool))

    def priced(self, cost: Vector) -> Arrays:
        """At other costs."""
        return replace(self, cost=cost)

    def held(self, columns: Mask, values: Vector) -> Arrays:
        """With some columns fixed at their values."""
        lower, upper = np.where(columns, values, self.lower), np.where(columns, values, self.upper)
        return replace(self, lower=lower, upper=upper)

    def part(self, columns: NDArray[np.int64], rows: NDArray[np.int64], values: Vector) -> Arrays:
        """Only these columns and rows, the other columns at their values."""
        entry = np.isin(self.row_of, rows)
        row, index, value = self.row_of[entry], self.index[entry], self.value[entry]
        inside = np.isin(index, columns)
        others = np.zeros(len(self.row_lower))
        np.add.at(others, row[~inside], value[~inside] * values[index[~inside]])
        counts = np.bincount(np.searchsorted(rows, row[inside]), minlength=len(rows))
        return Arrays(
            cost=self.cost[columns],
            lower=self.lower[columns],
            upper=self.upper[columns],
            integer=self.integer[columns],
            row_lower=self.row_lower[rows] - others[rows],
            row_upper=self.row_upper[rows] - others[rows],
            start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            index=np.searchsorted(columns, index[inside]).astype(np.int32),
            value=value[inside],
        )

    def worst_breach(self, values: Vector) -> float:
        """How far the values miss a row at most."""
        activity = np.zeros(len(self.row_lower))
        np.add.at(activity, self.row_of, self.value * values[self.index])
        return float(max(np.max(self.row_lower - activity, initial=0), np.max(activity - self.row_upper, initial=0)))


def arrays_from(m: Model) -> Arrays:
    """The model, column by column and row by row."""
    cost = np.zeros(len(m.columns))
    for variable, coefficient in m.cost:
        cost[variable] += coefficient
    counts = np.fromiter((len(row.terms) for row in m.rows), np.int32, len(m.rows))
    size = int(counts.sum())
    side = np.fromiter((row.side for row in m.rows), np.float64, len(m.rows))
    bounded = np.array([_SIDES[row.sense] for row in m.rows], dtype=bool).reshape(-1, 2)
    scale = 1 / np.where(side == np.round(side), 1.0, np.maximum(np.abs(side), _SMALLEST_SIDE))
    return Arrays(
        cost=cost,
        lower=np.zeros(len(m.columns)),
        upper=np.array([np.inf if column.upper is None else column.upper for column in m.columns], dtype=np.float64),
        integer=np.array([column.integer for column in m.columns], dtype=bool),
        row_lower=np.where(bounded[:, 0], side * scale, -np.inf),
        row_upper=np.where(bounded[:, 1], side * scale, np.inf),
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        index=np.fromiter((v for row in m.rows for v, _ in row.terms), np.int32, size),
        value=np.fromiter((c for row in m.rows for _, c in row.terms), np.float64, size) * np.repeat(scale, counts),
    )
