"""What stands behind a prediction: how the replica is built, and what about it no measurement ever saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from planner.candidates.constants import was_measured
from planner.candidates.links import in_fast_domain
from planner.candidates.rows import Replica
from planner.catalog.specs import Catalog, Figure

Condition = Literal[
    "other_vendor", "gpu", "cpu", "format", "engine_format", "small_model", "host_link", "pipeline", "starved"
]


@dataclass(frozen=True)
class Doubt:
    """One thing that was never measured; its width is the figure interval_widening.<condition>."""

    condition: Condition
    text: str


@dataclass(frozen=True)
class Ground:
    """All that the error of a prediction depends on."""

    kind: Literal["dense", "moe", "attention_dp"]
    crowded: bool  # more requests in flight than most measured runs had
    doubts: tuple[Doubt, ...]
    engine: str = ""  # "" where none is named
    own_points: bool = False  # set right by enough benchmarks of the very deployment


@dataclass(frozen=True)
class Use:
    """How a replica is used, as far as it matters for how sure its prediction is."""

    engine: str  # "" where none is named
    weight_share: float = 0.0  # of a GPU's memory
    concurrency: float = 0.0  # requests that decode
    own_points: int = 0  # benchmarks of this deployment behind its step times


def ground_of(replica: Replica, use: Use, catalog: Catalog) -> Ground:
    """The ground of a replica in use; benchmarks of its own dispel every doubt but that of little memory."""
    known = catalog.calibration
    kind: Literal["dense", "moe", "attention_dp"] = "dense" if replica.model.moe is None else "moe"
    if replica.layout.dp > 1:
        kind = "attention_dp"
    own = use.own_points >= known["interval_own_points"].value
    doubts = [] if own else list(doubts_of(replica, use.engine, catalog))
    if use.weight_share > known["starved_weight_share"].value:
        doubts.append(Doubt("starved", f"weights take {use.weight_share:.0%} of the memory"))
    crowded = use.concurrency > known["interval_crowded_above"].value
    return Ground(kind, crowded, tuple(doubts), use.engine, own)


def doubts_of(replica: Replica, engine: str, catalog: Catalog) -> tuple[Doubt, ...]:
    """What was never measured about a replica, whatever its load."""
    known = catalog.calibration
    return (*_hardware(replica, catalog), *_formats(replica, engine, known), *_layout(replica, known))


def _hardware(replica: Replica, catalog: Catalog) -> Iterator[Doubt]:
    gpu = replica.fabric.gpu
    if was_measured(catalog.calibration, gpu.id):
        return
    if gpu.kind == "cpu":
        yield Doubt("cpu", f"{gpu.id} computes without a GPU, of which only seen figures are known")
        return
    slower = f"; steps taken as {replica.time_factor:.2f}× the fit" if replica.time_factor != 1 else ""
    vendors = {spec.vendor for spec in catalog.gpus.values() if was_measured(catalog.calibration, spec.id)}
    text = f"{gpu.id} is not among the GPUs the performance model was fitted on{slower}"
    yield Doubt("gpu" if gpu.vendor in vendors else "other_vendor", text)


def _formats(replica: Replica, engine: str, known: Mapping[str, Figure]) -> Iterator[Doubt]:
    for part in dict.fromkeys(replica.precision.weights.split("/")):
        if not was_measured(known, part):
            yield Doubt("format", f"no {part} weights were measured")
        elif engine and not was_measured(known, f"{engine}.{part}"):
            yield Doubt("engine_format", f"no {part} weights were measured with {engine}")


def _layout(replica: Replica, known: Mapping[str, Figure]) -> Iterator[Doubt]:
    smallest = known["measured_parameters_min"].value
    if replica.model.total_parameters < smallest:
        yield Doubt("small_model", f"models below {smallest:.0e} parameters are bound by the CPU")
    group, node = replica.layout.tp * replica.layout.dp, replica.fabric.node_gpus
    if 0 < node < group:
        yield Doubt("host_link", f"{group} GPUs that hold each layer span hosts of {node}")
    elif replica.layout.tp > 2 and not in_fast_domain(replica.fabric, replica.layout.tp):
        yield Doubt("host_link", f"tensor parallelism over {replica.layout.tp} GPUs crosses PCIe")
    if replica.layout.pp > 1:
        yield Doubt("pipeline", "pipeline parallelism was not measured")
