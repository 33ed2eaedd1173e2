"""What could work: replica configurations on pools, or a rejection with numbers. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from planner.candidates.purchase_option import FormName as FormName
from planner.candidates.purchase_option import PurchaseOption as PurchaseOption
from planner.catalog.specs import ModelSpec, Provenance

Role = Literal["aggregated", "prefill", "decode"]


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
