"""One block in whole nodes and whole replicas beside given commitments, by the formulation itself.

The block is an instance of one period and one block in which committed nodes are there already. Only some of
the deployments are offered to it (see `offer`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.milp.arrays import Arrays, Vector, arrays_from
from planner.milp.build import build
from planner.milp.core.block_lp import Outcome
from planner.milp.core.market import Market
from planner.milp.core.offer import Offer
from planner.milp.core.replicas import Need
from planner.milp.core.slots import Slots
from planner.milp.core.vertices import Vertices
from planner.milp.highs import Search, solve_in_thread
from planner.milp.instance import Deployment, Existing, Instance, Limit, Pool, Time
from planner.milp.model import Model
from planner.milp.recover import Values, recovered
from planner.milp.stages import with_row

Committed = Mapping[tuple[str, str, int], int]  # nodes by pool, form or "existing", period

_RENTED = ("on_demand", "spot")
_ALL = ("block",)
_WHOLE = 1e-6
_ANY_NUMBER = 10**6


@dataclass(frozen=True)
class Effort:
    """How many deployments of a workload are offered, and how far from the fractions whole numbers are sought."""

    offered: int
    below: float  # the fraction rounded down
    above: float  # the fraction rounded up; infinite: anywhere, below too
    needs: tuple[Need, ...] = ()  # rows that every plan of the block keeps


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
        self.p, self.market, self.slots = p, market, slots
        self.committed = committed
        self._streams = list(p.streams.values())
        self._offer = Offer(p, market, vertices)

    def solve(self, s: int, outcome: Outcome, effort: Effort, search: Search, committed_usd: float) -> Block | None:
        """Block `s`; None without a plan. The gap is of the block and `committed_usd` an hour together."""
        q = self.instance(s, self._offer.best(outcome, effort.offered))
        m = build(q)
        arrays, nodes = _with_nodes_there(m, committed_usd)
        if np.isfinite(effort.above):
            arrays = _near_fractions(arrays, effort, search)
        answer = solve_in_thread(with_needs(m, arrays, effort.needs), search)
        if answer.values is None:
            return None
        values = np.where(arrays.integer, np.round(answer.values), answer.values)
        usd = float(arrays.cost @ values) - (committed_usd if nodes else 0.0)
        return Block(usd, recovered(m, q, values), len(m.rows), len(m.columns), int(arrays.integer.sum()))

    def least(self, s: int, price: Vector, needs: tuple[Need, ...], search: Search) -> tuple[float, Block | None]:
        """What block `s` costs at least an hour when each committed node costs its price [link]; and its plan.

        `needs` are rows that every plan keeps. The plan is None where it takes more nodes than are committed.
        """
        usd = {self.market.sides[q][0]: float(price[number]) for number, q in enumerate(self.market.linked)}
        housing = {one.pool for one in self.p.deployments}
        pools = {
            name: replace(pool, commitments={}, existing=_for_hire(pool, usd.get(name)))
            for name, pool in self.p.pools.items()
            if name in housing
        }
        q = self._alone(s, list(self.p.deployments), pools, self.p.limits)
        m = build(q)
        arrays = arrays_from(m)
        answer = solve_in_thread(with_needs(m, arrays, needs), search)
        least = max(answer.bound, 0.0) if np.isfinite(answer.bound) else 0.0
        if answer.values is None:
            return least, None
        values = np.where(arrays.integer, np.round(answer.values), answer.values)
        hired = {str(key[0]): values[column] for key, column in m.family("kept").items()}
        if any(nodes > self._nodes(self.p.pools[name], int(self.slots.period[s])) for name, nodes in hired.items()):
            return least, None
        rents = float(arrays.cost @ values) - sum(usd.get(name, 0.0) * nodes for name, nodes in hired.items())
        return least, Block(rents, recovered(m, q, values), len(m.rows), len(m.columns), int(arrays.integer.sum()))

    def instance(self, s: int, deployments: list[Deployment]) -> Instance:
        """The block beside its committed nodes as an instance of its own; money is an hour's."""
        t = int(self.slots.period[s])
        places = {one.pool for one in deployments}
        pools = {name: self._pool(self.p.pools[name], t) for name in self.p.pools if name in places}
        return self._alone(s, deployments, pools, {**self.p.limits, **dict(self._left(t, places))})

    def _alone(
        self, s: int, deployments: list[Deployment], pools: dict[str, Pool], limits: dict[str, Limit]
    ) -> Instance:
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
            limits=limits,
            quotas=tuple(
                replace(quota, members=frozenset(one for one in quota.members if one[0] in pools and one[1] in _RENTED))
                for quota in self.p.quotas
            ),
            budgets=(),
            power_limits=(),
            signed=None,
        )

    def _pool(self, pool: Pool, t: int) -> Pool:
        nodes = self._nodes(pool, t)
        return replace(pool, commitments={}, existing=Existing(nodes, (0.0,)) if nodes else None)

    def _nodes(self, pool: Pool, t: int) -> int:
        return sum(self.committed.get((pool.id, form, t), 0) for form in (*pool.commitments, "existing"))

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


def with_needs(m: Model, a: Arrays, needs: tuple[Need, ...]) -> Arrays:
    """The arrays of one block with a row for every need."""
    for need in needs:
        worth = np.zeros(len(a.cost))
        for key, column in m.family("working").items():
            worth[column] = need.worth.get((str(key[0]), str(key[1]), str(key[2]), str(key[3])), 0.0)
        for key, column in m.family("api").items():
            if key[0] == need.stream:
                worth[column] = need.hosted_usd
        a = with_row(a, -worth / need.usd, -1.0)
    return a


def _for_hire(pool: Pool, usd: float | None) -> Existing | None:
    """Nodes at a price by the hour, no more than there can be where none may be bought."""
    if usd is None:
        return None
    most = _ANY_NUMBER if pool.commitments or pool.existing is None else pool.existing.count
    return Existing(most, (max(usd, 0.0),))


def _with_nodes_there(m: Model, committed_usd: float) -> tuple[Arrays, int]:
    """Arrays in which all committed nodes are kept and share out what commitments cost an hour; how many nodes."""
    a = arrays_from(m)
    kept = np.array([column.family == "kept" for column in m.columns], dtype=bool)
    nodes = int(a.upper[kept].sum())
    cost = np.where(kept, committed_usd / max(nodes, 1), a.cost)
    return replace(a.held(kept, a.upper), cost=cost), nodes


def _near_fractions(a: Arrays, effort: Effort, search: Search) -> Arrays:
    """Whole numbers only near those of the relaxation."""
    relaxed = solve_in_thread(a.relaxed(), search).values
    if relaxed is None:
        return a
    lower = np.where(a.integer, np.maximum(a.lower, np.floor(relaxed + _WHOLE) - effort.below), a.lower)
    upper = np.where(a.integer, np.minimum(a.upper, np.ceil(relaxed - _WHOLE) + effort.above), a.upper)
    return replace(a, lower=lower, upper=np.maximum(lower, upper))
