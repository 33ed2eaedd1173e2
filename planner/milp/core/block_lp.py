"""The cheapest way to serve one block beside given commitments, and the dual prices that prove it.

Columns: flows to limited sides, free rents (firm, then spot), APIs, limited rents, demand left unserved.
Rows: demand, capacity of limited sides, spot share, caps. HiGHS keeps its basis from one block to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from planner.milp.arrays import Arrays, Vector
from planner.milp.core.market import Market
from planner.milp.core.slots import Positions
from planner.milp.highs import session

UNSERVED_FACTOR = 1e3
_NOTHING = 1e-9

Entry = tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]], float | Vector]  # rows, columns, coefficients


@dataclass(frozen=True)
class Prices:
    """Dual prices of a block, whatever the demand and the commitments: a bound from below on its cost."""

    demand: Vector  # [d] USD an hour for a request/s
    spot_share: Vector  # [w]
    caps: Vector  # [z]


@dataclass(frozen=True)
class Outcome:
    """A block solved: USD an hour, demand left unserved [requests/s], and the prices."""

    usd_per_hour: float
    unserved: float
    prices: Prices
    used: tuple[Positions, Positions]  # streams and sides with any flow


class BlockLp:
    """One HiGHS object for all blocks of a market."""

    def __init__(self, market: Market, unserved_usd: Vector) -> None:
        self.market = market
        self.limited = np.flatnonzero(~market.free | np.isin(np.arange(len(market.sides)), market.linked))
        self._shape(unserved_usd)
        self._highs: Any = session(self._arrays(), {"threads": 1, "presolve": "off"})

    def _shape(self, unserved_usd: Vector) -> None:
        m, limited = self.market, self.limited
        self.flow_d, at = np.nonzero(np.isfinite(m.gpu_s[:, limited]))
        self.flow_at, self.flow_q = at, limited[at]
        firm, spot = m.rent_usd()
        self.firm_d, self.spot_d = np.flatnonzero(np.isfinite(firm)), np.flatnonzero(np.isfinite(spot))
        self.rent_at = np.flatnonzero(np.isfinite(m.price[limited]) & ~m.free[limited])
        self.unserved_usd = unserved_usd
        streams, apis = len(m.gpu_s), len(m.api_stream)
        sizes = (len(self.flow_d), len(self.firm_d), len(self.spot_d), apis, len(self.rent_at), streams)
        ends = np.cumsum((0, *sizes))
        self.parts = [np.arange(a, b, dtype=np.int32) for a, b in pairwise(ends)]
        rows = np.cumsum((0, streams, len(limited), len(m.spot_share), len(m.caps)))
        self.rows = [np.arange(a, b, dtype=np.int32) for a, b in pairwise(rows)]
        self.rent_usd = (firm[self.firm_d], spot[self.spot_d])
        rent_q = [self._cheapest(self.firm_d, False), self._cheapest(self.spot_d, True)]
        self._ways = (
            np.concatenate([self.flow_d, self.firm_d, self.spot_d]),
            np.concatenate([self.flow_q, *rent_q]),
        )

    def _cheapest(self, streams: Positions, is_spot: bool) -> Positions:
        """The side of the cheapest free rent of each stream."""
        m = self.market
        there = m.free & (m.is_spot == is_spot)
        usd = np.where(there, m.gpu_s[streams] * np.where(there, m.price, 1.0), np.inf)
        return usd.argmin(axis=1) if len(streams) else np.zeros(0, dtype=np.int64)

    def _arrays(self) -> Arrays:
        m = self.market
        flow, firm, spot, api, rent, unserved = self.parts
        demand, room, share, cap = self.rows
        entries: list[Entry] = [
            (demand[self.flow_d], flow, 1.0),
            (room[self.flow_at], flow, m.gpu_s[self.flow_d, self.flow_q]),
            (demand[self.firm_d], firm, 1.0),
            (demand[self.spot_d], spot, 1.0),
            (demand[m.api_stream], api, 1.0),
            (room[self.rent_at], rent, -1.0),
            (demand, unserved, 1.0),
        ]
        for w, streams in enumerate(m.sharing > 0):
            on_spot = m.is_spot[self.flow_q] & streams[self.flow_d]
            entries += [(share[[w]], flow[on_spot], 1.0), (share[[w]], spot[streams[self.spot_d]], 1.0)]
        for z, counted in enumerate(m.counted[:, self.limited[self.rent_at]]):
            entries.append((cap[[z]], rent[counted > 0], counted[counted > 0]))
        columns = int(self.parts[-1][-1]) + 1
        cost = np.zeros(columns)
        cost[firm], cost[spot], cost[api] = *self.rent_usd, m.api_usd
        cost[rent], cost[unserved] = m.price[self.limited[self.rent_at]], self.unserved_usd
        upper = np.full(columns, np.inf)
        upper[rent] = m.most_gpus[self.limited[self.rent_at]]
        return _by_rows(entries, cost, upper, sum(map(len, self.rows)), len(demand))

    def _used(self, columns: Vector) -> tuple[Positions, Positions]:
        """Streams and sides of every flow in a solution's columns, free rents included."""
        first = columns[: self._ways[0].size] > _NOTHING
        return self._ways[0][first], self._ways[1][first]

    def solve(self, planned: Vector, expected_share: Vector, links: Vector) -> Outcome:
        """Solve for a demand [d], its expected shares [d] and what is committed [links]."""
        self._enter(planned, expected_share, links)
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self._highs.clearSolver()
            self._highs.run()
            if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                raise RuntimeError("HiGHS could not solve a block, which always has a solution")
        solution = self._highs.getSolution()
        dual, columns = np.array(solution.row_dual), np.array(solution.col_value)
        demand, _, share, cap = self.rows
        prices = Prices(np.maximum(dual[demand], 0.0), np.maximum(-dual[share], 0.0), np.maximum(-dual[cap], 0.0))
        usd = float(self._highs.getInfo().objective_function_value)
        return Outcome(usd, float(columns[self.parts[-1]].sum()), prices, self._used(columns))

    def _enter(self, planned: Vector, expected_share: Vector, links: Vector) -> None:
        m, (demand, room, share, cap) = self.market, self.rows
        nodes = np.zeros(len(m.sides))
        nodes[m.linked] = links[: len(m.linked)]
        allowed = m.spot_share * (m.sharing @ planned)
        left = np.array([one.gpus for one in m.caps]) - links[len(m.linked) :]
        left = np.maximum(left, 0.0)
        lower = np.concatenate([planned, np.full(len(room) + len(share) + len(cap), -np.inf)])
        upper = np.concatenate([np.full(len(demand), np.inf), (m.node_gpus * nodes)[self.limited], allowed, left])
        self._highs.changeRowsBounds(len(lower), np.arange(len(lower), dtype=np.int32), lower, upper)
        if len(m.api_stream):
            api = self.parts[3]
            most = m.api_share * planned[m.api_stream]
            self._highs.changeColsBounds(len(api), api, np.zeros(len(api)), most)
            self._highs.changeColsCost(len(api), api, m.api_usd * expected_share[m.api_stream])


def unserved_usd(market: Market, factor: float = UNSERVED_FACTOR) -> Vector:
    """A price for demand left unserved, [d] USD an hour for a request/s, far above every way to serve it."""
    dear = np.where(np.isfinite(market.price), market.price, 0.0).max(initial=0.0)
    gpus = np.where(np.isfinite(market.gpu_s), market.gpu_s, 0.0).max(axis=1, initial=0.0)
    hosted = np.zeros(len(gpus))
    np.maximum.at(hosted, market.api_stream, market.api_usd)
    usd: Vector = factor * np.maximum(np.maximum(max(dear, 1.0) * gpus, hosted), 1e-6)
    return usd


def _by_rows(entries: list[Entry], cost: Vector, upper: Vector, rows: int, demands: int) -> Arrays:
    parts = [np.broadcast_arrays(*entry) for entry in entries]
    row, column, value = (np.concatenate([part[i].astype(np.float64) for part in parts]) for i in range(3))
    order = np.lexsort((column, row))
    starts = np.searchsorted(row[order], np.arange(rows + 1))
    return Arrays(
        cost=cost,
        lower=np.zeros(len(cost)),
        upper=upper,
        integer=np.zeros(len(cost), dtype=bool),
        row_lower=np.concatenate([np.zeros(demands), np.full(rows - demands, -np.inf)]),
        row_upper=np.concatenate([np.full(demands, np.inf), np.zeros(rows - demands)]),
        start=starts.astype(np.int32),
        index=column[order].astype(np.int32),
        value=value[order],
    )
