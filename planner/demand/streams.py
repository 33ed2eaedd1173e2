"""One workload read as numbers: how many requests, when, what size, under which promise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from planner.catalog.names import find_model
from planner.catalog.specs import Catalog, ModelSpec
from planner.demand.arrivals import Arrivals, arrivals_of
from planner.demand.buckets import SizeBucket, size_buckets
from planner.demand.lengths import assumed_spread, length_mix
from planner.demand.periods import Growth, growth_over
from planner.demand.promise import Targets, deadline_h, latency_targets
from planner.demand.types import LengthMix
from planner.errors import InputError
from planner.inputs.problem import Problem, Workload

MOST_REQUESTS_PER_S = 1e6


@dataclass(frozen=True)
class Stream:
    """A workload's demand before hours are clustered."""

    name: str
    arrivals: Arrivals
    growth: Growth
    lengths: LengthMix
    spread: str  # what was assumed about the lengths' spread; "" where nothing was
    buckets: tuple[SizeBucket, ...]
    prefix_hit: float
    slo: Targets
    deadline_h: float | None
    active_parameters: float | None  # of the first model it accepts; None where that is not in the catalogue

    @property
    def interactive(self) -> bool:
        return self.deadline_h is None

    @property
    def tokens_per_request(self) -> float:
        """Mean tokens that must be computed: prompt without prefix hits, and output."""
        return self.lengths.mean_input * (1 - self.prefix_hit) + self.lengths.mean_output


def read_streams(problem: Problem, catalog: Catalog, base: Path) -> tuple[Stream, ...]:
    """Every workload as a `Stream`; one InputError names what is wrong in any of them."""
    streams, wrong = [], []
    for name, workload in problem.workloads.items():
        try:
            streams.append(read_stream(name, workload, problem, catalog, base))
        except InputError as error:
            wrong.append(str(error))
    if len(wrong) == 1:
        raise InputError(wrong[0])
    if wrong:
        raise InputError("\n".join([f"{len(wrong)} problems", *(f"  {text}" for text in wrong)]))
    return tuple(streams)


def read_stream(name: str, workload: Workload, problem: Problem, catalog: Catalog, base: Path) -> Stream:
    """One workload; the InputError names its key."""
    where = f"workloads.{name}"
    targets = latency_targets(workload, catalog, f"{where}.slo")
    lengths = length_mix(workload.requests, catalog, base, f"{where}.requests")
    arrivals = arrivals_of(name, workload, lengths, targets, catalog, base)
    growth = growth_over(arrivals.growth_per_month, problem.horizon)
    highest = arrivals.requests_per_s * float(growth.planned.max())
    if highest > MOST_REQUESTS_PER_S:
        raise InputError(f"{where}: comes to {highest:.3g} requests/s, at most {MOST_REQUESTS_PER_S:g} can be planned")
    return Stream(
        name=name,
        arrivals=arrivals,
        growth=growth,
        lengths=lengths,
        spread=assumed_spread(workload.requests),
        buckets=size_buckets(lengths, workload.requests.buckets, f"{where}.requests.buckets"),
        prefix_hit=workload.requests.prefix_hit,
        slo=targets,
        deadline_h=deadline_h(workload, catalog, f"{where}.slo"),
        active_parameters=_active_parameters(workload, catalog),
    )


def _active_parameters(workload: Workload, catalog: Catalog) -> float | None:
    model = find_model(catalog, workload.model or (workload.model_any_of or [""])[0])
    return None if model is None else active_parameters(model)


def active_parameters(model: ModelSpec) -> float:
    """Parameters that one token passes through."""
    if model.moe is None:
        return float(model.total_parameters)
    idle = model.moe.experts - model.moe.active_experts
    return float(model.total_parameters - model.moe.moe_layers * idle * model.moe.expert_parameters)
