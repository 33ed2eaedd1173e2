"""Sentences with numbers: how memory adds up, by how much it misses, what a configuration is called."""

from __future__ import annotations

from planner.candidates.constants import Constants
from planner.candidates.memory import MemoryRows
from planner.candidates.rows import Replica
from planner.candidates.trials import Trial
from planner.units import BYTES_PER_GIB


def subject_of(trial: Trial) -> str:
    """ "llama-3.3-70b bf16 on 2×H100-SXM", with nodes, pipeline and KV format where they are not plain.

    Ways to share experts and attention out over the same GPUs go by one name.
    """
    config = trial.config
    cut = f" as tp{config.tp}-pp{config.pp}" if config.pp > 1 and config.nodes == 1 else ""
    kv = " with fp8 KV cache" if config.kv == "fp8" else ""
    gpus = f"{config.nodes}×{config.node_gpus}" if config.nodes > 1 else f"{config.gpus}"
    return f"{config.model} {config.weights}{kv} on {gpus}×{config.gpu}{cut}"


def memory_arithmetic(replica: Replica, memory: MemoryRows, row: int, k: Constants) -> str:
    """One line a reader can redo, for the fullest GPU of the replica [GiB]."""
    gib = {name: float(getattr(memory, name)[row]) / BYTES_PER_GIB for name in _SHOWN}
    tokens, groups = replica.shape.resident, replica.layout.dp
    each = f" in each of {groups} groups" if groups > 1 else ""
    return (
        f"{replica.fabric.gpu.memory_gib:.2f} × {k.memory_utilisation:.2f} = {gib['usable']:.1f}"
        f" - weights {gib['weights']:.1f} - activations {gib['activations']:.1f} - runtime {gib['runtime']:.1f}"
        f" = {gib['pool']:.1f} GiB for KV; {gib['request']:.4f} GiB for a request of {tokens:,.0f} tokens"
        f" → {float(memory.capacity[row]) / groups:,.1f} requests{each}"
    )


_SHOWN = ("usable", "weights", "activations", "runtime", "pool", "request")


def memory_shortfall(replica: Replica, memory: MemoryRows, row: int) -> tuple[str, float]:
    """What does not fit and by which factor."""
    gib = {name: float(getattr(memory, name)[row]) / BYTES_PER_GIB for name in (*_SHOWN, "long_request")}
    gpu = f"one {replica.fabric.gpu.id}"
    room = gib["weights"] + gib["pool"]
    if gib["pool"] <= 0:
        share = "" if replica.layout.gpus == 1 else f" on each of {replica.layout.gpus} GPUs"
        detail = f"needs {gib['weights']:.1f} GiB of weights{share}; {gpu} has {room:.1f} GiB for them"
        return detail, gib["weights"] / max(room, 1e-9)
    wanted = max(gib["request"], gib["long_request"])
    long = gib["long_request"] >= gib["request"]
    tokens = replica.shape.long_request if long else replica.shape.resident
    detail = (
        f"one request of {tokens:,.0f} tokens needs {wanted:.2f} GiB of KV cache; "
        f"{gpu} has {gib['pool']:.2f} GiB beside {gib['weights']:.1f} GiB of weights"
    )
    return detail, wanted / gib["pool"]
