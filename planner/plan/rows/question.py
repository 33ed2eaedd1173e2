"""What was asked and when: who made the plan, its calendar, workloads and demand."""

from datetime import date
from typing import Literal

from pydantic import Field

from planner.plan.rows.row import Row


class Made(Row):
    """How to get this plan again."""

    planner_version: str
    command: str
    problem_file: str
    problem_sha256: str
    catalog_sha256: str
    as_of: date
    """The "today" that price ages count from."""


class StageRow(Row):
    """One of several goals in turn: what was reached, and what nothing can be below given the earlier goals."""

    goal: Literal["cost", "gpus", "energy", "carbon"]
    value: float
    bound: float


class CertificateRow(Row):
    """What was proven (see milp.solution.Certificate)."""

    verdict: Literal["optimal", "feasible"]
    objective_name: Literal["cost", "gpus", "energy", "carbon"]
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
    hourly_bound: float | None = None
    """Nothing can be below it even if every hour of the week is planned on its own; None where that is the same."""
    clustering_error: float | None = None
    """What planning by blocks adds to the linear relaxation, as a share."""
    fidelity: Literal["replicas", "nodes", "core"] = "replicas"
    """Where whole numbers were sought for the bound: everywhere, in nodes, or in commitments; the plan is whole."""
    stages: list[StageRow] = Field(default_factory=list)
    """Where several goals were minimised in turn; the first is the objective."""


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
    split_buckets: bool = True
    """False where in each block a size bucket goes whole to one configuration or hosted API."""
    min_quality: float | None = None
    """Lowest score of a model that may serve it."""
    min_mean_quality: float | None = None
    """Lowest mean score over the requests of a block."""
    min_weight_bits: float | None = None
    """Narrowest weights it may be served with [bits]."""
    compliance: list[str] = Field(default_factory=list)
    """Tags whoever serves it must have."""


class DemandRow(Row):
    """What must be served by class, period and block."""

    demand_class: str
    workload: str
    period: int
    block: int
    planned_requests_per_s: float
    mean_requests_per_s: float


class ClassRow(Row):
    """Requests that are routed alike: a workload, or one size class of it [tokens]."""

    demand_class: str
    workload: str
    mean_input_tokens: float
    mean_output_tokens: float
    shortest_tokens: float
    """Input plus output of the shortest kind of request planned with; classes of a workload do not overlap in it."""
    longest_tokens: float


class HourlyDemandRow(Row):
    """Planned demand of a class hour by hour of the typical week (for pictures and deadlines)."""

    demand_class: str
    workload: str
    period: int
    requests_per_s: list[float]
    """168 values, Monday 00:00 first."""
