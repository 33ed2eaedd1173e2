"""Where each GiB of a GPU goes: weights, activations, runtime, and what is left for the KV cache.

    KV pool = memory x utilisation - weights - max(reserve, activations + runtime floor)

Weights divide over all GPUs of the replica (routers and norms are copied on every tensor-parallel rank,
everything but the experts on every attention-data-parallel one); the fullest pipeline stage counts. A request's
cache divides over the KV heads and the stages; a latent (MLA) cache and a sparse index are copied on every
tensor-parallel rank.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.candidates.candidate import Memory
from planner.candidates.constants import Constants
from planner.candidates.rows import Array, Rows
from planner.units import BYTES_PER_GIB

ACTIVATION_BYTES = 2


@dataclass(frozen=True)
class MemoryRows:
    """Bytes of the fullest GPU of each replica [R]."""

    usable: Array  # memory x utilisation
    weights: Array
    activations: Array
    runtime: Array
    pool: Array  # may be negative: the weights do not fit
    request: Array  # cache of a mean request at its mean residency
    long_request: Array  # cache of a request as long as is tolerated to be refused
    capacity: Array  # mean requests resident in the replica; 0 where the weights do not fit


def memory_of(rows: Rows, k: Constants) -> MemoryRows:
    """Memory budget of every row."""
    usable = rows.memory_bytes * k.memory_utilisation
    weights = weights_per_gpu(rows)
    activations = k.prefill_chunk_tokens * k.activation_vectors_per_token * rows.hidden * ACTIVATION_BYTES
    reserve = np.maximum(k.memory_reserve_gib * BYTES_PER_GIB, activations + k.memory_runtime_floor_gib * BYTES_PER_GIB)
    pool = usable - weights - reserve
    request = cache_bytes(rows, rows.resident, rows.resident_window)
    return MemoryRows(
        usable=usable,
        weights=weights,
        activations=activations,
        runtime=reserve - activations,
        pool=pool,
        request=request,
        long_request=cache_bytes(rows, rows.long_request, np.minimum(rows.long_request, rows.window)),
        capacity=np.maximum(pool, 0.0) / request * rows.dp,
    )


def stage_share(rows: Rows) -> Array:
    """Share of the layers in the fullest pipeline stage."""
    share: Array = np.ceil(rows.layers / rows.pp) / rows.layers
    return share


def weights_per_gpu(rows: Rows) -> Array:
    """Weights on the fullest GPU [bytes]; the published size where the format is the published one."""
    split = rows.attention_weights * rows.attention_bytes + rows.dense_weights * rows.dense_bytes
    experts = rows.expert_weights * rows.experts * rows.expert_bytes
    tables, copied = rows.embed_weights * rows.plain_bytes, rows.other_weights * rows.plain_bytes
    counted = split + experts + tables + copied
    exact = np.where(rows.native_bytes > 0, rows.native_bytes / counted, 1.0)
    ends = np.where(rows.pp > 1, rows.head_weights * rows.plain_bytes, tables)  # one table a stage
    layers = split / rows.tp + experts / (rows.tp * rows.dp) + copied
    per_gpu: Array = exact * (stage_share(rows) * layers + ends / rows.tp)
    return per_gpu


def cache_bytes(rows: Rows, tokens: Array, window_tokens: Array) -> Array:
    """Cache of one request of so many tokens on the fullest GPU [bytes]."""
    growing = tokens * (rows.kv_token / rows.kv_split + rows.index_token)
    windowed = window_tokens * rows.window_token / rows.kv_split
    return stage_share(rows) * (growing + windowed + rows.state / rows.tp)


def memory_at(memory: MemoryRows, row: int, arithmetic: str) -> Memory:
    """One row as a `Memory`, in GiB."""
    gib = {name: float(getattr(memory, name)[row]) / BYTES_PER_GIB for name in ("usable", "weights", "activations")}
    return Memory(
        usable_gib=gib["usable"],
        weights_gib=gib["weights"],
        activations_gib=gib["activations"],
        runtime_gib=float(memory.runtime[row]) / BYTES_PER_GIB,
        kv_pool_gib=float(memory.pool[row]) / BYTES_PER_GIB,
        kv_gib_per_request=float(memory.request[row]) / BYTES_PER_GIB,
        max_concurrency=float(memory.capacity[row]),
        arithmetic=arithmetic,
    )
