"""What is asked and reached in words: latency targets, largest rates with their 80 % range, who may serve."""

from __future__ import annotations

from planner.plan.plan import ConfigRow, IntervalRow, WorkloadRow
from planner.report import format as f

METRICS = {"ttft": "TTFT", "tpot": "TPOT", "e2e": "End to end"}


def target_name(target: str) -> str:
    """ "ttft_p95_ms" → "TTFT p95"."""
    metric, percentile, _ = target.split("_")
    return f"{METRICS[metric]}{f.NBSP}{percentile}"


def target_text(target: str, value: float) -> str:
    """A target's value in its unit."""
    return f.seconds(value) if target.endswith("_s") else f.milliseconds(value)


def latency_span(row: ConfigRow, target: str) -> tuple[float, float] | None:
    """Low and high end of a predicted target in its own unit; None where no interval is known."""
    interval = row.intervals.get(target.split("_")[0])
    return span(interval, row.latency[target]) if interval else None


def slow_end(row: ConfigRow, target: str) -> float:
    """The high end of a predicted target; what is expected where no interval is known."""
    ends = latency_span(row, target)
    return ends[1] if ends else row.latency[target]


def limit_name(limit: str) -> str:
    """ "tpot p95" → "TPOT p95"."""
    metric, *rest = limit.split(" ")
    return " ".join([METRICS.get(metric, metric), *rest])


def rate_span(row: ConfigRow) -> tuple[float, float] | None:
    """Low and high end of the largest rate [requests/s]."""
    interval = row.intervals.get("rate")
    return span(interval, row.max_requests_per_s) if interval else None


def span(interval: IntervalRow, value: float) -> tuple[float, float]:
    """Where the truth lies four times in five."""
    return value * interval.low_factor, value * interval.high_factor


def latency_range(row: ConfigRow, target: str) -> str:
    """ "406 ms to 1,105 ms"; "" where no interval is known."""
    ends = latency_span(row, target)
    return " to ".join(target_text(target, end) for end in ends) if ends else ""


def rate_range(row: ConfigRow) -> str:
    """ "2.68 to 4.95"; "" where no interval is known."""
    ends = rate_span(row)
    return " to ".join(map(f.figure, ends)) if ends else ""


def accepted(workload: WorkloadRow) -> list[str]:
    """Who may serve it, beside where."""
    parts = []
    if workload.min_quality is not None:
        parts.append(f"by models that score at least {f.figure(workload.min_quality, 4)}")
    if workload.min_mean_quality is not None:
        parts.append(f"with a mean score of at least {f.figure(workload.min_mean_quality, 4)} in every block")
    if workload.min_weight_bits is not None:
        parts.append(f"weights of at least {f.figure(workload.min_weight_bits)} bits")
    if workload.compliance:
        parts.append(f"by providers with {f.listed(workload.compliance)}")
    return parts
