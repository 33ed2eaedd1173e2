"""All replica configurations at once: a struct of arrays, one row for each configuration and demand class.

`Replica` is one row as objects; `Rows` is what the formulas read. Every array is [R] unless it says [R, C]
(C request sizes of a class, padded with cells of no share).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from planner.candidates.constants import Constants
from planner.candidates.layouts import Layout
from planner.candidates.links import Fabric, hop_factor, stage_bytes_per_s, wire_bytes_per_s
from planner.candidates.precision import FORMATS, WIDTH_BITS, Part, Precision, plain_format
from planner.candidates.shape import Cells, Shape
from planner.catalog.specs import AttentionSpec, GpuSpec, ModelSpec
from planner.units import BYTES_PER_GB, BYTES_PER_GIB, FLOPS_PER_TFLOPS

Array = NDArray[np.float64]
T = TypeVar("T")

_WIDE = {"fp16", "bf16", "fp8"}  # arithmetic of eight bits or more that attention scores may use


@dataclass(frozen=True)
class Replica:
    """One configuration facing one demand class."""

    model: ModelSpec
    fabric: Fabric
    layout: Layout
    precision: Precision
    shape: Shape
    arrival_scv: float  # squared coefficient of variation of inter-arrival times
    time_factor: float  # slower than the fit by this factor


@dataclass(frozen=True)
class Rows:
    """Columns of numbers; weights and FLOPs are of the whole model, the formulas divide them over GPUs."""

    tp: Array
    pp: Array
    dp: Array
    ep: Array
    time_factor: Array
    # the GPU, in the row's number formats
    memory_bytes: Array
    bandwidth: Array  # bytes/s, peak that one process can get
    peak_plain: Array  # FLOP/s of the 16-bit format, dense peak
    peak_8bit: Array  # of the fastest format of 8 bits or more
    peak_attention: Array  # FLOP/s reached by the projections in their arithmetic
    peak_dense: Array
    peak_experts: Array
    hop_factor: Array  # latency of a collective's hop beside one over the fast link
    wire: Array  # bytes/s reached in a collective of the GPUs that hold a layer
    stage_wire: Array  # bytes/s reached between pipeline stages
    # the model
    layers: Array
    hidden: Array
    attention_weights: Array
    dense_weights: Array
    expert_weights: Array  # one expert, all its layers
    head_weights: Array
    embed_weights: Array  # embeddings and an untied head, as stored
    other_weights: Array
    attention_bytes: Array  # of one weight
    dense_bytes: Array
    expert_bytes: Array
    plain_bytes: Array
    experts: Array
    active_experts: Array
    experts_unpacked: Array  # 1 where 4-bit experts are computed in 16 bits
    moe_layers: Array
    latent_layers: Array  # MLA
    index_layers: Array
    linear_layers: Array
    block_scaled_layers: Array  # whose activations are quantised block by block
    query_heads: Array
    native_bytes: Array  # published size where the row runs the published format, else 0
    kv_split: Array  # ranks over which the KV cache is split; the others hold copies
    kv_token: Array  # bytes of one token in the growing layers
    index_token: Array
    window_token: Array
    state: Array
    decode_flops: Array
    index_flops: Array
    window_flops: Array
    prefill_flops: Array
    linear_flops: Array
    # the requests
    resident: Array
    resident_window: Array
    read: Array
    long_request: Array
    window: Array
    decode_steps: Array
    arrival_scv: Array
    share: Array  # [R, C], as are the next five
    new_tokens: Array
    pairs: Array
    index_pairs: Array
    window_pairs: Array
    cell_steps: Array

    def __len__(self) -> int:
        return len(self.tp)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Rows:
        """The rows at `index`."""
        return Rows(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


def rows_from(replicas: Sequence[Replica], k: Constants) -> Rows:
    """Columns for a list of replicas."""
    columns = {**_gpu_columns(replicas, k), **_model_columns(replicas), **_cache_columns(replicas)}
    return Rows(**columns, **_request_columns(replicas), **_cell_columns([r.shape.cells for r in replicas]))


def _columns(items: Sequence[T], values: dict[str, Callable[[T], float]]) -> dict[str, Array]:
    return {name: np.array([value(item) for item in items], dtype=np.float64) for name, value in values.items()}


def reached(gpu: GpuSpec, part: Part, k: Constants) -> float:
    """FLOP/s a matrix product reaches in a part's arithmetic."""
    mfu = {16: k.mfu_16bit, 8: k.mfu_8bit, 4: k.mfu_4bit}[WIDTH_BITS[part.arithmetic]]
    if part.unpacked:
        mfu *= k.mfu_dequantised_share
    if part.block_scaled:
        mfu *= k.mfu_block_scaled_share
    return peak(gpu, part.arithmetic, k) * mfu


def bandwidth(gpu: GpuSpec, k: Constants) -> float:
    """Peak bytes/s, before the efficiencies of the kinds of reads; of a CPU host the share one process gets."""
    return gpu.bandwidth_gb_per_s * BYTES_PER_GB * (k.bandwidth_share_cpu if gpu.kind == "cpu" else 1.0)


def peak(gpu: GpuSpec, arithmetic: str, k: Constants) -> float:
    """Dense FLOP/s, scaled down where even the best measured matrix product falls short of what the fit saw."""
    usual = 1.0 if gpu.matmul_share is None else min(1.0, gpu.matmul_share / k.matmul_share_fitted)
    return gpu.tflops[arithmetic] * FLOPS_PER_TFLOPS * usual


def _gpu_columns(replicas: Sequence[Replica], k: Constants) -> dict[str, Array]:
    def reaches(replica: Replica, part: Part) -> float:
        return reached(replica.fabric.gpu, part, k)

    def together(replica: Replica) -> int:
        return replica.layout.tp * replica.layout.dp

    values: dict[str, Callable[[Replica], float]] = {
        "tp": lambda r: r.layout.tp,
        "pp": lambda r: r.layout.pp,
        "dp": lambda r: r.layout.dp,
        "ep": lambda r: r.layout.ep,
        "time_factor": lambda r: r.time_factor,
        "memory_bytes": lambda r: r.fabric.gpu.memory_gib * BYTES_PER_GIB,
        "bandwidth": lambda r: bandwidth(r.fabric.gpu, k),
        "peak_plain": lambda r: peak(r.fabric.gpu, plain_format(r.fabric.gpu), k),
        "peak_8bit": lambda r: max(peak(r.fabric.gpu, name, k) for name in r.fabric.gpu.tflops if name in _WIDE),
        "peak_attention": lambda r: reaches(r, r.precision.attention),
        "peak_dense": lambda r: reaches(r, r.precision.dense),
        "peak_experts": lambda r: reaches(r, r.precision.experts),
        "hop_factor": lambda r: hop_factor(r.fabric, together(r), k),
        "wire": lambda r: wire_bytes_per_s(r.fabric, together(r), k) if together(r) > 1 else np.inf,
        "stage_wire": lambda r: stage_bytes_per_s(r.fabric, k) if r.layout.pp > 1 else np.inf,
    }
    return _columns(replicas, values)


def _model_columns(replicas: Sequence[Replica]) -> dict[str, Array]:
    values: dict[str, Callable[[Replica], float]] = {
        "layers": lambda r: r.model.layers,
        "hidden": lambda r: r.model.hidden_size,
        "attention_weights": lambda r: r.model.attention_parameters,
        "dense_weights": lambda r: r.model.dense_ffn_parameters + r.model.shared_expert_parameters,
        "expert_weights": lambda r: r.model.routed_expert_parameters / r.model.moe.experts if r.model.moe else 0,
        "head_weights": lambda r: r.model.vocab_size * r.model.hidden_size,
        "embed_weights": lambda r: r.model.embed_parameters + r.model.head_parameters,
        "other_weights": lambda r: r.model.other_parameters,
        "attention_bytes": lambda r: r.precision.attention.bytes_per_weight,
        "dense_bytes": lambda r: r.precision.dense.bytes_per_weight,
        "expert_bytes": lambda r: r.precision.experts.bytes_per_weight,
        "plain_bytes": lambda r: r.precision.plain.bytes_per_weight,
        "experts": lambda r: r.model.moe.experts if r.model.moe else 0,
        "active_experts": lambda r: r.model.moe.active_experts if r.model.moe else 0,
        "experts_unpacked": lambda r: r.precision.experts.unpacked,
        "moe_layers": lambda r: r.model.moe.moe_layers if r.model.moe else 0,
        "block_scaled_layers": lambda r: r.model.layers * r.precision.dense.block_scaled,
        "native_bytes": _native_bytes,
    }
    return _columns(replicas, values)


def _native_bytes(replica: Replica) -> float:
    """The published size counts mixed formats and scales exactly."""
    model, weights = replica.model, replica.precision.weights
    same_width = weights in FORMATS and FORMATS[weights].bits == FORMATS[model.native_format].bits
    is_native = weights == model.native_format or (same_width and model.native_covers == "all")
    return model.native_weights_gib * BYTES_PER_GIB if is_native else 0.0


def kv_token_bytes(attention: AttentionSpec, kv: str) -> float:
    """Bytes one token occupies in all growing layers; fp8 does not halve a latent cache."""
    return attention.kv_fp8_bytes_per_token if kv == "fp8" else 2 * attention.kv_elements_per_token


def window_token_bytes(attention: AttentionSpec, kv: str) -> float:
    """Bytes one token inside the window occupies in all windowed layers."""
    return attention.window_elements_per_token * (1 if kv == "fp8" else 2)


def _cache_columns(replicas: Sequence[Replica]) -> dict[str, Array]:
    attention: dict[str, Callable[[AttentionSpec], float]] = {
        "index_token": lambda a: a.index_bytes_per_token,
        "state": lambda a: a.state_bytes,
        "decode_flops": lambda a: a.decode_flops_per_cached_token,
        "index_flops": lambda a: a.index_flops_per_token,
        "window_flops": lambda a: a.window_flops_per_cached_token,
        "prefill_flops": lambda a: a.prefill_flops_per_token_pair,
        "linear_flops": lambda a: a.linear_flops_per_token,
        "latent_layers": lambda a: a.full_layers if a.kind == "mla" else 0,
        "index_layers": lambda a: a.index_layers,
        "linear_layers": lambda a: a.linear_layers,
        "query_heads": lambda a: a.query_heads,
        "window": lambda a: float(a.window_tokens) or np.inf,
    }
    cache: dict[str, Callable[[Replica], float]] = {
        "kv_split": lambda r: min(r.layout.tp, r.model.attention.kv_heads),
        "kv_token": lambda r: kv_token_bytes(r.model.attention, r.precision.kv),
        "window_token": lambda r: window_token_bytes(r.model.attention, r.precision.kv),
    }
    return {**_columns([r.model.attention for r in replicas], attention), **_columns(replicas, cache)}


def _request_columns(replicas: Sequence[Replica]) -> dict[str, Array]:
    values: dict[str, Callable[[Replica], float]] = {
        "resident": lambda r: r.shape.resident,
        "resident_window": lambda r: r.shape.resident_window,
        "read": lambda r: r.shape.read,
        "long_request": lambda r: r.shape.long_request,
        "decode_steps": lambda r: r.shape.decode_steps,
        "arrival_scv": lambda r: r.arrival_scv,
    }
    return _columns(replicas, values)


def _cell_columns(cells: Sequence[Cells]) -> dict[str, Array]:
    """Cells of every row side by side, padded with zeros (a cell of no share)."""
    width = max((len(cell.share) for cell in cells), default=0)

    def padded(name: str) -> Array:
        block = np.zeros((len(cells), width))
        for row, cell in enumerate(cells):
            values = getattr(cell, name)
            block[row, : len(values)] = values
        return block

    names = ("share", "new_tokens", "pairs", "index_pairs", "window_pairs")
    return {**{name: padded(name) for name in names}, "cell_steps": padded("decode_steps")}
