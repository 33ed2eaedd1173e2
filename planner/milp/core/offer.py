"""Which deployments a block is offered: what its continuous plan uses, then what comes nearest to it in cost."""

from __future__ import annotations

import numpy as np

from planner.milp.arrays import Mask, Vector
from planner.milp.core.block_lp import Outcome
from planner.milp.core.market import Market
from planner.milp.core.slots import Positions
from planner.milp.core.vertices import Vertices
from planner.milp.instance import Deployment, Instance

_SPARE_PRICE = 0.2  # of a typical rent: what a spare committed GPU is worth at least, so that none is wasted
_TINY = 1e-9


class Offer:
    """The deployments of an instance as arrays; a place is a workload's size of replica on a side."""

    def __init__(self, p: Instance, market: Market, vertices: Vertices) -> None:
        self.p, self.market, self.vertices = p, market, vertices
        side = {one: q for q, one in enumerate(market.sides)}
        stream = {name: d for d, name in enumerate(p.streams)}
        workload = {name: w for w, name in enumerate(p.workloads)}
        self._workload = np.array([workload[one.workload] for one in p.deployments], dtype=np.int64)
        self._workload_of_stream = np.array([workload[one.workload] for one in p.streams.values()], dtype=np.int64)
        self._side = np.array([side[one.pool, one.kind] for one in p.deployments], dtype=np.int64)
        gpus = np.array([one.gpus for one in p.deployments], dtype=np.int64)
        _, self._place = np.unique(np.stack([self._workload, self._side, gpus]), axis=1, return_inverse=True)
        pairs = [(n, stream[name], rate) for n, one in enumerate(p.deployments) for name, rate in one.rates.items()]
        self._first = np.cumsum([0, *(len(one.rates) for one in p.deployments)])[:-1]
        self._owner = np.array([n for n, _, _ in pairs], dtype=np.int64)
        self._stream = np.array([d for _, d, _ in pairs], dtype=np.int64)
        self._gpu_s = gpus[self._owner] / np.array([rate for _, _, rate in pairs])
        rents = market.price[np.isfinite(market.price)]
        self._least_usd = _SPARE_PRICE * float(np.median(rents)) if len(rents) else _SPARE_PRICE
        self._has_own_price = market.free & ~np.isin(np.arange(len(market.sides)), market.linked)

    def best(self, outcome: Outcome, most: int) -> list[Deployment]:
        """At most `most` places of every workload, those in use first, each with its best deployment."""
        score = self._scores(outcome)
        by_place = np.lexsort((score, self._place))
        leads = by_place[_first_of_each(self._place[by_place])]
        unused = ~self._used(outcome)[self._workload[leads], self._side[leads]]
        ranked = leads[np.lexsort((leads, score[leads], unused, self._workload[leads]))]
        starts = np.maximum.accumulate(np.where(_first_of_each(self._workload[ranked]), np.arange(len(ranked)), 0))
        chosen = ranked[np.arange(len(ranked)) - starts < most]
        return [self.p.deployments[number] for number in np.sort(chosen)]

    def _scores(self, outcome: Outcome) -> Vector:
        """Cost of a request at the block's prices in units of what its stream is worth there, by deployment."""
        demand, share, gpu = self.vertices.feasible(outcome.prices)
        gpu_usd = np.where(self._has_own_price, self.market.price, np.maximum(gpu, self._least_usd))
        side = self._side[self._owner]
        waived = (share @ self.market.sharing)[self._stream] * self.market.is_spot[side]
        usd = self._gpu_s * gpu_usd[side] + waived
        scores: Vector = np.minimum.reduceat(usd / np.maximum(demand[self._stream], _TINY), self._first)
        return scores

    def _used(self, outcome: Outcome) -> Mask:
        used = np.zeros((len(self.p.workloads), len(self.market.sides)), dtype=bool)
        streams, sides = outcome.used
        used[self._workload_of_stream[streams], sides] = True
        return used


def _first_of_each(sorted_values: Positions) -> Mask:
    """True where a sorted value differs from the one before."""
    return np.concatenate([[True], sorted_values[1:] != sorted_values[:-1]])
