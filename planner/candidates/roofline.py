"""Time of one engine step from bytes and FLOPs: linear + attention + communication + launch.

Per GPU, for M tokens of which n decode (one pipeline stage's micro-batch):

    linear        = Σ over projections, feed-forward, experts, LM head of ‖ bytes/bandwidth , 2·weights·M/peak ‖
    ‖a, b‖        = (a^p + b^p)^(1/p), a smooth maximum of memory time and compute time
    experts       : E·(1 - (1 - k/E)^M) of them are hit; each hit one reads its weights and pads its rows
    attention     = ‖ cache bytes/bandwidth , FLOPs/peak ‖, n requests at their mean context
    communication = 2 all-reduces a layer: latency·log2(tp) + 2(tp-1)/tp·M·hidden·2 B/wire, and stage hand-overs
    launch        = layers·a + MoE layers·b + c + d·n: kernel launches and scheduling, which no roofline sees
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.candidates.constants import Constants
from planner.candidates.rows import Array, Rows

ACTIVATION_BYTES = 2


@dataclass(frozen=True)
class Product:
    """A group of matrix products: seconds to read its weights, and to compute one token; [R]."""

    read_s: Array
    token_s: Array


@dataclass(frozen=True)
class Step:
    """Coefficients of the step time [s]; everything later is arithmetic on these."""

    exponent: float
    projections: Product
    feed_forward: Product
    head: Product
    experts: Product  # of all experts together; token_s of one token through its active experts
    missed: Array  # 1 - k/E: chance that one token misses an expert; 0 without experts
    padding_s: Array  # computing the padded rows of all experts when all are hit
    cache: Product  # of one decoding request: reading its cache, computing its scores
    hops_s: Array
    wire_token_s: Array
    launch_s: Array
    request_s: Array
    prompt_attention_s: Array  # [R, C]: attention of one whole prompt
    chunk_s: Array  # extra of a step that carries prefill: it runs without a captured graph


@dataclass(frozen=True)
class Terms:
    """Named parts of one decode step [s]; they add up to it."""

    linear: Array
    attention: Array
    communication: Array
    launch: Array


def step_of(rows: Rows, k: Constants) -> Step:
    """Coefficients of every row."""
    slow = rows.time_factor
    return Step(
        exponent=k.roofline_norm_exponent,
        projections=_product(rows, k, (rows.attention_weights, rows.attention_bytes, rows.peak_attention)),
        feed_forward=_product(rows, k, (rows.dense_weights, rows.dense_bytes, rows.peak_dense)),
        head=_product(rows, k, (rows.head_weights, rows.plain_bytes, rows.peak_plain * k.mfu_16bit)),
        experts=_experts(rows, k),
        missed=_missed(rows),
        padding_s=_expert_flops_s(rows) * rows.experts * k.padded_rows_per_hit_expert,
        cache=_cache(rows, k),
        hops_s=slow * _hops_s(rows, k),
        wire_token_s=slow * _wire_token_s(rows),
        launch_s=slow * (rows.layers * k.launch_layer_s + rows.moe_layers * k.launch_moe_layer_s + k.step_overhead_s),
        request_s=slow * k.request_overhead_s,
        prompt_attention_s=_prompt_attention_s(rows, k),
        chunk_s=slow * rows.layers * k.prefill_layer_overhead_s,
    )


def linear(step: Step, tokens: Array, sampled: Array) -> Array:
    """All matrix products for `tokens` tokens in the step, `sampled` of them through the LM head [s]."""
    p = step.exponent
    hit = 1 - step.missed**tokens
    experts = _norm(step.experts.read_s * hit, step.experts.token_s * tokens + step.padding_s * hit, p)
    return (
        _norm(step.projections.read_s, step.projections.token_s * tokens, p)
        + _norm(step.feed_forward.read_s, step.feed_forward.token_s * tokens, p)
        + _norm(step.head.read_s, step.head.token_s * sampled, p)
        + experts
    )


def communication(step: Step, tokens: Array) -> Array:
    """Collectives and stage hand-overs for `tokens` tokens [s]."""
    return step.hops_s + step.wire_token_s * tokens


def decode_terms(step: Step, requests: Array) -> Terms:
    """The parts of a step in which `requests` requests decode and nobody prefills [s]."""
    n = np.maximum(requests, 1.0)
    return Terms(
        linear=linear(step, n, n),
        attention=_norm(step.cache.read_s, step.cache.token_s, step.exponent) * n,
        communication=communication(step, n),
        launch=step.launch_s + step.request_s * n,
    )


def decode_step(step: Step, requests: Array) -> Array:
    """Time of a step in which `requests` requests decode and nobody prefills [s]."""
    terms = decode_terms(step, requests)
    return terms.linear + terms.attention + terms.communication + terms.launch


def _norm(a: Array, b: Array, p: float) -> Array:
    value: Array = (a**p + b**p) ** (1 / p)
    return value


def _product(rows: Rows, k: Constants, group: tuple[Array, Array, Array]) -> Product:
    weights, bytes_per_weight, peak = group
    reach = rows.bandwidth * k.bandwidth_efficiency_dense
    here = rows.time_factor * weights / rows.tp
    return Product(here * bytes_per_weight / reach, 2 * here / peak)


def _expert_flops_s(rows: Rows) -> Array:
    """Computing one row in one expert of every layer [s]."""
    return rows.time_factor * 2 * rows.expert_weights / rows.tp / rows.peak_experts


def _experts(rows: Rows, k: Constants) -> Product:
    reach = rows.bandwidth * k.bandwidth_efficiency_experts
    stored = rows.expert_weights * rows.experts * rows.expert_bytes / rows.tp
    return Product(rows.time_factor * stored / reach, _expert_flops_s(rows) * rows.active_experts)


def _missed(rows: Rows) -> Array:
    some = np.maximum(rows.experts, 1.0)
    return np.where(rows.experts > 0, 1 - rows.active_experts / some, 0.0)


def _cache(rows: Rows, k: Constants) -> Product:
    """One request's cache: what it reads, and the linear-attention state it reads and writes."""
    windowed = rows.resident_window
    growing = rows.read * rows.kv_token / rows.kv_split + rows.resident * rows.index_token
    read = growing + windowed * rows.window_token / rows.kv_split + 2 * rows.state / rows.tp
    flops = rows.read * rows.decode_flops + rows.resident * rows.index_flops + windowed * rows.window_flops
    slow = rows.time_factor
    return Product(
        slow * read / (rows.bandwidth * k.bandwidth_efficiency_kv),
        slow * flops / rows.tp / (rows.peak_plain * k.mfu_attention_decode),
    )


def _hops_s(rows: Rows, k: Constants) -> Array:
    reduces = 2 * rows.layers * k.collective_hop_s * np.log2(rows.tp)
    stages: Array = reduces + (rows.pp - 1) * k.collective_hop_s
    return stages


def _wire_token_s(rows: Rows) -> Array:
    vector = rows.hidden * ACTIVATION_BYTES
    reduces = 2 * rows.layers * 2 * (rows.tp - 1) / rows.tp * vector / rows.wire
    stages: Array = reduces + (rows.pp - 1) * vector / rows.stage_wire
    return stages


def _prompt_attention_s(rows: Rows, k: Constants) -> Array:
    flops = (
        rows.pairs * rows.prefill_flops[:, None]
        + rows.index_pairs * rows.index_flops[:, None]
        + rows.window_pairs * rows.window_flops[:, None]
    )
    peak = rows.tp * rows.peak_plain * k.mfu_attention_prefill / rows.time_factor
    seconds: Array = flops / peak[:, None]
    return seconds
