"""Each block in whole nodes and whole replicas beside given commitments, with the formulation itself.

A block is an instance of one period and one block in which committed nodes are there already. Of the
deployments only those are offered whose cost, at the block's own prices, is nearest to the cheapest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from planner.milp.arrays import Vector, arrays_from
from planner.milp.build import build
from planner.milp.core.block_lp import Prices
from planner.milp.core.market import Market
from planner.milp.core.slots import Slots
from planner.milp.core.vertices import Vertices
from planner.milp.highs import Search, solve_in_thread
from planner.milp.instance import Deployment, Existing, Instance, Limit, Pool, Stream, Time
from planner.milp.recover import Values, recovered

_ALL = "block"
OFFERED = 6
"""Deployments of a workload offered to a block."""


@dataclass(frozen=True)
class Block:
    """One block solved: USD an hour, what nothing is below [USD an hour], and its families with keys of one slot."""

    usd_per_hour: float
    values: Values


class WholeBlocks:
    """Blocks of an instance beside the nodes committed in each period."""

    def __init__(self, p: Instance, market: Market, slots: Slots, committed: dict[tuple[str, str, int], int]) -> None:
        self.p, self.market, self.slots = p, market, slots
        self.committed = committed  # nodes by pool, form or "existing", period
        self.streams = list(p.streams.values())
        self._side = {side: q for q, side in enumerate(market.sides)}
        self._stream = {name: d for d, name in enumerate(p.streams)}

    def solve(self, s: int, prices: Prices, vertices: Vertices, search: Search) -> Block | None:
        """Block `s`; None where no plan was found in time."""
        chosen = self._offered(*vertices.feasible(prices))
        q = self.instance(s, chosen)
        m = build(q)
        arrays = arrays_from(m)
        kept = np.array([column.family == "kept" for column in m.columns], dtype=bool)
        answer = solve_in_thread(arrays.held(kept, arrays.upper), search)
        if answer.values is None:
            return None
        values = np.where(arrays.integer, np.round(answer.values), answer.values)
        return Block(float(arrays.cost @ values), recovered(m, q, values))

    def _offered(self, demand: Vector, share: Vector, gpu: Vector) -> list[Deployment]:
        m = self.market
        gpu_usd = np.where(m.free & ~np.isin(np.arange(len(m.sides)), m.linked), m.price, gpu)
        waived = share @ m.sharing
        best: dict[tuple[str, int, int], tuple[float, int]] = {}
        for number, one in enumerate(self.p.deployments):
            q = self._side[one.pool, one.kind]
            place = one.workload, q, one.gpus
            score = min(self._score(one, rate, stream, gpu_usd[q], demand, waived) for stream, rate in one.rates.items())
            best[place] = min(best.get(place, (np.inf, 0)), (score, number))
        ranked: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for (workload, _, _), found in best.items():
            ranked[workload].append(found)
        numbers = [number for found in ranked.values() for _, number in sorted(found)[:OFFERED]]
        return [self.p.deployments[number] for number in sorted(numbers)]

    def _score(
        self, one: Deployment, rate: float, stream: str, gpu_usd: float, demand: Vector, waived: Vector
    ) -> float:
        d = self._stream[stream]
        price = one.gpus * gpu_usd / rate + (waived[d] if one.kind == "spot" else 0.0)
        return price / max(demand[d], 1e-9)

    def instance(self, s: int, deployments: list[Deployment]) -> Instance:
        """The block as an instance of its own; money is per hour."""
        t = int(self.slots.period[s])
        places = {one.pool for one in deployments}
        pools = {name: self._pool(pool, t) for name, pool in self.p.pools.items() if name in places}
        streams = {
            one.id: Stream(one.id, one.workload, ((float(rate),),), ((float(expected),),))
            for one, rate, expected in zip(
                self.streams, self.slots.planned[s], self.slots.expected_share[s], strict=True
            )
        }
        return replace(
            self.p,
            time=Time((1,), (1.0,), 1.0, ((1.0,),), (0,) * len(self.p.time.block_of_hour), (_ALL,), (_ALL,)),
            streams=streams,
            pools=pools,
            deployments=tuple(deployments),
            limits={**self.p.limits, **dict(self._left(t, places))},
            quotas=tuple(
                replace(quota, members=frozenset(one for one in quota.members if one[0] in pools and one[1] in _RENTED))
                for quota in self.p.quotas
            ),
            budgets=(),
            power_limits=(),
        )

    def _pool(self, pool: Pool, t: int) -> Pool:
        nodes = sum(self.committed.get((pool.id, form, t), 0) for form in (*pool.commitments, "existing"))
        return replace(pool, commitments={}, existing=Existing(nodes, (0.0,)) if nodes else None)

    def _left(self, t: int, places: set[str]) -> Iterator[tuple[str, Limit]]:
        """Limits less what commitments take of them; the GPU limit's own rows count the nodes of `places`."""
        for quota in self.p.quotas:
            taken = sum(
                self.p.pools[name].gpus * self.committed.get((name, form, t), 0) for name, form in quota.members
            )
            yield quota.limit, replace(self.p.limits[quota.limit], value=self.p.limits[quota.limit].value - taken)
        if self.p.gpu_limit is not None:
            limit = self.p.limits[self.p.gpu_limit]
            elsewhere = sum(
                self.p.pools[name].gpus * nodes
                for (name, _, u), nodes in self.committed.items()
                if u == t and name not in places
            )
            yield self.p.gpu_limit, replace(limit, value=limit.value - elsewhere)


_RENTED = ("on_demand", "spot")
