"""Time of one engine step from bytes and FLOPs: linear + attention + communication + launch.

Per GPU, for M tokens of which n decode (one pipeline stage's micro-batch); tp GPUs slice every matrix, dp such
groups hold the attention of their own requests, the experts are spread over all tp·dp of them:

    linear        = Σ over projections, feed-forward, experts, LM head of ‖ bytes/bandwidth , 2·weights·M/peak ‖
    ‖a, b‖        = (a^p + b^p)^(1/p), a smooth maximum of memory time and compute time
    experts       : E·(1 - (1 + k·M/(E·a))^-a) of them are hit, popularity being gamma distributed with shape a;
                    each hit one reads its weights and pads its rows; under expert parallelism the rank with the
                    most rows sets the pace of computing them: 1 + s·sqrt(2 ln ep · (ep/(E·a) + ep/(k·M))), from
                    experts that stay popular and from chance
    attention     = ‖ cache bytes/bandwidth , FLOPs/peak ‖, n requests at their mean context
    communication = 2 all-reduces a layer over tp: latency·log2(tp) + 2(tp-1)/tp·M/dp·hidden·2 B/wire, an
                    all-gather and a reduce-scatter a MoE layer over dp, and stage hand-overs
    launch        = Σ over kinds of layers of layers·gap + a step's and each request's scheduling, which no
                    roofline sees; a step takes at least what the CPU needs for it
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.candidates.constants import Constants
from planner.candidates.rows import Array, Rows

ACTIVATION_BYTES = 2
SURELY_SAVED = 0.7  # of the reading time: what compute hides of it at most, rounded down


@dataclass(frozen=True)
class Product:
    """A group of matrix products: seconds to read its weights, and to compute one token of the step; [R]."""

    read_s: Array
    token_s: Array


@dataclass(frozen=True)
class Routing:
    """How tokens spread over experts; [R], zeros without experts."""

    popularity: float  # shape a of the gamma distribution
    tokens: Array  # k/(E·a)
    least: Array  # share of experts that one token hits
    padding_s: Array  # computing the padded rows of all experts when all are hit
    chance: Array  # squared surplus of the busiest rank for one token; it falls with their number
    habit: Array  # … with any number of tokens: some ranks hold the more popular experts


@dataclass(frozen=True)
class Step:
    """Coefficients of the step time [s]; everything later is arithmetic on these."""

    exponent: float
    shares: float  # of a decode step's matrix products that a prompt riding on it saves: 0 where it has its own step
    projections: Product
    feed_forward: Product
    head: Product
    experts: Product  # of all experts together; token_s of one token through its active experts
    routing: Routing
    cache: Product  # of one decoding request: reading its cache, computing its scores
    hops_s: Array
    wire_token_s: Array
    launch_s: Array
    quantise_s: Array  # activations for block-scaled products
    request_s: Array
    floor_s: Array
    prompt_attention_s: Array  # [R, C]: attention and state updates of one whole prompt
    chunk_s: Array  # extra of a step that carries prefill: it runs without a captured graph

    @cached_property
    def powers(self) -> tuple[Product, Product, Product]:
        """Projections, feed-forward and LM head, their times to the power of the norm."""
        p = self.exponent
        projections, feed_forward, head = (
            Product(one.read_s**p, one.token_s**p) for one in (self.projections, self.feed_forward, self.head)
        )
        return projections, feed_forward, head

    @cached_property
    def has_experts(self) -> bool:
        """Whether any row has."""
        return bool(self.experts.token_s.any())

    @cached_property
    def attention_s(self) -> Array:
        """Attention of one decoding request."""
        return _norm(self.cache.read_s, self.cache.token_s, self.exponent)


@dataclass(frozen=True)
class Terms:
    """Named parts of one decode step [s]: the first four add up to it."""

    linear: Array
    attention: Array
    communication: Array
    launch: Array
    idle: Array  # part of launch: the GPU waits for the CPU's share of the step

    @property
    def step(self) -> Array:
        """The whole step."""
        seconds: Array = self.linear + self.attention + self.communication + self.launch
        return seconds


def step_of(rows: Rows, k: Constants) -> Step:
    """Coefficients of every row."""
    slow = rows.time_factor
    head = (rows.head_weights, rows.plain_bytes, rows.peak_plain * k.mfu_16bit)
    return Step(
        exponent=k.roofline_norm_exponent,
        shares=k.prefill_shares_step,
        projections=_product(rows, k, (rows.attention_weights, rows.attention_bytes, rows.peak_attention)),
        feed_forward=_product(rows, k, (rows.dense_weights, rows.dense_bytes, rows.peak_dense)),
        head=_product(rows, k, head),
        experts=_experts(rows, k),
        routing=_routing(rows, k),
        cache=_cache(rows, k),
        hops_s=slow * _hops_s(rows, k),
        wire_token_s=slow * _wire_token_s(rows),
        launch_s=slow * _launch_s(rows, k),
        quantise_s=slow * k.launch_factor * rows.block_scaled_layers * k.launch_block_scaled_layer_s,
        request_s=slow * k.request_overhead_s / rows.dp**k.request_overhead_ranks_exponent,
        floor_s=slow * k.step_floor_s,
        prompt_attention_s=_prompt_attention_s(rows, k),
        chunk_s=slow * (rows.layers * k.prefill_layer_overhead_s + rows.moe_layers * k.prefill_moe_layer_overhead_s),
    )


def linear(step: Step, tokens: Array, sampled: Array) -> Array:
    """All matrix products for `tokens` tokens in the step, `sampled` of them through the LM head [s]."""
    p, (projections, feed_forward, head) = step.exponent, step.powers
    tokens_power = tokens**p
    sampled_power = tokens_power if sampled is tokens else sampled**p
    return (
        (projections.read_s + projections.token_s * tokens_power) ** (1 / p)
        + (feed_forward.read_s + feed_forward.token_s * tokens_power) ** (1 / p)
        + (head.read_s + head.token_s * sampled_power) ** (1 / p)
        + _experts_s(step, tokens)
    )


def _experts_s(step: Step, tokens: Array) -> Array:
    if not step.has_experts:
        return np.zeros_like(tokens)
    routing = step.routing
    hit = hit_share(routing, tokens)
    compute = step.experts.token_s * tokens + routing.padding_s * hit
    busiest = 1 + np.sqrt(routing.habit + routing.chance / np.maximum(tokens, 1.0))
    seconds: Array = _norm(step.experts.read_s * hit, busiest * compute, step.exponent)
    return seconds


def communication(step: Step, tokens: Array) -> Array:
    """Collectives and stage hand-overs for `tokens` tokens [s]."""
    return step.hops_s + step.wire_token_s * tokens


def decode_terms(step: Step, requests: Array) -> Terms:
    """The parts of a step in which `requests` requests decode and nobody prefills [s]."""
    n = np.maximum(requests, 1.0)
    products, wires = linear(step, n, n), communication(step, n)
    attention = step.attention_s * n
    launch = step.launch_s + step.request_s * n + np.minimum(step.quantise_s, _saved_by_8_bits(step, n))
    idle = np.maximum(step.floor_s - products - attention - wires - launch, 0.0)
    return Terms(linear=products, attention=attention, communication=wires, launch=launch + idle, idle=idle)


def _saved_by_8_bits(step: Step, tokens: Array) -> Array:
    """What reading 8 bits instead of 16 surely saves; an engine that spent more on quantising would be run in 16."""
    read = step.projections.read_s + step.feed_forward.read_s + step.experts.read_s * hit_share(step.routing, tokens)
    return SURELY_SAVED * read


def hit_share(routing: Routing, tokens: Array) -> Array:
    """Share of the experts that some of `tokens` tokens hit."""
    share: Array = np.maximum(1 - (1 + routing.tokens * tokens) ** -routing.popularity, routing.least)
    return share


def decode_step(step: Step, requests: Array) -> Array:
    """Time of a step in which `requests` requests decode and nobody prefills [s]."""
    return decode_terms(step, requests).step


def _norm(a: Array, b: Array, p: float) -> Array:
    value: Array = (a**p + b**p) ** (1 / p)
    return value


def _product(rows: Rows, k: Constants, group: tuple[Array, Array, Array]) -> Product:
    weights, bytes_per_weight, peak = group
    narrow = np.where(bytes_per_weight < 1, k.bandwidth_efficiency_4bit, 1.0)
    reach = rows.bandwidth * k.bandwidth_efficiency_dense * narrow
    here = rows.time_factor * weights / rows.tp
    return Product(here * bytes_per_weight / reach, 2 * here / rows.dp / peak)


def _expert_flops_s(rows: Rows, k: Constants) -> Array:
    """Computing one row in one expert of every layer, the experts being spread over all GPUs [s]."""
    return rows.time_factor * 2 * rows.expert_weights / (rows.tp * rows.dp) / (rows.peak_experts * k.mfu_experts_share)


def _experts(rows: Rows, k: Constants) -> Product:
    reach = rows.bandwidth * k.bandwidth_efficiency_experts
    stored = rows.expert_weights * rows.experts * rows.expert_bytes / (rows.tp * rows.dp)
    return Product(rows.time_factor * stored / reach, _expert_flops_s(rows, k) * rows.active_experts)


def _routing(rows: Rows, k: Constants) -> Routing:
    some, active = np.maximum(rows.experts, 1.0), np.maximum(rows.active_experts, 1.0)
    rows_of_one = np.where(rows.experts_unpacked > 0, k.padded_rows_dequantised, k.padded_rows_per_hit_expert)
    ranks = np.maximum(rows.ep, 1.0)
    surplus = k.expert_imbalance**2 * 2 * np.log(ranks) * ranks
    return Routing(
        popularity=k.expert_popularity_shape,
        tokens=rows.active_experts / (some * k.expert_popularity_shape),
        least=np.minimum(rows.active_experts, rows.experts) / some,
        padding_s=_expert_flops_s(rows, k) * rows.experts * rows_of_one,
        chance=surplus / active,
        habit=surplus / (some * k.expert_popularity_shape),
    )


def _head_share(rows: Rows, k: Constants) -> Array:
    """Share of the heads' FLOPs one GPU executes: 1/tp, but MLA kernels pad a GPU's heads to whole tiles."""
    heads = np.maximum(rows.query_heads, rows.tp)
    tile = np.where(
        rows.latent_layers > 0, np.where(rows.index_layers > 0, k.head_tile_sparse, k.head_tile_latent), 1.0
    )
    share: Array = np.maximum(heads / rows.tp, tile) / heads
    return share


def _cache(rows: Rows, k: Constants) -> Product:
    """One request's cache: what it reads, and the linear-attention state it reads and writes."""
    windowed = rows.resident_window
    growing = rows.read * rows.kv_token / rows.kv_split + rows.resident * rows.index_token
    read = growing + windowed * rows.window_token / rows.kv_split + 2 * rows.state / rows.tp
    heads = rows.read * rows.decode_flops * _head_share(rows, k) + windowed * rows.window_flops / rows.tp
    flops = heads + rows.resident * rows.index_flops  # every rank scores the whole index
    slow = rows.time_factor / rows.dp
    return Product(
        slow * read / (rows.bandwidth * k.bandwidth_efficiency_kv),
        slow * flops / (rows.peak_plain * k.mfu_attention_decode),
    )


def _launch_s(rows: Rows, k: Constants) -> Array:
    """Gaps between kernels by kind of layer, and the step's own scheduling."""
    gaps = (
        rows.layers * k.launch_layer_s
        + rows.moe_layers * k.launch_moe_layer_s
        + rows.latent_layers * k.launch_latent_layer_s
        + rows.index_layers * k.launch_index_layer_s
        + rows.linear_layers * k.launch_linear_layer_s
    )
    return k.launch_factor * gaps + k.step_overhead_s


def _hops_s(rows: Rows, k: Constants) -> Array:
    hop = rows.hop_factor * k.collective_hop_s
    reduces = 2 * rows.layers * hop * np.log2(rows.tp)
    gathers = 2 * rows.moe_layers * hop * np.log2(rows.dp)
    stages: Array = reduces + gathers + (rows.pp - 1) * k.collective_hop_s
    return stages


def _wire_token_s(rows: Rows) -> Array:
    vector = rows.hidden * ACTIVATION_BYTES
    reduces = 2 * rows.layers * 2 * (rows.tp - 1) / rows.tp / rows.dp * vector / rows.wire
    gathers = 2 * rows.moe_layers * (rows.dp - 1) / rows.dp * vector / rows.wire
    stages: Array = reduces + gathers + (rows.pp - 1) / rows.dp * vector / rows.stage_wire
    return stages


def _prompt_attention_s(rows: Rows, k: Constants) -> Array:
    """Sparse layers attend in the latent form to at most top-k tokens, and score every pair on every rank."""
    sparse = rows.index_layers > 0
    pair = np.where(sparse, rows.decode_flops * _head_share(rows, k), rows.prefill_flops / rows.tp)
    scores = rows.pairs * pair[:, None] + rows.window_pairs * (rows.window_flops / rows.tp)[:, None]
    index = rows.index_pairs * (rows.index_flops / (rows.peak_8bit * k.mfu_index))[:, None]
    states = rows.new_tokens * (rows.linear_flops / rows.tp / (rows.peak_plain * k.mfu_linear_attention))[:, None]
    attended = scores / (rows.peak_plain * k.mfu_attention_prefill)[:, None]
    seconds: Array = (attended + index + states) * rows.time_factor[:, None]
    return seconds
