"""Latency targets of interactive workloads."""

from itertools import pairwise

from planner.inputs.base import Mistake, Mistakes, Positive, Strict, rule, written


class Slo(Strict):
    """Latency targets at percentiles; give at least one for an interactive workload."""

    ttft_p50_ms: Positive | None = None
    """Time to first token, median [ms]."""
    ttft_p90_ms: Positive | None = None
    """Time to first token, 90th percentile [ms]."""
    ttft_p95_ms: Positive | None = None
    """Time to first token, 95th percentile [ms]."""
    ttft_p99_ms: Positive | None = None
    """Time to first token, 99th percentile [ms]."""
    tpot_p50_ms: Positive | None = None
    """Time per output token after the first, median request [ms]."""
    tpot_p90_ms: Positive | None = None
    """Time per output token after the first, 90th percentile request [ms]."""
    tpot_p95_ms: Positive | None = None
    """Time per output token after the first, 95th percentile request [ms]."""
    tpot_p99_ms: Positive | None = None
    """Time per output token after the first, 99th percentile request [ms]."""
    e2e_p50_s: Positive | None = None
    """Whole request, median [s]."""
    e2e_p90_s: Positive | None = None
    """Whole request, 90th percentile [s]."""
    e2e_p95_s: Positive | None = None
    """Whole request, 95th percentile [s]."""
    e2e_p99_s: Positive | None = None
    """Whole request, 99th percentile [s]."""

    def targets(self) -> dict[tuple[str, float], float]:
        """Targets that were given: ("ttft" | "tpot" | "e2e", percentile as a share) → seconds."""
        given = {}
        for field, value in self:
            if value is not None:
                metric, percentile, unit = field.split("_")
                given[metric, int(percentile[1:]) / 100] = value / 1000 if unit == "ms" else value
        return given

    @rule
    def has_a_target(self) -> Mistakes:
        if not written(self, *Slo.model_fields):
            yield Mistake((), "has no target; add at least one, e.g. ttft_p95_ms: 1500")

    @rule
    def higher_percentiles_are_slower(self) -> Mistakes:
        for metric in ("ttft", "tpot", "e2e"):
            given = written(self, *(field for field in Slo.model_fields if field.startswith(metric)))
            for lower, higher in pairwise(given):
                if (value := getattr(self, higher)) < (floor := getattr(self, lower)):
                    yield Mistake(
                        (higher,),
                        f"is {value:g}, but {lower} is {floor:g}: a higher percentile is never faster; "
                        f"raise it or lower {lower}",
                    )

    @rule
    def whole_requests_outlast_first_tokens(self) -> Mistakes:
        percentiles = ("p50", "p90", "p95", "p99")
        for rank, percentile in enumerate(percentiles):
            for whole in written(self, f"e2e_{percentile}_s"):
                firsts = written(self, *(f"ttft_{lower}_ms" for lower in percentiles[: rank + 1]))
                slowest = max(firsts, key=lambda first: float(getattr(self, first)), default=None)
                if slowest and (end_s := getattr(self, whole)) < (start_s := getattr(self, slowest) / 1000):
                    yield Mistake(
                        (whole,),
                        f"is {end_s:g} s, but {slowest} gives the first token alone {start_s:g} s; "
                        "check the units (e2e in s, ttft in ms), then raise one or lower the other",
                    )
