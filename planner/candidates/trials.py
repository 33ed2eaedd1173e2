"""What there is to try: every configuration of every workload on every GPU it may use, or why not.

A `Trial` is one configuration facing one demand class; the formulas then run over all trials at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from planner.candidates.acceptance import too_narrow
from planner.candidates.candidate import Pool, Rejection, ReplicaConfig
from planner.candidates.constants import Constants
from planner.candidates.layouts import Layout, cannot_split, layouts_for
from planner.candidates.links import Fabric
from planner.candidates.own_ground import time_factor_of
from planner.candidates.precision import default_formats, precision_for, why_not
from planner.candidates.regions import OWN
from planner.candidates.rows import Replica
from planner.candidates.shape import Shape, shape_of
from planner.catalog.specs import Catalog, GpuSpec, ModelSpec
from planner.demand.types import DemandClass, LengthMix
from planner.inputs.problem import Workload

Reason = Literal[
    "memory", "precision", "slo", "context", "layout", "price", "region", "availability", "excluded", "quality",
    "compliance",
]  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """One configuration facing one demand class."""

    config: ReplicaConfig
    demand_class: DemandClass
    replica: Replica


@dataclass(frozen=True)
class Refusal:
    """A rejection and by what factor it misses; infinite where a factor makes no sense."""

    rejection: Rejection
    excess: float


@dataclass(frozen=True)
class Case:
    """One workload with everything its trials need."""

    name: str
    asked: Workload
    models: Sequence[ModelSpec]
    classes: Sequence[DemandClass]
    pools: Sequence[Pool]  # those it may use


@dataclass(frozen=True)
class Facts:
    """The catalogue and the constants read from it, of the engine that is named ("" for none)."""

    catalog: Catalog
    k: Constants
    engine: str = ""


def refuse(workload: str, subject: str, gpu: str, reason: Reason, detail: str, excess: float = float("inf")) -> Refusal:
    """Shorthand for a rejection."""
    return Refusal(Rejection(workload, subject, gpu, reason, detail), excess)


def trials_for(case: Case, facts: Facts) -> tuple[list[Trial], list[Refusal]]:
    """All trials of a workload, and what is refused before any arithmetic."""
    trials: list[Trial] = []
    refusals: list[Refusal] = []
    for model in case.models:
        fitting, too_long = _shapes(case, model, facts)
        refusals += too_long
        for (gpu, domain), node_gpus in largest_nodes(case.pools, facts.catalog).items():
            fabric = Fabric(facts.catalog.gpus[gpu], domain)
            found, refused = _on_fabric(_Place(case, model, fabric, node_gpus, fitting), facts)
            trials += found
            refusals += refused
    return trials, refusals


def largest_nodes(pools: Sequence[Pool], catalog: Catalog) -> Mapping[tuple[str, int], int]:
    """(GPU, link domain) → GPUs of the largest such node."""
    largest: dict[tuple[str, int], int] = defaultdict(int)
    for pool in pools:
        key = pool.gpu, link_domain(pool, catalog)
        largest[key] = max(largest[key], pool.gpus_per_node)
    return largest


def link_domain(pool: Pool, catalog: Catalog) -> int:
    """GPUs joined by the fast link: an owned system states it; a rented node has the GPU's usual domain."""
    system = catalog.systems.get(pool.instance_type) if pool.provider == OWN else None
    return system.link_domain_gpus if system else catalog.gpus[pool.gpu].link_domain_gpus


def config_of(model: ModelSpec, fabric: Fabric, layout: Layout, formats: tuple[str, str], known: bool) -> ReplicaConfig:
    """The configuration's name and parts; `known` where the catalogue has the model."""
    weights, kv = formats
    shared = "".join(f"-{name}{size}" for name, size in (("dp", layout.dp), ("ep", layout.ep)) if size > 1)
    nodes = layout.gpus // fabric.node_gpus if fabric.node_gpus else 1
    spans = f"-{nodes}nodes-net{fabric.network_gb_per_s:g}" if nodes > 1 else ""
    cut = f"tp{layout.tp}-pp{layout.pp}{shared}{spans}" + ("" if fabric.is_usual else f"-link{fabric.domain_gpus}")
    return ReplicaConfig(
        id=f"{model.id}/{fabric.gpu.id}/{cut}/{weights}/kv-{kv}",
        model=model.id,
        gpu=fabric.gpu.id,
        tp=layout.tp,
        pp=layout.pp,
        weights=weights,
        kv=kv,
        link_domain_gpus=0 if fabric.is_usual else fabric.domain_gpus,
        own_model=None if known else model,
        dp=layout.dp,
        ep=layout.ep,
        node_gpus=fabric.node_gpus,
        network_gb_per_s=fabric.network_gb_per_s,
    )


def replica_of(config: ReplicaConfig, facts: Facts, demand_class: DemandClass, lengths: LengthMix) -> Replica:
    """One row of the performance model for a named configuration."""
    catalog = facts.catalog
    model = config.own_model or catalog.models[config.model]
    gpu = catalog.gpus[config.gpu]
    kv = "fp8" if config.kv == "fp8" else "bf16"
    return Replica(
        model=model,
        fabric=fabric_of(config, gpu),
        layout=Layout(config.tp, config.pp, config.dp, config.ep),
        precision=precision_for(model, gpu, config.weights, kv),
        shape=shape_of(lengths, demand_class.prefix_hit, model.attention, facts.k.oversize_request_share),
        arrival_scv=demand_class.burstiness_cv**2,
        time_factor=time_factor_of(catalog, config),
    )


def fabric_of(config: ReplicaConfig, gpu: GpuSpec) -> Fabric:
    """What joins the GPUs of a named configuration."""
    return Fabric(gpu, config.link_domain_gpus or gpu.link_domain_gpus, config.node_gpus, config.network_gb_per_s)


@dataclass(frozen=True)
class _Place:
    """A workload's model on one kind of GPU."""

    case: Case
    model: ModelSpec
    fabric: Fabric
    node_gpus: int
    shapes: Sequence[tuple[DemandClass, Shape]]

    def refuse(self, subject: str, reason: Reason, detail: str) -> Refusal:
        return refuse(self.case.name, subject, self.fabric.gpu.id, reason, detail)


def _shapes(case: Case, model: ModelSpec, facts: Facts) -> tuple[list[tuple[DemandClass, Shape]], list[Refusal]]:
    """Each class as the model sees it, if its requests fit the model's context."""
    fitting, refusals = [], []
    for demand_class in case.classes:
        tolerated = facts.k.oversize_request_share
        shape = shape_of(demand_class.lengths, demand_class.prefix_hit, model.attention, tolerated)
        if shape.long_request > model.max_context:
            detail = (
                f"{1 - tolerated:.0%} of the requests of {demand_class.id} need up to {shape.long_request:,.0f} "
                f"tokens; its context holds {model.max_context:,}"
            )
            refusals.append(refuse(case.name, model.id, "", "context", detail, shape.long_request / model.max_context))
        else:
            fitting.append((demand_class, shape))
    return fitting, refusals


def _on_fabric(place: _Place, facts: Facts) -> tuple[list[Trial], list[Refusal]]:
    gpu, model = place.fabric.gpu, place.model
    refusals = []
    if detail := cannot_split(model, place.fabric, place.node_gpus):
        refusals.append(place.refuse(f"{model.id} on {gpu.id}", "layout", detail))
    trials: list[Trial] = []
    layouts = layouts_for(model, place.fabric, place.node_gpus, facts.k)
    for weights, kv in _formats(place.case.asked, model, gpu):
        if detail := too_narrow(place.case.asked, weights) or why_not(gpu, weights, kv):
            kv_note = "" if kv == "bf16" else f" with {kv} KV cache"
            refusals.append(place.refuse(f"{model.id} {weights}{kv_note} on {gpu.id}", "precision", detail))
        else:
            trials += _trials(place, layouts, (weights, kv), facts)
    return trials, refusals


def _formats(asked: Workload, model: ModelSpec, gpu: GpuSpec) -> Iterator[tuple[str, str]]:
    """Every allowed pair of weight and KV format, each once."""
    weights = asked.precision.weights or default_formats(model, gpu)
    for name in dict.fromkeys(weights):
        for kv in dict.fromkeys(asked.precision.kv):
            yield name, kv


def _trials(place: _Place, layouts: Sequence[Layout], formats: tuple[str, str], facts: Facts) -> Iterator[Trial]:
    model, gpu = place.model, place.fabric.gpu
    precision = precision_for(model, gpu, *formats)
    for layout in layouts:
        known = facts.catalog.models.get(model.id) == model
        named = config_of(model, place.fabric, layout, (precision.weights, precision.kv), known)
        config = replace(named, engine=facts.engine)
        factor = time_factor_of(facts.catalog, config)
        for demand_class, shape in place.shapes:
            scv = demand_class.burstiness_cv**2
            replica = Replica(model, place.fabric, layout, precision, shape, scv, factor)
            yield Trial(config, demand_class, replica)
