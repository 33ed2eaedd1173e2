"""Commitments to begin from: added, dropped and swapped one node at a time while the tabulated cost falls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.milp.arrays import Vector
from planner.milp.instance import Instance
from planner.milp.model import Model, Variable
from planner.milp.search.nodes import Asked
from planner.milp.search.table import Table

MOST_TRIALS = 4_000
"""Fleets of committed nodes that are tabulated at most."""
_SMALLEST_GAIN = 1e-5
_MOST_TABLES = 100
Nodes = tuple[int, ...]  # committed, by side


@dataclass(frozen=True)
class Option:
    """One column of committed nodes: what one costs, its side, the periods it serves."""

    column: Variable
    usd: float
    side: int
    serves: tuple[int, ...]


def options(p: Instance, m: Model, asked: Asked) -> list[Option]:
    """Every commitment that may be signed in some period."""
    place = {side.pool: position for position, side in enumerate(asked.sides) if side.kind == "firm"}
    found = []
    for (pool, form, t), column in m.family("bought").items():
        commitment = p.pools[str(pool)].commitments[str(form)]
        if pool in place:
            usd = sum(term[int(t)] for term in commitment.terms.values())
            found.append(Option(column, usd, place[str(pool)], commitment.serves[int(t)]))
    return found


def best_commitments(asked: Asked, choices: list[Option], table: Table) -> dict[Variable, int] | None:
    """Nodes by column where no single addition, drop or swap lowers the tabulated cost; None if trials run out."""
    trial = _Trials(asked, choices, table)
    signed = np.zeros(len(choices), dtype=np.int64)
    cost = trial.cost(signed)
    while True:
        best, better = cost * (1 - _SMALLEST_GAIN), None
        for move in _moves(signed):
            if trial.left <= 0:
                return None
            moved = trial.cost(move)
            if moved < best:
                best, better = moved, move
        if better is None:
            break
        cost, signed = best, better
    return {one.column: int(n) for one, n in zip(choices, signed, strict=True) if n}


def _moves(signed: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    every = np.eye(len(signed), dtype=np.int64)
    yield from (signed + add for add in every)
    for gone in np.flatnonzero(signed):
        yield signed - every[gone]
        yield from (signed - every[gone] + add for position, add in enumerate(every) if position != gone)


class _Trials:
    """Tabulated cost of commitments; `left` trials remain."""

    def __init__(self, asked: Asked, choices: list[Option], table: Table) -> None:
        self.left = MOST_TRIALS
        self._asked, self._choices, self._table = asked, choices, table
        self._usd = np.array([one.usd for one in choices])
        self._rented = table.least_costs(np.array([side.rent_usd_per_hour for side in asked.sides]))
        self._periods = [np.flatnonzero(asked.period == t) for t in range(int(asked.period.max()) + 1)]
        self._serving = np.zeros((len(self._periods), len(choices), len(asked.sides)), dtype=np.int64)
        for position, one in enumerate(choices):
            self._serving[list(one.serves), position, one.side] = 1
        self._found: dict[Nodes, Vector] = {}
        self._tables: dict[Nodes, Vector] = {}

    def cost(self, signed: NDArray[np.int64]) -> float:
        """Of the commitments and of what is rented beside them."""
        total = float(self._usd @ signed)
        for slots, serving in zip(self._periods, self._serving, strict=True):
            usd_per_hour = self._usd_per_hour(tuple((signed @ serving).tolist()))
            total += float(usd_per_hour[slots] @ self._asked.hours[slots])
        return total

    def _usd_per_hour(self, nodes: Nodes) -> Vector:
        """Rent in each slot beside these nodes."""
        if nodes not in self._found:
            self.left -= 1
            self._found[nodes] = self._costs(nodes)[self._table.cell]
        return self._found[nodes]

    def _costs(self, nodes: Nodes) -> Vector:
        """The table beside these nodes, from that of one node fewer."""
        last = max((side for side, count in enumerate(nodes) if count), default=None)
        if last is None:
            return self._rented
        if nodes not in self._tables:
            fewer = tuple(count - (side == last) for side, count in enumerate(nodes))
            costs = self._table.with_free_node(self._costs(fewer), last)
            if len(self._tables) >= _MOST_TABLES:
                self._tables.clear()
            self._tables[nodes] = costs
        return self._tables[nodes]
