"""The question as numbers and tuples: all that the formulation, its tests and its pruning read.

Indices: t period, b block (both positions), w workload, d stream (a demand class), p pool, c config,
k capacity kind "firm" | "spot", o purchase form, a hosted API.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from planner.milp.ownership import Sale, Staff
from planner.milp.resilience import ProviderShare, Survival, Unserved
from planner.milp.solution import Key

Kind = Literal["firm", "spot"]
Role = Literal["aggregated", "prefill", "decode"]
Goal = Literal["cost", "gpus", "energy", "carbon"]
Grid = tuple[tuple[float, ...], ...]  # [period][block]
Signed = Mapping[str, Mapping[Key, float]]  # family → key → nodes


@dataclass(frozen=True)
class Time:
    """Periods and blocks. A typical week has 168 hours, each in one block."""

    months: tuple[int, ...]
    discount: tuple[float, ...]
    end_discount: float
    hours: Grid  # h of block b in period t
    block_of_hour: tuple[int, ...]  # 168 block positions
    period_labels: tuple[str, ...]
    block_labels: tuple[str, ...]
    least_share_of_term: float = 0.0  # a reservation is no option where less of its term lies in the horizon

    @property
    def periods(self) -> range:
        return range(len(self.months))

    @property
    def blocks(self) -> range:
        return range(len(self.block_labels))

    @property
    def slots(self) -> list[tuple[int, int]]:
        """All (period, block)."""
        return [(t, b) for t in self.periods for b in self.blocks]

    def months_before(self, t: int) -> int:
        """Months from the start of the horizon to the start of a period."""
        return sum(self.months[:t])

    def period_hours(self, t: int) -> float:
        """Hours of a whole period [h]."""
        return sum(self.hours[t])


@dataclass(frozen=True)
class Stream:
    """Demand of one class. `expected_share` is requests expected for each request planned."""

    id: str
    workload: str
    planned: Grid  # requests/s
    expected_share: Grid
    deadline_h: int | None = None  # whole hours; None where it must be served as it arrives
    arrivals: Grid = ()  # [period][168] requests/s hour by hour; only where there is a deadline
    unserved: Unserved | None = None  # None where all of it must be served
    average: Grid = ()  # planned requests/s over the hours of each block; empty where not known


@dataclass(frozen=True)
class Workload:
    """Streams that may share replicas, how much of them spot may carry in a block, and how they may be routed."""

    id: str
    streams: tuple[str, ...]
    spot_max_share: float = 1.0
    splits: bool = True  # whether a stream may be shared out among configurations
    best_quality: float = 0.0  # of its models
    quality_limit: str = ""  # name of the cap on how far the mean of a block's requests lies below it; "": none


@dataclass(frozen=True)
class Rental:
    """Nodes by the hour; `usable_share` of their GPUs count (spot)."""

    usd_per_hour: float
    usable_share: float = 1.0
    max_nodes: int | None = None
    usd_per_start: float = 0.0  # of a node, each time it is started
    minimum_hours: int = 1  # billed at least so long each time
    factors: tuple[float, ...] = ()  # on all of these prices by period; empty where they stay as they are

    def usd(self, t: int) -> float:
        """A node for an hour of a period."""
        return self.usd_per_hour * self.factor(t)

    def factor(self, t: int) -> float:
        """A period's prices over today's."""
        return self.factors[t] if self.factors else 1.0


@dataclass(frozen=True)
class Commitment:
    """Nodes signed or ordered in a period, for one node, by period t of signature.

    `serves[t]` are the periods it then serves; `terms[name][t]` its discounted cost by named term;
    `capex[t]` and `opex[t][u]` the cash that leaves in t, and in u.
    """

    serves: tuple[tuple[int, ...], ...]
    terms: dict[str, tuple[float, ...]]
    capex: tuple[float, ...]
    opex: Grid
    limit: str = ""  # name of the cap on nodes bought in all; "" where there is none
    sales: tuple[dict[int, Sale], ...] = ()  # by period of signature and of sale; empty where nothing may be sold
    retired: Grid = ()  # [t][u] capex after the order, less than 0: what a retired node brings; empty where none does
    financed: Grid = ()  # [t][u] cash that is neither: loans drawn (less than 0) and repaid; empty without


@dataclass(frozen=True)
class Existing:
    """Nodes already owned: `usd[t]` to keep one in period t, undiscounted."""

    count: int
    usd: tuple[float, ...]
    sales: dict[int, Sale] = field(default_factory=dict)  # by period of sale; empty where nothing may be sold
    kept_terms: dict[str, float] = field(default_factory=dict)  # discounted, of one kept to the end instead
    serves: int | None = None  # periods in which they may be kept; None: all

    def most(self, t: int) -> int:
        """Nodes that may be kept in a period."""
        return self.count if self.serves is None or t < self.serves else 0


@dataclass(frozen=True)
class Pool:
    """Identical nodes from one place and the ways to pay for them, by purchase form."""

    id: str
    provider: str
    region: str
    gpu: str
    gpus: int
    kw: float
    rentals: dict[str, Rental]
    commitments: dict[str, Commitment]
    existing: Existing | None = None
    kg_co2_per_kwh: float = 0.0  # of what its nodes draw


@dataclass(frozen=True)
class Deployment:
    """Replicas of one workload's configuration in a pool, on one kind of capacity.

    `gpus` is what a replica takes of the nodes, rounded up to the pool's packing sizes; `rates`
    are requests/s by stream; `spares` replicas are kept wherever it carries load. Of a request one
    `role` may be served by one deployment, the other by another of the same `group` and place.
    """

    workload: str
    config: str
    pool: str
    kind: Kind
    gpus: int
    rates: dict[str, float]
    spares: int = 0
    role: Role = "aggregated"
    group: str = ""  # halves of one group understand each other's caches
    quality: float = 0.0  # of its model, where a mean is asked for
    usd_per_hour: dict[str, float] = field(default_factory=dict)  # of a replica that is on, by named term
    usd_per_request: dict[str, float] = field(default_factory=dict)  # of a stream's request that it answers

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.workload, self.config, self.pool, self.kind


@dataclass(frozen=True)
class Api:
    """A hosted API for one stream."""

    id: str
    stream: str
    usd_per_request: float
    max_share: float = 1.0
    quality: float = 0.0  # of its model, where a mean is asked for
    provider: str = ""
    factors: tuple[float, ...] = ()  # on its price by period; empty where it stays as it is

    def usd(self, t: int) -> float:
        """An expected request of a period."""
        return self.usd_per_request * (self.factors[t] if self.factors else 1.0)


@dataclass(frozen=True)
class Limit:
    """A cap of the user's: at most `value` of `unit`."""

    value: float
    unit: str
    excess_usd: float | None = None  # price of a unit more: in a period, or for kW a month and for GPUs an hour


@dataclass(frozen=True)
class Quota:
    """A limit on the GPUs rented in any hour from some (pool, form)."""

    limit: str
    members: frozenset[tuple[str, str]]
    first: int = 0  # period in which it begins to hold
    last: int | None = None  # period in which it holds last; None: to the end

    def holds_in(self, t: int) -> bool:
        """Whether it holds in a period."""
        return self.first <= t and (self.last is None or t <= self.last)


@dataclass(frozen=True)
class Budget:
    """A limit on the cash paid in each period."""

    limit: str
    kind: Literal["total", "opex", "capex"]


@dataclass(frozen=True)
class Instance:
    """Sets and parameters. `limits` holds every cap by its name in the user's words; others refer to it."""

    objective: Goal
    time: Time
    workloads: dict[str, Workload]
    streams: dict[str, Stream]
    pools: dict[str, Pool]
    deployments: tuple[Deployment, ...]
    apis: tuple[Api, ...] = ()
    limits: dict[str, Limit] = field(default_factory=dict)
    quotas: tuple[Quota, ...] = ()
    budgets: tuple[Budget, ...] = ()
    power_limits: tuple[str, ...] = ()
    gpu_limit: str | None = None
    configuration_limit: str | None = None
    carbon_limit: str | None = None
    switch_usd_per_replica: float = 0.0
    staff: Staff | None = None
    charge_factors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """On what replicas cost by the hour, by named term and period; terms that stay as they are are absent."""
    provider_shares: tuple[ProviderShare, ...] = ()
    survival: Survival | None = None
    signed: Signed | None = None
    """bought and kept as they are given; None where they are to be decided."""
    shared: bool = False
    """Whether what is bought and kept is decided for several instances at once."""
    ordered_at_once: int = 0
    """Owned systems ordered in the first period at least."""
    then: tuple[Goal, ...] = ()
    """Goals among the plans that are best for the first, in turn."""
    ceilings: tuple[tuple[Goal, str], ...] = ()
    """Goals that must stay within a limit over the whole horizon."""

    @property
    def goals(self) -> tuple[Goal, ...]:
        """Everything that is minimised, in turn; of all that is equally good the cheapest is taken."""
        asked = (self.objective, *self.then)
        return asked if "cost" in asked else (*asked, "cost")

    @property
    def weighed(self) -> frozenset[Goal]:
        """Every goal that is minimised or held down: what an exchange may not make worse."""
        return frozenset(self.goals) | {goal for goal, _ in self.ceilings}

    @cached_property
    def serving(self) -> dict[str, list[Deployment]]:
        """Deployments that can finish requests of a stream, by stream: whole ones and decoding halves."""
        found: dict[str, list[Deployment]] = defaultdict(list)
        for one in self.deployments:
            if one.role != "prefill":
                for stream in one.rates:
                    found[stream].append(one)
        return found

    @cached_property
    def prefilling(self) -> frozenset[str]:
        """Configurations that only prefill: what they serve is not finished."""
        return frozenset(one.config for one in self.deployments if one.role == "prefill")

    @cached_property
    def with_egress(self) -> frozenset[str]:
        """Workloads whose answers cost something to send, which depends on where they are computed."""
        return frozenset(one.workload for one in self.deployments if one.usd_per_request)

    @cached_property
    def in_halves(self) -> frozenset[str]:
        """Workloads that prefill and decode pools may serve."""
        return frozenset(one.workload for one in self.deployments if one.role != "aggregated")

    @cached_property
    def housed(self) -> dict[tuple[str, Kind], list[Deployment]]:
        """Deployments that share the nodes of a pool on one kind of capacity."""
        found: dict[tuple[str, Kind], list[Deployment]] = defaultdict(list)
        for one in self.deployments:
            found[one.pool, one.kind].append(one)
        return found

    def streams_of(self, workload: str) -> list[Stream]:
        """The streams of a workload."""
        return [self.streams[name] for name in self.workloads[workload].streams]

    def is_shared(self, workload: str) -> bool:
        """Whether a replica's requests are decided one by one, not simply all it can serve of the one stream."""
        asked = self.workloads[workload]
        chosen_one_by_one = not asked.splits or bool(asked.quality_limit) or workload in self.in_halves
        chosen_one_by_one |= workload in self.with_egress
        return len(asked.streams) > 1 or chosen_one_by_one
