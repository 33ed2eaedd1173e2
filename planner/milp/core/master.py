"""The commitments against what is proven of the blocks: a linear or integer program that grows by cuts.

Blocks of a period are held together in groups; the prices of a cut are the same for all blocks of a group, so
that groups are a relaxation, and splitting one never loosens the bound. Theta is a group's mean cost an hour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np

from planner.milp.arrays import Arrays, Vector
from planner.milp.core.ledger import Ledger
from planner.milp.core.slots import Positions
from planner.milp.core.split import Groups
from planner.milp.core.vertices import Vertices
from planner.milp.highs import Answer, Search, run_again, session, solve_arrays
from planner.milp.instance import Instance

_VIOLATED = 1e-7


@dataclass(frozen=True)
class Point:
    """Commitments, the links they make in every period, and the proven cost of each group an hour."""

    commitments: Vector
    links: Vector  # [t, link]
    theta: Vector  # [group]
    objective: float


class Master:
    """Commitments, links and thetas; `known[v, group]` is what prices prove of the mean of a group."""

    def __init__(self, p: Instance, ledger: Ledger, vertices: Vertices, groups: Groups) -> None:
        self.p, self.ledger, self.vertices, self.groups = p, ledger, vertices, groups
        self.periods, self.links = len(p.time.months), vertices.market.links
        self.known = np.zeros((0, groups.count))
        self._theta = ledger.columns + self.periods * self.links
        self._cut: dict[tuple[int, int], int] = {}  # its row, counted after the others
        self._arrays = self._without_cuts()
        self._highs: Any = session(self._arrays.relaxed(), {"threads": 1, "presolve": "off"})

    def inherit(self, parent: Master) -> None:
        """Take over every cut of a master whose groups these split, so that the bound does not fall."""
        self.grow()
        family: dict[int, set[int]] = {}
        for child, elder in zip(self.groups.of_slot.tolist(), parent.groups.of_slot.tolist(), strict=True):
            family.setdefault(elder, set()).add(child)
        self._add(sorted((v, child) for v, elder in parent.cuts for child in family[elder]))

    @property
    def cuts(self) -> list[tuple[int, int]]:
        """(prices, group) of every cut, in the order of their rows."""
        return list(self._cut)

    def solve(self) -> Point:
        """The linear relaxation, from the last basis."""
        run_again(self._highs)
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self._highs.clearSolver()
            run_again(self._highs)
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"the master problem ended {self._highs.modelStatusToString(status)}")
        return self._point(np.array(self._highs.getSolution().col_value))

    def mixes(self) -> Vector:
        """How the relaxation mixes the prices of each group, [v, group]; shares add up to at most 1."""
        self.grow()
        self.solve()
        duals = np.array(self._highs.getSolution().row_dual)[len(self._arrays.row_lower) :]
        found = np.zeros((len(self.known), self.groups.count))
        for (v, c), dual in zip(self._cut, duals, strict=True):
            found[v, c] += max(0.0, float(dual)) / self.groups.weight[c]
        shares: Vector = found / np.maximum(found.sum(axis=0), 1.0)
        return shares

    def solve_whole(self, search: Search, begin: Vector | None) -> tuple[Point | None, float]:
        """Whole commitments, and the bound proven; `begin` are whole commitments to start from."""
        start = None
        if begin is not None:
            start = np.full(len(self._arrays.cost), np.nan)
            start[: self.ledger.columns] = begin
        answer: Answer = solve_arrays(self._with_cuts(), search, start)
        if answer.values is None:
            return None, answer.bound
        return self._point(answer.values), answer.bound

    def grow(self) -> None:
        """Take note of prices that were found since."""
        new = self.vertices.known[len(self.known) :]
        if len(new):
            self.known = np.vstack([self.known, new @ self.groups.share])

    def proven(self, links: Vector) -> Vector:
        """What every prices prove of every group at the links of each period, [v, group]."""
        return self.known + (self.vertices.slope @ links.T)[:, self.groups.period]

    def cut_off(self, links: Vector, theta: Vector | None) -> int:
        """Add for every group the strongest cut at these links, where theta lies below it; how many."""
        if not len(self.known):
            return 0
        values = self.proven(links)
        best = values.argmax(axis=0)
        worth = values[best, np.arange(self.groups.count)]
        floor = np.full(self.groups.count, -np.inf) if theta is None else theta
        wanted = np.flatnonzero(worth > floor + _VIOLATED * np.maximum(1.0, np.abs(worth)))
        pairs = [(int(best[c]), int(c)) for c in wanted if (int(best[c]), int(c)) not in self._cut]
        self._add(pairs)
        return len(pairs)

    def _add(self, pairs: list[tuple[int, int]]) -> None:
        if not pairs:
            return
        self._cut.update({pair: len(self._cut) + number for number, pair in enumerate(pairs)})
        start, index, value, lower = self._rows(pairs)
        upper = np.full(len(pairs), np.inf)
        self._highs.addRows(len(pairs), lower, upper, len(index), start[:-1], index, value)

    def _rows(self, pairs: list[tuple[int, int]]) -> tuple[Positions, Positions, Vector, Vector]:
        """theta - slope · links >= known, in compressed form."""
        starts, index, value, lower = [0], [], [], []
        for v, c in pairs:
            slope = self.vertices.slope[v]
            there = np.flatnonzero(slope)
            index += [there + self.ledger.columns + self.groups.period[c] * self.links, [self._theta + c]]
            value += [-slope[there], [1.0]]
            lower.append(self.known[v, c])
            starts.append(starts[-1] + len(there) + 1)
        return (
            np.array(starts, dtype=np.int32),
            np.concatenate(index).astype(np.int32),
            np.concatenate(value),
            np.array(lower),
        )

    def _point(self, columns: Vector) -> Point:
        commitments = columns[: self.ledger.columns]
        links = columns[self.ledger.columns : self._theta].reshape(self.periods, self.links)
        return Point(commitments, links, columns[self._theta :], float(self._arrays.cost @ columns))

    def _without_cuts(self) -> Arrays:
        own = self.ledger.arrays
        columns = self._theta + self.groups.count
        rows: list[tuple[list[int], list[float]]] = []
        for t in range(self.periods):
            for number in range(self.links):
                terms = self.ledger.link.get((t, number), [])
                rows.append(
                    (
                        [self.ledger.columns + t * self.links + number, *(column for column, _ in terms)],
                        [1.0, *(-amount for _, amount in terms)],
                    )
                )
        counts = [len(index) for index, _ in rows]
        whole = np.zeros(columns - self.ledger.columns, dtype=bool)
        return Arrays(
            cost=np.concatenate([own.cost, np.zeros(self.periods * self.links), self.groups.weight]),
            lower=np.zeros(columns),
            upper=np.concatenate([own.upper, np.full(len(whole), np.inf)]),
            integer=np.concatenate([own.integer, whole]),
            row_lower=np.concatenate([own.row_lower, np.zeros(len(rows))]),
            row_upper=np.concatenate([own.row_upper, np.zeros(len(rows))]),
            start=np.concatenate([own.start, own.start[-1] + np.cumsum(counts)]).astype(np.int32),
            index=np.concatenate([own.index, *(index for index, _ in rows)]).astype(np.int32),
            value=np.concatenate([own.value, *(value for _, value in rows)]),
        )

    def _with_cuts(self) -> Arrays:
        base, pairs = self._arrays, self.cuts
        if not pairs:
            return base
        start, index, value, lower = self._rows(pairs)
        return replace(
            base,
            row_lower=np.concatenate([base.row_lower, lower]),
            row_upper=np.concatenate([base.row_upper, np.full(len(pairs), np.inf)]),
            start=np.concatenate([base.start, base.start[-1] + start[1:]]).astype(np.int32),
            index=np.concatenate([base.index, index]),
            value=np.concatenate([base.value, value]),
        )
