"""What to distrust about a configuration: little KV cache, and ground the fit never saw."""

from __future__ import annotations

from collections.abc import Iterator

from planner.candidates.ground import doubts_of
from planner.candidates.memory import MemoryRows
from planner.candidates.trials import Facts, Trial
from planner.units import BYTES_PER_GIB

NODE_GPUS = 8  # of the usual node


def warnings_for(trial: Trial, memory: MemoryRows, row: int, facts: Facts) -> tuple[str, ...]:
    """Warnings of one trial, each with its numbers."""
    doubts = doubts_of(trial.replica, facts.engine, facts.catalog)
    return (
        *_starved(trial, memory, row, facts),
        *_fills_a_node(trial, memory, row),
        *_spans_nodes(trial),
        *(f"no measured ground: {doubt.text}" for doubt in doubts),
    )


def _fills_a_node(trial: Trial, memory: MemoryRows, row: int) -> Iterator[str]:
    """A model that half a usual node cannot hold goes down as a whole, and grows by whole nodes only."""
    gpus = trial.config.gpus
    weights = float(memory.weights[row]) * gpus
    if gpus < NODE_GPUS or trial.config.nodes > 1 or weights < float(memory.usable[row]) * gpus / 2:
        return
    held = f"{float(memory.capacity[row]):,.0f} requests of {trial.replica.shape.resident:,.0f} tokens"
    yield (
        f"fills a node: its {weights / BYTES_PER_GIB:,.0f} GiB of weights need more than half of {gpus} GPUs; "
        f"one replica holds {held} and stops whole when its node does; a second node serves on then, "
        "and holds more or longer requests"
    )


def _spans_nodes(trial: Trial) -> Iterator[str]:
    config = trial.config
    if config.nodes > 1:
        yield (
            f"spans {config.nodes} nodes of {config.node_gpus} GPUs, a pipeline stage each: they must stand on one "
            f"network of {config.network_gb_per_s:g} GB/s a GPU, and all stop when one does"
        )


def _starved(trial: Trial, memory: MemoryRows, row: int, facts: Facts) -> Iterator[str]:
    share = float(memory.weights[row]) / (trial.replica.fabric.gpu.memory_gib * BYTES_PER_GIB)
    if share > facts.k.starved_weight_share:
        yield (
            f"starved of KV cache: weights take {share:.0%} of the memory, what is left holds "
            f"{float(memory.capacity[row]):,.1f} requests of {trial.replica.shape.resident:,.0f} tokens"
        )
