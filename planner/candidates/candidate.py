"""What could work: replica configurations on pools, or a rejection with numbers. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from planner.catalog.specs import ModelSpec, Provenance
from planner.invest.arithmetic import equivalent_usd, rate_per_period

Role = Literal["aggregated", "prefill", "decode"]
FormName = Literal["on_demand", "spot", "reserved_1y", "reserved_3y", "capacity_block", "owned", "existing"]
OF_THE_PURCHASE = frozenset({"maintenance", "failed parts"})  # monthly lines that are a share of the purchase price


@dataclass(frozen=True)
class Memory:
    """Where each GiB of one GPU of the replica goes. `kv_pool` is what is left for the KV cache."""

    usable_gib: float
    weights_gib: float
    activations_gib: float
    runtime_gib: float
    kv_pool_gib: float
    kv_gib_per_request: float  # mean request of the class at its mean residency, on this GPU
    max_concurrency: float  # requests resident in the replica
    arithmetic: str  # one line a reader can redo by hand


@dataclass(frozen=True)
class OperatingPoint:
    """A replica under load: everything follows from `concurrency` decoding requests."""

    requests_per_s: float
    concurrency: float
    ttft_mean_ms: float
    ttft_p95_ms: float
    tpot_mean_ms: float
    tpot_p95_ms: float
    e2e_mean_s: float
    prefill_utilization: float


@dataclass(frozen=True)
class ReplicaConfig:
    """How one replica of a model is run; independent of who rents out the GPUs."""

    id: str  # model/GPU/tp4-pp1/fp8/kv-fp8; of a half also /prefill-8 or /decode
    model: str
    gpu: str
    tp: int
    pp: int
    weights: str
    kv: str
    link_domain_gpus: int = 0  # where its node differs from the GPU's data sheet; 0: as the data sheet
    role: Role = "aggregated"  # or one half of each request: the other half runs on replicas of the same `group`
    links: int = 0  # of a half: GPUs of the decoding side, each of which receives its part of the cache; 0: measured
    own_model: ModelSpec | None = None  # the user's config.json, which the catalogue does not have
    dp: int = 1  # attention data parallelism: groups of tp GPUs with requests of their own
    ep: int = 1  # GPUs that share the experts out whole
    engine: str = ""  # vllm, sglang or trtllm; "" for the constants that fit all
    node_gpus: int = 0  # GPUs of each of the nodes it spans, a pipeline stage each; 0: it stays inside one node
    network_gb_per_s: float = 0.0  # then: of each GPU to the other nodes, one way

    @property
    def gpus(self) -> int:
        return self.tp * self.pp * self.dp

    @property
    def group(self) -> str:
        """What halves must share to work together: model, format of the cache, and how it travels."""
        return "" if self.role == "aggregated" else f"{self.model} kv-{self.kv} {self.links}"

    @property
    def nodes(self) -> int:
        """Nodes one replica spans."""
        return self.gpus // self.node_gpus if self.node_gpus else 1


@dataclass(frozen=True)
class Interval:
    """The truth lies between value x low_factor and value x high_factor four times in five."""

    low_factor: float
    high_factor: float
    label: str  # what it rests on, or "wider: " and what was never measured

    def from_its_low_end(self) -> Interval:
        """The same interval around its low end, where that is the value given."""
        return Interval(1.0, self.high_factor / self.low_factor, self.label)


@dataclass(frozen=True)
class Rate:
    """What one replica of a configuration does for one demand class."""

    config: str
    demand_class: str
    max_requests_per_s: float
    """Largest rate with every SLO met and the KV cache not overrun; utilisation cap and margin applied."""
    at_max: OperatingPoint | None  # None where the rate is measured and nothing is predicted
    memory: Memory | None  # likewise
    limited_by: str  # "ttft p95", "tpot p95", "e2e p95", "kv cache", "prefill queue", "own measurement"
    warnings: tuple[str, ...]  # "starved of KV cache: …", "no measured ground: …"
    basis: Literal["predicted", "measured"] = "predicted"
    latency: dict[tuple[str, float], float] = field(default_factory=dict)  # measured ones: target → seconds
    intervals: dict[str, Interval] = field(default_factory=dict)
    """Predicted ones: how far off "rate" (the largest rate), "ttft", "tpot", "e2e" and "throughput" may be."""
    calibration: str = ""  # what the user's own benchmarks changed


@dataclass(frozen=True)
class Loan:
    """Of a share of what a purchase costs, repaid in equal parts at the end of each period."""

    share: float
    rate_per_year: float
    years: float


@dataclass(frozen=True)
class Lease:
    """Equal payments at the start of each period in place of the system's price, less what it is worth to the lessor
    at the end of the term."""

    rate_per_year: float
    years: float
    residual_share: float


@dataclass(frozen=True)
class Tax:
    """Its rate, and the share of a system's price that each year of service deducts."""

    rate: float
    shares: tuple[float, ...]


@dataclass(frozen=True)
class PurchaseOption:
    """One way to pay for one node of a pool.

    Rented by the hour (on_demand, spot): `usd_per_hour`. Committed (reserved): `usd_per_hour` in
    every hour of `term_months`, of which `upfront_share` is paid on day one; a capacity block likewise, but
    only from `first_period`. Owned: `capex_usd` once,
    `fixed_usd_per_month`, and what `book_value_usd` says it is worth at an age.
    """

    form: FormName
    usd_per_hour: float
    term_months: int = 0
    lead_months: float = 0.0
    upfront_share: float = 0.0
    capex_usd: float = 0.0
    fixed_usd_per_month: float = 0.0  # power, colocation, maintenance, staff
    life_months: float = 0.0
    residual_share: float = 0.0
    age_months: float = 0.0
    max_nodes: int | None = None
    usable_share: float = 1.0  # spot: what of its capacity counts, after interruptions
    interruptions_per_hour: float = 0.0
    provenance: Provenance | None = None
    block: int | None = None  # capacity block: which entry of supply.capacity_blocks
    first_period: int | None = None  # capacity block: position of the one period in which it may be bought
    cost_lines: tuple[tuple[str, float], ...] = ()  # owned: named parts of fixed_usd_per_month
    depreciation_per_year: float = 0.0  # owned: share of its value lost in a year; 0: a straight line over its life
    may_resell: bool = False  # owned: at book value, at the start of a period
    active_usd_per_gpu_hour: float = 0.0  # owned: electricity of a GPU at work beyond what it draws idle
    usd_per_kwh: float = 0.0  # owned: price of the electricity in its running cost
    trend_per_year: float = 0.0  # of its price, from the start of the horizon on
    line_trends: tuple[tuple[str, float], ...] = ()  # owned: likewise of what running it costs, by named line
    value_curve: tuple[tuple[float, float], ...] = ()  # owned: (years, share of its price it is worth then)
    room_usd: float = 0.0  # owned: the user's own room for it, paid with it and worth a straight line over its life
    room_life_months: float = 0.0
    service_months: float | None = None  # owned, from arrival or today on: how long it serves; None: to the end
    loan: Loan | None = None
    lease: Lease | None = None
    tax: Tax | None = None

    @property
    def price_usd(self) -> float:
        """What an owned node costs when it is ordered: nothing of a leased one but its room [USD]."""
        return (0.0 if self.lease else self.capex_usd) + self.room_usd

    def lease_usd(self, months: float) -> float:
        """Of a leased node for a period of a length: what the lessor needs for its price less what is left [USD]."""
        if self.lease is None:
            return 0.0
        rate, number = rate_per_period(self.lease.rate_per_year, months), self.lease_periods(months)
        left = self.lease.residual_share * self.capex_usd * float((1 + rate) ** -number)
        return equivalent_usd(self.capex_usd - left, rate, number)

    def lease_periods(self, months: float) -> int:
        """How many periods of a length a lease is paid for."""
        return round(self.lease.years * 12 / months) if self.lease else 0

    def tax_value_usd(self, age_months: float) -> float:
        """What of its price the years of service so far have not deducted; a year's share is spread over it [USD]."""
        shares = self.tax.shares if self.tax and not self.lease else ()
        deducted = sum(share * min(1.0, max(0.0, age_months / 12 - year)) for year, share in enumerate(shares))
        system = 0.0 if self.lease else self.capex_usd * (1 - deducted)
        return system + self._room_value_usd(age_months)

    def _room_value_usd(self, age_months: float) -> float:
        return self.room_usd * max(0.0, 1 - age_months / self.room_life_months) if self.room_usd else 0.0

    def at_price(self, times: float) -> PurchaseOption:
        """The same at so many times its price; lines that are a share of the purchase price go with it."""
        if times == 1:
            return self
        lines = tuple((name, usd * times if name in OF_THE_PURCHASE else usd) for name, usd in self.cost_lines)
        dearer = sum(usd for _, usd in lines) - sum(usd for _, usd in self.cost_lines)
        return replace(
            self,
            usd_per_hour=self.usd_per_hour * times,
            capex_usd=self.capex_usd * times,
            fixed_usd_per_month=self.fixed_usd_per_month + dearer,
            cost_lines=lines,
        )

    def signed_after(self, months: float) -> PurchaseOption:
        """As it is offered so many months after the horizon starts."""
        return self.at_price(self.price_factor(months))

    def serves_after(self, months: float) -> bool:
        """Whether an owned node is still in service so many months after it arrived, an existing one after today."""
        return self.service_months is None or months < self.service_months - 1e-9

    def price_factor(self, months: float) -> float:
        """Its price so many months after the horizon starts, over today's."""
        return float((1 + self.trend_per_year) ** (months / 12))

    def line_factor(self, line: str, months: float) -> float:
        """A line of the running cost so many months after the horizon starts, over today's."""
        return float((1 + dict(self.line_trends).get(line, 0.0)) ** (months / 12))

    def running_usd(self, start: float, months: float) -> float:
        """What running one owned node costs in a period that starts so many months into the horizon [USD]."""
        dearer = sum(usd * (self.line_factor(name, start) - 1) for name, usd in self.cost_lines)
        return (self.fixed_usd_per_month + dearer) * months

    def book_value_usd(self, age_months: float) -> float:
        """What an owned node of an age is worth, its room with it: never less than its residual share [USD]."""
        system = 0.0 if self.lease else self.capex_usd * self._value_share(age_months)
        return system + self._room_value_usd(age_months)

    def _value_share(self, age_months: float) -> float:
        if self.value_curve:
            ages, shares = zip((0.0, 1.0), *self.value_curve, strict=True)
            return float(np.interp(age_months / 12, ages, shares))
        if self.depreciation_per_year:
            share: float = (1 - self.depreciation_per_year) ** (age_months / 12)
        else:
            share = 1 - (1 - self.residual_share) * age_months / self.life_months
        return max(self.residual_share, share)


@dataclass(frozen=True)
class Electricity:
    """What a kilowatt-hour of a place carries, and how many the building takes for one of its machines'."""

    grid: str
    g_co2_per_kwh: float  # life cycle
    pue: float
    provenance: Provenance
    pue_provenance: Provenance

    @property
    def kg_co2_per_kwh(self) -> float:
        """Carbon of a kilowatt-hour the machines draw, the building's overhead included [kg]."""
        return self.g_co2_per_kwh * self.pue / 1000


@dataclass(frozen=True)
class Pool:
    """Identical nodes from one place: an instance type in a region, or a system on site."""

    id: str  # provider/region/instance_type, or own/system
    provider: str  # "own" for owned systems
    region: str
    geography: str
    instance_type: str
    gpu: str
    gpus_per_node: int
    kw_per_node: float  # at the plug, for energy and power caps
    options: tuple[PurchaseOption, ...]
    electricity: Electricity | None = None  # None where the catalogue knows no grid
    network_gb_per_s: float | None = None  # of each GPU to other nodes, one way; None where nothing is known


@dataclass(frozen=True)
class ApiOption:
    """A hosted API for one demand class; `usd_per_request` from its mean tokens and prefix hits."""

    id: str
    provider: str
    model: str
    demand_class: str
    usd_per_request: float
    max_share: float
    provenance: Provenance
    trend_per_year: float = 0.0  # of its price, from the start of the horizon on

    def price_factor(self, months: float) -> float:
        """Its price so many months after the horizon starts, over today's."""
        return float((1 + self.trend_per_year) ** (months / 12))


@dataclass(frozen=True)
class Rejection:
    """Why something cannot serve a workload, with the numbers."""

    workload: str
    subject: str  # "llama-3.3-70b bf16 on 1×H100-SXM"
    gpu: str
    reason: Literal[
        "memory", "precision", "slo", "context", "layout", "price", "region", "availability", "excluded", "quality",
        "compliance",
    ]  # fmt: skip
    detail: str  # "needs 141.2 GiB on one L40S, 42.1 usable"


@dataclass(frozen=True)
class Placement:
    """A configuration on a pool for a demand class, with the forms it may use."""

    config: str
    pool: str
    demand_class: str
    spot_allowed: bool


@dataclass(frozen=True)
class CandidateSet:
    """Everything the optimiser may choose from, and everything it may not, with reasons."""

    configs: dict[str, ReplicaConfig]
    rates: dict[tuple[str, str], Rate]  # (config, demand class)
    pools: dict[str, Pool]
    placements: tuple[Placement, ...]
    apis: tuple[ApiOption, ...]
    rejections: tuple[Rejection, ...]
    spare_availability: dict[str, float]  # config → probability that one replica is up
    notes: tuple[str, ...] = ()
    quality: dict[tuple[str, str], float] = field(default_factory=dict)
    """(workload, model or hosted API) → its score, where a mean is asked for."""
    weights_gib: dict[str, float] = field(default_factory=dict)
    """config → its weights as they are stored."""
