"""One block in whole nodes and whole replicas beside given commitments, by the formulation itself.

The block is an instance of one period and one block in which committed nodes are there already. Of the
deployments only some are offered: what the block's continuous plan uses, and what comes nearest to it at its prices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.milp.arrays import Arrays, Vector, arrays_from
from planner.milp.build import build
from planner.milp.core.block_lp import Outcome
from planner.milp.core.market import Market
from planner.milp.core.slots import Slots
from planner.milp.core.vertices import Vertices
from planner.milp.highs import Search, solve_in_thread
from planner.milp.instance import Deployment, Existing, Instance, Limit, Pool, Time
from planner.milp.model import Model
from planner.milp.recover import Values, recovered

Committed = Mapping[tuple[str, str, int], int]  # nodes by pool, form or "existing", period

_RENTED = ("on_demand", "spot")
_ALL = ("block",)
_SPARE_PRICE = 0.2  # of a typical rent: what a spare committed GPU is worth at least, so that none is wasted
_TINY = 1e-9
_WHOLE = 1e-6


@dataclass(frozen=True)
class Effort:
    """How many deployments of a workload are offered, and how far whole numbers may lie above the fractions."""

    offered: int
    above: float  # infinite: anywhere, above or below


@dataclass(frozen=True)
class Block:
    """A block solved: USD an hour, its families with keys of one slot, and the size of its model."""

    usd_per_hour: float
    values: Values
    rows: int
    columns: int
    integers: int


class WholeBlocks:
    """The blocks of an instance beside the nodes committed in each period."""

    def __init__(self, p: Instance, market: Market, slots: Slots, vertices: Vertices, committed: Committed) -> None:
        self.p, self.market, self.slots, self.vertices = p, market, slots, vertices
        self.committed = committed
        self._streams = list(p.streams.values())
        self._stream = {name: d for d, name in enumerate(p.streams)}
        side = {one: q for q, one in enumerate(market.sides)}
        self._places: dict[tuple[str, int, int], list[int]] = defaultdict(list)
        for number, one in enumerate(p.deployments):
            self._places[one.workload, side[one.pool, one.kind], one.gpus].append(number)
        rents = market.price[np.isfinite(market.price)]
        self._least_usd = _SPARE_PRICE * float(np.median(rents)) if len(rents) else _SPARE_PRICE
        self._has_own_price = market.free & ~np.isin(np.arange(len(market.sides)), market.linked)

    def solve(self, s: int, outcome: Outcome, effort: Effort, search: Search, committed_usd: float) -> Block | None:
        """Block `s`; None without a plan. The gap is of the block and `committed_usd` an hour together."""
        q = self.instance(s, self._offered(outcome, effort.offered))
        m = build(q)
        arrays, nodes = _with_nodes_there(m, committed_usd)
        if np.isfinite(effort.above):
            arrays = _near_fractions(arrays, effort.above, search)
        answer = solve_in_thread(arrays, search)
        if answer.values is None:
            return None
        values = np.where(arrays.integer, np.round(answer.values), answer.values)
        usd = float(arrays.cost @ values) - (committed_usd if nodes else 0.0)
        return Block(usd, recovered(m, q, values), len(m.rows), len(m.columns), int(arrays.integer.sum()))

    def _offered(self, outcome: Outcome, most: int) -> list[Deployment]:
        """What the continuous plan uses, in every size, then what comes nearest to it in cost."""
        demand, share, gpu = self.vertices.feasible(outcome.prices)
        gpu_usd = np.where(self._has_own_price, self.market.price, np.maximum(gpu, self._least_usd))
        waived = share @ self.market.sharing
        used = {(self._streams[d].workload, q) for d, q in outcome.used}
        ranked: dict[str, list[tuple[bool, float, int]]] = defaultdict(list)
        for (workload, q, _), numbers in self._places.items():
            best = min((self._score(number, gpu_usd[q], demand, waived), number) for number in numbers)
            ranked[workload].append(((workload, q) not in used, *best))
        numbers = [number for found in ranked.values() for _, _, number in sorted(found)[:most]]
        return [self.p.deployments[number] for number in sorted(numbers)]

    def _score(self, number: int, gpu_usd: float, demand: Vector, waived: Vector) -> float:
        """Cost of a request at the block's prices in units of what its stream is worth there."""
        one = self.p.deployments[number]
        scores = []
        for stream, rate in one.rates.items():
            d = self._stream[stream]
            usd = one.gpus * gpu_usd / rate + (float(waived[d]) if one.kind == "spot" else 0.0)
            scores.append(usd / max(float(demand[d]), _TINY))
        return min(scores)

    def instance(self, s: int, deployments: list[Deployment]) -> Instance:
        """The block as an instance of its own; money is an hour's."""
        t = int(self.slots.period[s])
        places = {one.pool for one in deployments}
        pools = {name: self._pool(self.p.pools[name], t) for name in self.p.pools if name in places}
        demand = zip(self._streams, self.slots.planned[s].tolist(), self.slots.expected_share[s].tolist(), strict=True)
        return replace(
            self.p,
            time=Time((1,), (1.0,), 1.0, ((1.0,),), (0,) * len(self.p.time.block_of_hour), _ALL, _ALL),
            streams={
                one.id: replace(one, planned=((rate,),), expected_share=((expected,),), average=())
                for one, rate, expected in demand
            },
            pools=pools,
            deployments=tuple(deployments),
            limits={**self.p.limits, **dict(self._left(t, places))},
            quotas=tuple(
                replace(quota, members=frozenset(one for one in quota.members if one[0] in pools and one[1] in _RENTED))
                for quota in self.p.quotas
            ),
            budgets=(),
            power_limits=(),
            signed=None,
        )

    def _pool(self, pool: Pool, t: int) -> Pool:
        nodes = sum(self.committed.get((pool.id, form, t), 0) for form in (*pool.commitments, "existing"))
        return replace(pool, commitments={}, existing=Existing(nodes, (0.0,)) if nodes else None)

    def _left(self, t: int, places: set[str]) -> Iterator[tuple[str, Limit]]:
        """Limits less what commitments take of them; the GPU limit counts the nodes of `places` in its own row."""
        pools = self.p.pools
        for quota in self.p.quotas:
            taken = sum(pools[name].gpus * self.committed.get((name, form, t), 0) for name, form in quota.members)
            yield quota.limit, replace(self.p.limits[quota.limit], value=self.p.limits[quota.limit].value - taken)
        if self.p.gpu_limit is not None:
            limit = self.p.limits[self.p.gpu_limit]
            there = ((name, nodes) for (name, _, u), nodes in self.committed.items() if u == t and name not in places)
            taken = sum(pools[name].gpus * nodes for name, nodes in there)
            yield self.p.gpu_limit, replace(limit, value=limit.value - taken)


def _with_nodes_there(m: Model, committed_usd: float) -> tuple[Arrays, int]:
    """Arrays in which all committed nodes are kept and share out what commitments cost an hour; how many nodes."""
    a = arrays_from(m)
    kept = np.array([column.family == "kept" for column in m.columns], dtype=bool)
    nodes = int(a.upper[kept].sum())
    cost = np.where(kept, committed_usd / max(nodes, 1), a.cost)
    return replace(a.held(kept, a.upper), cost=cost), nodes


def _near_fractions(a: Arrays, above: float, search: Search) -> Arrays:
    """Whole numbers from the relaxation's rounded down to `above` more than it rounded up."""
    relaxed = solve_in_thread(a.relaxed(), search).values
    if relaxed is None:
        return a
    lower = np.where(a.integer, np.maximum(a.lower, np.floor(relaxed + _WHOLE)), a.lower)
    upper = np.where(a.integer, np.minimum(a.upper, np.ceil(relaxed - _WHOLE) + above), a.upper)
    return replace(a, lower=lower, upper=np.maximum(lower, upper))
