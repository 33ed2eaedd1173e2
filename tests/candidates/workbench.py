"""Shared tools of the candidate tests: the shipped catalogue, one-class demand, engines for given replicas."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from planner.candidates.candidate import CandidateSet, ReplicaConfig
from planner.candidates.constants import Constants, constants_for
from planner.candidates.engine import Engine, engine_of
from planner.candidates.generate import generate_candidates
from planner.candidates.layouts import Layout
from planner.candidates.links import Fabric
from planner.candidates.operating import largest, limits_for
from planner.candidates.precision import precision_for
from planner.candidates.rows import Replica, rows_from
from planner.candidates.shape import shape_of
from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog, GpuSpec, ModelSpec
from planner.demand.types import Array, Demand, DemandClass, LengthMix, Timeline
from planner.inputs.load import problem_from
from planner.inputs.problem import Problem

AS_OF = date(2026, 11, 21)
CHAT_SLO = {"ttft_p95_ms": 2000, "tpot_p95_ms": 60}


@cache
def catalog() -> Catalog:
    return load_catalog(as_of=AS_OF)


@cache
def constants() -> Constants:
    return constants_for(catalog().calibration, engine="")


def fixed(prompt: float, output: float) -> LengthMix:
    """Every request the same."""
    return LengthMix(np.array([prompt]), np.array([output]), np.array([1.0]))


def demand_class(
    lengths: LengthMix,
    slo: Mapping[tuple[str, float], float] | None = None,
    name: str = "chat",
    **changes: object,
) -> DemandClass:
    grid, slo = np.ones((1, 1)), dict(slo or {})
    made = DemandClass(name, name, lengths, 0.0, 1.0, slo, None if slo else 24.0, grid, grid, np.ones((1, 168)))
    return dataclasses.replace(made, **changes)


def demand_of(*classes: DemandClass) -> Demand:
    return Demand(Timeline((), (), 0.0), classes, ())


def question(model: str, *, rent: object = "all", **workload: object) -> Problem:
    """A one-workload problem called chat."""
    asked = {"model": model, "traffic": {"requests_per_s": 1}, "requests": {"input": 1000, "output": 200}}
    asked |= {"slo": CHAT_SLO, **workload}
    supply = {} if rent == "all" else {"rent": rent}
    horizon = {"periods": 3, "period": "year"}
    return problem_from({"title": "t", "horizon": horizon, "workloads": {"chat": asked}, "supply": supply}, "test")


def generated(problem: Problem, lengths: LengthMix, base: Path = Path(), **changes: object) -> CandidateSet:
    """Candidates of a one-workload problem whose requests have these lengths."""
    asked = problem.workloads["chat"]
    slo = asked.slo.targets() if asked.slo is not None and not isinstance(asked.slo, str) else {}
    found = demand_class(lengths, slo, prefix_hit=asked.requests.prefix_hit, **changes)
    return generate_candidates(problem, catalog(), demand_of(found), base)


def replica(
    model: str | ModelSpec,
    gpu: str | GpuSpec,
    layout: tuple[int, ...] = (1, 1),
    formats: tuple[str, str] = ("bf16", "bf16"),
    lengths: LengthMix | None = None,
    **changes: object,
) -> Replica:
    """One row of the performance model."""
    model = catalog().models[model] if isinstance(model, str) else model
    gpu = catalog().gpus[gpu] if isinstance(gpu, str) else gpu
    lengths = lengths or fixed(1000, 200)
    hit = float(changes.pop("prefix_hit", 0.0))  # type: ignore[arg-type]
    tolerated = constants().oversize_request_share
    made = Replica(
        model=model,
        fabric=Fabric(gpu, gpu.link_domain_gpus),
        layout=Layout(*layout),
        precision=precision_for(model, gpu, *formats),
        shape=shape_of(lengths, hit, model.attention, tolerated),
        arrival_scv=1.0,
        time_factor=1.0,
    )
    return dataclasses.replace(made, **changes)


def engine(replicas: Sequence[Replica], k: Constants | None = None) -> Engine:
    k = k or constants()
    return engine_of(rows_from(replicas, k), k)


def max_rates(replicas: Sequence[Replica], slo: Mapping[tuple[str, float], float]) -> Array:
    """Largest rate of each replica, 0 where a target cannot be met."""
    ready = engine(replicas)
    targets = {key: np.full(len(replicas), seconds) for key, seconds in slo.items()}
    best, feasible = largest(ready, limits_for(ready, targets))
    return np.where(feasible & (ready.memory.capacity >= 1), best.rate, 0.0)


def config(candidates: CandidateSet, gpu: str, gpus: int) -> list[ReplicaConfig]:
    return [item for item in candidates.configs.values() if item.gpu == gpu and item.gpus == gpus]
