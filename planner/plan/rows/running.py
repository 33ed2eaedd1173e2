"""What runs and what it serves: configurations, replicas, flows, hosted APIs."""

from typing import Literal

from pydantic import Field

from planner.plan.rows.capacity import Provenance
from planner.plan.rows.row import Row


class MemoryRow(Row):
    """Memory of one GPU of a replica (see candidates.candidate.Memory)."""

    usable_gib: float
    weights_gib: float
    activations_gib: float
    runtime_gib: float
    kv_pool_gib: float
    kv_gib_per_request: float
    max_concurrency: float
    arithmetic: str


class PointRow(Row):
    """A replica under load (see candidates.candidate.OperatingPoint); of a measured one only the rate is known."""

    requests_per_s: float
    concurrency: float | None = None
    ttft_mean_ms: float | None = None
    ttft_p95_ms: float | None = None
    tpot_mean_ms: float | None = None
    tpot_p95_ms: float | None = None
    e2e_mean_s: float | None = None
    prefill_utilization: float | None = None


class IntervalRow(Row):
    """The truth lies between value × low_factor and value × high_factor four times in five."""

    low_factor: float
    high_factor: float
    label: str
    """What it rests on, or "wider: " and what was never measured."""


class ServingRow(Row):
    """What an engine must be told of a configuration beside its layout and formats."""

    repository: str
    """The model's repository on Hugging Face, or the name in the user's own config.json."""
    native_format: str
    """The number format its weights are published in."""
    max_context: int
    """Tokens the model was made for."""
    prefill_chunk_tokens: float | None
    """Tokens one step may hold, as planned with."""
    memory_utilisation: float | None
    """Share of a GPU's memory the engine may use, as planned with."""
    max_running_requests: float | None
    """Requests one data-parallel group may decode at once, as planned with."""


class ConfigRow(Row):
    """How a model is run: one chosen configuration for one demand class."""

    config: str
    demand_class: str
    workload: str
    model: str
    gpu: str
    tp: int
    pp: int
    weights: str
    kv: str
    max_requests_per_s: float
    limited_by: str
    warnings: list[str]
    memory: MemoryRow | None
    """None where the rate is measured: nothing is then predicted."""
    at_max: PointRow
    busiest: PointRow
    """At its busiest planned block."""
    busiest_room: float | None = None
    """Requests the KV cache holds of the mix of sizes in that block; None where one size is alone: see `memory`."""
    slo_met: bool
    spare_replicas: int
    """Replicas each pool keeps beyond what its load needs, for the availability target."""
    replica_availability: float = 1.0
    """Probability that one replica is up, from which the spares follow."""
    latency: dict[str, float] = Field(default_factory=dict)
    """Predicted at the busiest block, one entry for each target of the SLO and in its words: {"ttft_p99_ms": 812}.
    Of a measured rate: what was measured at that rate, for the targets it was measured for."""
    basis: Literal["predicted", "measured"] = "predicted"
    """Whether the performance model says so, or the problem's own table of rates."""
    intervals: dict[str, IntervalRow] = Field(default_factory=dict)
    """Of what is predicted: "rate" (max_requests_per_s), "ttft", "tpot", "e2e" and "throughput" (tokens/s)."""
    dp: int = 1
    """Groups of tp × pp GPUs that each hold the attention of their own requests, and the KV cache of these."""
    ep: int = 1
    """GPUs that share the experts out whole."""
    nodes: int = 1
    """Whole nodes that one replica spans, a pipeline stage each."""
    calibration: str = ""
    """What the user's own benchmarks changed about the prediction; "" where nothing."""
    role: Literal["aggregated", "prefill", "decode"] = "aggregated"
    """Which half of each request it serves, if not all of it. A prefilling replica's first tokens are counted to the
    arrival of the cache, a decoding one's whole requests from the latest first token that the targets allow."""
    group: str = ""
    """Halves of one group in one provider and region work together; "" where it serves whole requests."""
    transfer_ms: float = 0.0
    """Of a prefilling replica: the way of a mean prompt's cache to the decoding one; 0 where it was measured."""
    serving: ServingRow | None = None
    """None in plans made before it was stored."""
    quality: float | None = None
    """The problem's score of its model for this workload; None where it gives none."""
    stored_gib: float = 0.0
    """Weights of one replica as they are stored [GiB]."""
    mean_output_tokens: float = 0.0
    """Of a request of the class."""

    @property
    def gpus(self) -> int:
        """GPUs of one replica."""
        return self.tp * self.pp * self.dp


class ReplicaRow(Row):
    """Replicas of a configuration running in a pool in a block; a replica serves one workload."""

    workload: str
    config: str
    pool: str
    kind: Literal["firm", "spot"]
    period: int
    block: int
    replicas: int
    role: Literal["aggregated", "prefill", "decode"] = "aggregated"


class FlowRow(Row):
    """Requests routed to a configuration in a pool; served in halves they are routed to one of either role."""

    demand_class: str
    config: str
    pool: str
    kind: Literal["firm", "spot"]
    period: int
    block: int
    requests_per_s: float
    role: Literal["aggregated", "prefill", "decode"] = "aggregated"


class ApiQuoteRow(Row):
    """What a hosted API asks for a model the plan runs itself; it is not on offer to the plan."""

    workload: str
    api: str
    provider: str
    model: str
    usd_per_million_tokens: float
    """Input and output in the workload's own mix, at list price."""
    provenance: Provenance


class ApiRow(Row):
    """Requests sent to a hosted API."""

    demand_class: str
    api: str
    period: int
    block: int
    requests_per_s: float
    usd_per_request: float


class ApiOptionRow(Row):
    """A hosted API that was on offer, used or not."""

    api: str
    provider: str
    model: str
    demand_class: str
    usd_per_request: float
    usd_per_million_tokens: float
    """Blended over the class's own input and output tokens."""
    provenance: Provenance
    max_share: float = 1.0
    """Largest share of the class's demand it may serve in any block."""
    trend_per_year: float = 0.0
    """By how much of itself its price rises a year from the start of the horizon on."""
    quality: float | None = None
    """The problem's score of its model for this workload; None where it gives none."""
