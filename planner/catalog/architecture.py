"""From layer dimensions to exact parameter, KV-cache and FLOP counts of a decoder-only transformer.

One description serves data/models.yaml and Hugging Face config files. A block is absent (None) where
the model has no such layer. Counts are of the language model alone: no vision tower, no MTP layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.catalog.blocks import DeltaNet, Experts, FeedForward, GroupedQuery, Index, Latent, Mamba
from planner.catalog.specs import AttentionSpec, ModelSpec, MoeSpec, Provenance
from planner.units import BYTES_PER_GIB

BITS_PER_BYTE = 8
PLAIN_BYTES = 2  # unquantised tensors beside quantised ones are bf16


@dataclass(frozen=True)
class Weights:
    """How the weights are published: `bits` a weight, scales included, of what `covers` names."""

    format: str
    bits: float
    covers: Literal["all", "linear", "experts"] = "all"
    fp8_scales: Literal["tensor", "block"] = "tensor"  # of the model's usual fp8 checkpoint, native or not


@dataclass(frozen=True)
class Architecture:
    """A decoder-only transformer as its layer dimensions."""

    layers: int
    hidden_size: int
    vocab_size: int
    weights: Weights
    full: GroupedQuery | None = None
    window: GroupedQuery | None = None
    mla: Latent | None = None
    index: Index | None = None
    delta: DeltaNet | None = None
    mamba: Mamba | None = None
    ffn: FeedForward | None = None
    moe: Experts | None = None
    tied_embeddings: bool = False
    norms_per_layer: int = 2
    norm_bias: bool = False  # layer norm instead of RMS norm
    positions: int = 0  # learned position embeddings
    extra_per_layer: int = 0  # scalars no block counts


@dataclass(frozen=True)
class Components:
    """Exact parameter counts; `vectors` is the part of the first four groups that is never quantised."""

    attention: int
    dense_ffn: int
    shared_experts: int
    routed_experts: int
    embed: int
    head: int
    other: int
    vectors: int
    expert_vectors: int

    @property
    def blocks(self) -> int:
        """Attention, feed-forward and expert weights."""
        return self.attention + self.dense_ffn + self.shared_experts + self.routed_experts

    @property
    def total(self) -> int:
        """All parameters."""
        return self.blocks + self.embed + self.head + self.other


def components(a: Architecture) -> Components:
    """Count every parameter group."""
    h = a.hidden_size
    mixers = [(block.layers, block.matrices(h), block.vectors(h)) for block in _mixers(a)]
    if a.index and a.mla:
        mixers.append((a.index.layers, a.index.matrices(h, a.mla.q_rank), a.index.vectors(h)))
    ffn_vectors = a.ffn.layers * a.ffn.vectors(h) if a.ffn else 0
    gates = a.moe.layers * h * a.moe.shared_gate if a.moe else 0
    expert_vectors = a.moe.layers * a.moe.experts * a.moe.expert().vectors(h) if a.moe else 0
    norms = (a.norms_per_layer * a.layers + 1) * h * (1 + a.norm_bias)
    routers = a.moe.layers * a.moe.router_parameters(h) if a.moe else 0
    return Components(
        attention=sum(layers * (matrices + vectors) for layers, matrices, vectors in mixers),
        dense_ffn=a.ffn.layers * a.ffn.matrices(h) + ffn_vectors if a.ffn else 0,
        shared_experts=a.moe.layers * a.moe.shared().matrices(h) + gates if a.moe else 0,
        routed_experts=a.moe.layers * a.moe.experts * a.moe.expert().matrices(h) + expert_vectors if a.moe else 0,
        embed=a.vocab_size * h,
        head=0 if a.tied_embeddings else a.vocab_size * h,
        other=norms + routers + a.positions * h + a.extra_per_layer * a.layers,
        vectors=sum(layers * vectors for layers, _, vectors in mixers) + ffn_vectors + gates + expert_vectors,
        expert_vectors=expert_vectors,
    )


def _mixers(a: Architecture) -> list[GroupedQuery | Latent | DeltaNet | Mamba]:
    """Blocks that mix tokens, in one list."""
    return [block for block in (a.full, a.window, a.mla, a.delta, a.mamba) if block is not None]


def native_weights_gib(a: Architecture) -> float:
    """Size of the weights as published [GiB]."""
    count = components(a)
    covered = {
        "all": count.total,
        "linear": count.blocks - count.vectors,
        "experts": count.routed_experts - count.expert_vectors,
    }[a.weights.covers]
    size = covered * a.weights.bits / BITS_PER_BYTE + (count.total - covered) * PLAIN_BYTES
    return size / BYTES_PER_GIB


def moe_spec(a: Architecture) -> MoeSpec | None:
    """Mixture-of-experts layout, None for a dense model."""
    if a.moe is None:
        return None
    return MoeSpec(
        experts=a.moe.experts,
        active_experts=a.moe.active,
        moe_layers=a.moe.layers,
        dense_layers=a.ffn.layers if a.ffn else 0,
        expert_parameters=a.moe.expert().matrices(a.hidden_size) + a.moe.expert().vectors(a.hidden_size),
    )


def attention_spec(a: Architecture) -> AttentionSpec:
    """KV-cache and attention arithmetic, all layers together."""
    grows = a.full or a.mla
    cached = grows.layers * grows.cached_elements if grows else 0
    linear = a.delta or a.mamba
    main = grows or a.window
    if main is None:
        raise ValueError("a model needs at least one softmax-attention layer")
    return AttentionSpec(
        kind="mla" if a.mla else "gqa",
        kv_heads=1 if a.mla else min(block.kv_heads for block in (a.full, a.window) if block),
        full_layers=grows.layers if grows else 0,
        window_layers=a.window.layers if a.window else 0,
        linear_layers=linear.layers if linear else 0,
        window_tokens=a.window.tokens if a.window else 0,
        kv_elements_per_token=cached,
        window_elements_per_token=a.window.layers * a.window.cached_elements if a.window else 0,
        kv_fp8_bytes_per_token=a.mla.layers * a.mla.fp8_bytes if a.mla else cached,
        index_bytes_per_token=a.index.layers * a.index.bytes if a.index else 0,
        index_topk=a.index.topk if a.index else 0,
        index_flops_per_token=2.0 * a.index.layers * a.index.heads * a.index.head_dim if a.index else 0.0,
        state_bytes=linear.layers * linear.state_bytes() if linear else 0,
        decode_flops_per_cached_token=_decode_flops(a),
        prefill_flops_per_token_pair=_prefill_flops(a),
        window_flops_per_cached_token=a.window.flops() if a.window else 0.0,
        query_heads=main.heads,
        index_layers=a.index.layers if a.index else 0,
        linear_flops_per_token=linear.layers * linear.flops() if linear else 0.0,
    )


def _decode_flops(a: Architecture) -> float:
    """Growing layers, one token against one cached token; MLA works in the latent space."""
    if a.mla:
        return 2.0 * a.mla.layers * a.mla.heads * (2 * a.mla.kv_rank + a.mla.rope_dim)
    return a.full.flops() if a.full else 0.0


def _prefill_flops(a: Architecture) -> float:
    """Growing layers, one pair of prompt tokens; MLA expands the latent into heads."""
    if a.mla:
        return 2.0 * a.mla.layers * a.mla.heads * (a.mla.nope_dim + a.mla.rope_dim + a.mla.v_dim)
    return a.full.flops() if a.full else 0.0


@dataclass(frozen=True)
class Identity:
    """What a model is called and how it may be used."""

    id: str
    hf_repo: str
    aliases: tuple[str, ...]
    licence: str
    max_context: int


def model_spec(a: Architecture, identity: Identity, provenance: Provenance) -> ModelSpec:
    """The model as the planner uses it: counts instead of dimensions."""
    count = components(a)
    return ModelSpec(
        id=identity.id,
        hf_repo=identity.hf_repo,
        aliases=identity.aliases,
        licence=identity.licence,
        layers=a.layers,
        hidden_size=a.hidden_size,
        vocab_size=a.vocab_size,
        max_context=identity.max_context,
        native_format=a.weights.format,
        native_covers=a.weights.covers,
        fp8_scales=a.weights.fp8_scales,
        embed_parameters=count.embed,
        head_parameters=count.head,
        attention_parameters=count.attention,
        dense_ffn_parameters=count.dense_ffn,
        shared_expert_parameters=count.shared_experts,
        routed_expert_parameters=count.routed_experts,
        other_parameters=count.other,
        total_parameters=count.total,
        native_weights_gib=native_weights_gib(a),
        moe=moe_spec(a),
        attention=attention_spec(a),
        provenance=provenance,
    )
