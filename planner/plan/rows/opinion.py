"""A second opinion: what another performance model says of the same replica under the same clients."""

from pydantic import Field

from planner.plan.rows.row import Row
from planner.plan.rows.running import IntervalRow

COMPARED = {"ttft_mean_ms": "ttft", "tpot_ms": "tpot", "output_tokens_per_s_per_gpu": "throughput"}
"""Figures both models give, and whose interval each lies in."""


class SaidRow(Row):
    """What one model says of a replica under so many clients."""

    ttft_mean_ms: float
    tpot_ms: float
    output_tokens_per_s_per_gpu: float


class OpinionRow(Row):
    """One configuration at one load, as both models see it."""

    by: str
    version: str
    config: str
    workload: str
    demand_classes: list[str]
    """Those that share its replicas at this load; their lengths are merged."""
    chosen: bool
    """Whether the plan runs it, at its busiest planned block; a runner-up is asked about at its largest rate."""
    engine: str
    """The engine it was asked about."""
    clients: float | None
    """Clients that each send the next request when the last one ends: requests/s × end-to-end time, in whole
    clients of each data-parallel group. None where no operating point is known."""
    input_tokens: float
    output_tokens: float
    ours: SaidRow | None = None
    theirs: SaidRow | None = None
    reason: str = ""
    """Why it gives no figures."""
    intervals: dict[str, IntervalRow] = Field(default_factory=dict)
    """Of `ours`, by field: where the truth lies four times in five."""

    def apart(self, name: str) -> bool:
        """Whether its figure lies outside our interval."""
        if self.ours is None or self.theirs is None:
            return False
        ours, interval = getattr(self.ours, name), self.intervals[name]
        return not ours * interval.low_factor <= getattr(self.theirs, name) <= ours * interval.high_factor
