"""What to distrust about a configuration: little KV cache, and ground the fit never saw."""

from __future__ import annotations

from collections.abc import Iterator

from planner.candidates.constants import was_measured
from planner.candidates.links import in_fast_domain
from planner.candidates.memory import MemoryRows
from planner.candidates.trials import Facts, Trial
from planner.units import BYTES_PER_GIB


def warnings_for(trial: Trial, memory: MemoryRows, row: int, facts: Facts) -> tuple[str, ...]:
    """Warnings of one trial, each with its numbers."""
    return (*_starved(trial, memory, row, facts), *_unmeasured(trial, facts))


def _starved(trial: Trial, memory: MemoryRows, row: int, facts: Facts) -> Iterator[str]:
    share = float(memory.weights[row]) / (trial.replica.fabric.gpu.memory_gib * BYTES_PER_GIB)
    if share > facts.k.starved_weight_share:
        yield (
            f"starved of KV cache: weights take {share:.0%} of the memory, what is left holds "
            f"{float(memory.capacity[row]):,.1f} requests of {trial.replica.shape.resident:,.0f} tokens"
        )


def _unmeasured(trial: Trial, facts: Facts) -> Iterator[str]:
    replica, catalog = trial.replica, facts.catalog
    gpu = replica.fabric.gpu
    if not was_measured(catalog.calibration, gpu.id):
        slower = f"; steps taken as {replica.time_factor:.2f}× the fit" if replica.time_factor != 1 else ""
        yield f"no measured ground: {gpu.id} is not among the GPUs the performance model was fitted on{slower}"
    if not was_measured(catalog.calibration, replica.precision.weights):
        yield f"no measured ground: no {replica.precision.weights} weights were measured"
    if replica.model.total_parameters < facts.k.measured_parameters_min:
        yield f"no measured ground: models below {facts.k.measured_parameters_min:.0e} parameters are bound by the CPU"
    if replica.layout.tp > 2 and not in_fast_domain(replica.fabric, replica.layout.tp):
        yield f"no measured ground: tensor parallelism over {replica.layout.tp} GPUs crosses PCIe"
    if replica.layout.pp > 1:
        yield "no measured ground: pipeline parallelism was not measured"
