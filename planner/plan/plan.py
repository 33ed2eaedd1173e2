"""The answer, complete: a report renders from this alone, without catalogue or solver.

Rows are flat on purpose (one row, one fact): tables, CSV and checks read them as they are.
Money is USD. `usd` is undiscounted, `npv_usd` is at the start of the horizon.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    """Frozen, complete, nothing unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Made(Row):
    """How to get this plan again."""

    planner_version: str
    command: str
    problem_file: str
    problem_sha256: str
    catalog_sha256: str
    as_of: date
    """The "today" that price ages count from."""


class CertificateRow(Row):
    """What was proven (see milp.solution.Certificate)."""

    verdict: Literal["optimal", "feasible"]
    objective_name: Literal["cost", "gpus", "energy"]
    objective: float
    bound: float
    gap: float
    gap_asked: float
    time_limit_s: float
    build_s: float
    solve_s: float
    rows: int
    columns: int
    integers: int
    solver: str
    solver_version: str
    threads: int
    seed: int


class PeriodRow(Row):
    """One period."""

    index: int
    label: str
    start: date | None
    months: int
    hours: float
    discount: float


class BlockRow(Row):
    """One typical-hour block: the hours of the week it stands for."""

    index: int
    label: str
    hours_of_week: list[int]


class WorkloadRow(Row):
    """A workload as planned, every default filled in."""

    id: str
    models: list[str]
    kind: Literal["interactive", "batch"]
    slo: dict[str, float]
    """e.g. {"ttft_p95_ms": 1500}; empty for batch."""
    deadline_h: float | None
    interruptible: bool
    availability: float | None
    regions: list[str]
    mean_input_tokens: float
    mean_output_tokens: float
    prefix_hit: float
    mean_requests_per_s: float
    """Over the first period."""
    peak_requests_per_s: float
    """Highest planned hour of the horizon."""
    spot_max_share: float = 0.0
    """Largest share of its load on spot in any block; 0 where spot is not allowed."""
    burstiness_cv: float = 1.0
    """Coefficient of variation of inter-arrival times."""


class DemandRow(Row):
    """What must be served by class, period and block."""

    demand_class: str
    workload: str
    period: int
    block: int
    planned_requests_per_s: float
    mean_requests_per_s: float


class HourlyDemandRow(Row):
    """Planned demand of a class hour by hour of the typical week (for pictures and deadlines)."""

    demand_class: str
    workload: str
    period: int
    requests_per_s: list[float]
    """168 values, Monday 00:00 first."""


class Provenance(Row):
    """Where a figure comes from (see catalog.specs.Provenance)."""

    source: str
    as_of: date | None
    basis: str
    note: str


class OptionRow(Row):
    """One way to pay for a node of a pool, as priced for this plan."""

    pool: str
    form: str
    usd_per_hour: float
    term_months: int
    lead_months: float
    upfront_share: float
    capex_usd: float
    fixed_usd_per_month: float
    life_months: float
    residual_share: float
    age_months: float
    usable_share: float
    interruptions_per_hour: float
    cost_lines: dict[str, float]
    provenance: Provenance | None
    max_nodes: int | None = None
    """Most nodes that may be bought (owned) or that exist (existing); None where unlimited."""


class PoolRow(Row):
    """A pool the plan uses."""

    id: str
    provider: str
    region: str
    instance_type: str
    gpu: str
    gpus_per_node: int
    kw_per_node: float
    geography: str = ""


class PurchaseRow(Row):
    """A commitment or purchase made in one period."""

    pool: str
    form: Literal["reserved_1y", "reserved_3y", "owned"]
    period: int
    """Period in which it is signed or ordered."""
    first_period: int
    """First period in which it serves; past the last period it serves only after the horizon."""
    last_period: int
    """Last period of the horizon in which it serves."""
    nodes: int
    usd: float
    """Undiscounted, charged to the horizon (owned: purchase less value at the end, plus running)."""
    npv_usd: float
    usd_after_horizon: float
    """Still owed after the horizon's end (commitments), or book value left (owned, negative)."""


class KeptRow(Row):
    """Existing systems kept running in a period."""

    pool: str
    period: int
    nodes: int


class CapacityRow(Row):
    """Nodes of a pool at work in a block."""

    pool: str
    period: int
    block: int
    committed_nodes: int
    """Reserved, owned and existing nodes, paid whether used or not."""
    on_demand_nodes: int
    spot_nodes: int


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
    """A replica under load (see candidates.candidate.OperatingPoint)."""

    requests_per_s: float
    concurrency: float
    ttft_mean_ms: float
    ttft_p95_ms: float
    tpot_mean_ms: float
    tpot_p95_ms: float
    e2e_mean_s: float
    prefill_utilization: float


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
    memory: MemoryRow
    at_max: PointRow
    busiest: PointRow
    """At its busiest planned block."""
    slo_met: bool
    spare_replicas: int
    """Replicas each pool keeps beyond what its load needs, for the availability target."""
    replica_availability: float = 1.0
    """Probability that one replica is up, from which the spares follow."""
    latency: dict[str, float] = {}
    """Predicted at the busiest block, one entry for each target of the SLO and in its words: {"ttft_p99_ms": 812}."""


class ReplicaRow(Row):
    """Replicas of a configuration running in a pool in a block; a replica serves one workload."""

    workload: str
    config: str
    pool: str
    kind: Literal["firm", "spot"]
    period: int
    block: int
    replicas: int


class FlowRow(Row):
    """Requests routed to a configuration in a pool."""

    demand_class: str
    config: str
    pool: str
    kind: Literal["firm", "spot"]
    period: int
    block: int
    requests_per_s: float


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


class CostRow(Row):
    """One named cost; all rows together are the bill."""

    term: Literal[
        "on_demand",
        "spot",
        "reserved_1y",
        "reserved_3y",
        "owned_purchase",
        "owned_value_left",
        "owned_running",
        "existing_running",
        "api",
    ]
    subject: str
    """Pool or API."""
    period: int
    usd: float
    npv_usd: float


class CashRow(Row):
    """Money that leaves the account in a period, for budgets: upfronts and purchases when paid."""

    kind: Literal["opex", "capex"]
    subject: str
    term: str
    period: int
    usd: float


class WorkloadCostRow(Row):
    """The bill shared out: each node's cost by the GPU-hours each workload's replicas hold; idle apart.

    What a commitment or purchase costs the horizon is spread evenly over the hours it serves in it, so
    periods differ from the bill's, but all rows together equal it. A commitment that serves only after
    the horizon is idle in the period it is signed.
    """

    workload: str
    """A workload, or "(idle committed capacity)"."""
    period: int
    usd: float
    million_tokens: float
    """Input plus output tokens expected [million]."""


class EnergyRow(Row):
    """Electricity of all nodes at work, rented or owned [kWh]."""

    period: int
    kwh: float


class RejectionRow(Row):
    """Why something was not even considered."""

    workload: str
    subject: str
    gpu: str
    reason: str
    detail: str


class RunnerUpRow(Row):
    """The cheapest way each GPU type could serve a workload alone, at full load, chosen or not."""

    workload: str
    gpu: str
    config: str
    pool: str
    form: str
    usd_per_hour: float
    """Of one replica's share of a node."""
    requests_per_s: float
    usd_per_million_tokens: float
    chosen: bool
    """The plan runs this workload on this GPU type (not necessarily in this very configuration)."""
    share_of_requests: float = 1.0
    """Share of the workload's requests it can serve within the SLO; 1 where it serves every size."""


class LimitRow(Row):
    """A cap of the problem and how close the plan comes to it."""

    limit: str
    """In the user's words: "quota aws H100-SXM", "budget total"."""
    unit: str
    cap: float
    used: float
    period: int | None
    binding: bool


class SourceRow(Row):
    """A source behind this plan's numbers."""

    id: str
    title: str
    reference: str
    as_of: date | None
    age_days: int | None
    basis: list[str]
    used_for: list[str]


class Finding(Row):
    """One independent check."""

    check: str
    ok: bool
    detail: str


class Plan(Row):
    """From what was asked to what to do."""

    format: Literal[1] = 1
    made: Made
    problem: dict[str, Any]
    """The problem with every default filled in, as JSON."""
    certificate: CertificateRow
    periods: list[PeriodRow]
    blocks: list[BlockRow]
    clustering_excess: float
    workloads: list[WorkloadRow]
    demand: list[DemandRow]
    hourly_demand: list[HourlyDemandRow]
    pools: list[PoolRow]
    options: list[OptionRow]
    purchases: list[PurchaseRow]
    kept: list[KeptRow]
    capacity: list[CapacityRow]
    configs: list[ConfigRow]
    replicas: list[ReplicaRow]
    flows: list[FlowRow]
    api_options: list[ApiOptionRow]
    api: list[ApiRow]
    costs: list[CostRow]
    cash: list[CashRow]
    workload_costs: list[WorkloadCostRow]
    energy: list[EnergyRow]
    limits: list[LimitRow]
    rejections: list[RejectionRow]
    runners_up: list[RunnerUpRow]
    sources: list[SourceRow]
    assumptions: list[str]
    findings: list[Finding] = []

    @property
    def total_usd(self) -> float:
        """Undiscounted cost of the whole horizon."""
        return sum(row.usd for row in self.costs)

    @property
    def total_npv_usd(self) -> float:
        """Discounted cost of the whole horizon."""
        return sum(row.npv_usd for row in self.costs)
