"""The kinds of layers a transformer is made of: dimensions in, parameters and cache sizes out.

`matrices` are what a quantised checkpoint quantises, `vectors` what it leaves in 16 bits (norms, biases).
Formulas: KV cache 2 x kv_heads x head_dim;
MLA kv_rank + rope_dim; fp8 MLA and index layouts as in vLLM; states as in the delta-net and Mamba-2 papers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

STATE_BYTES = 4  # recurrent states are kept in fp32, their convolution buffers in 16 bits
CONV_BYTES = 2
SCALE_BYTES = 4  # one fp32 scale for each 128 fp8 numbers of an index key or an MLA latent
SCALE_GROUP = 128


@dataclass(frozen=True)
class GroupedQuery:
    """Softmax attention whose keys and values are cached for every KV head."""

    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    v_head_dim: int = 0  # 0: as head_dim
    qkv_bias: bool = False
    out_bias: bool = False
    qk_norm: Literal["", "head", "width"] = ""  # RMS norm over each head or over all heads together
    sinks: bool = False  # one learned logit a head
    gated: bool = False  # an output gate doubles the query projection
    shared_kv: bool = False  # values are the keys: no value projection
    tokens: int = 0  # sliding or chunked window; 0: the whole context

    @property
    def value_dim(self) -> int:
        """Width of one value head."""
        return self.v_head_dim or self.head_dim

    @property
    def cached_elements(self) -> int:
        """Numbers cached for one token in one layer."""
        return self.kv_heads * (self.head_dim + self.value_dim)

    @property
    def projected_width(self) -> int:
        """Outputs of the query, key and value projections together."""
        queries = self.heads * self.head_dim * (2 if self.gated else 1)
        return queries + self.kv_heads * (self.head_dim + (0 if self.shared_kv else self.value_dim))

    def matrices(self, hidden: int) -> int:
        """Weights of one layer that a quantised checkpoint quantises."""
        return hidden * (self.projected_width + self.heads * self.value_dim)

    def vectors(self, hidden: int) -> int:
        """Biases, norms and sinks of one layer."""
        norm = {"": 0, "head": 2 * self.head_dim, "width": (self.heads + self.kv_heads) * self.head_dim}[self.qk_norm]
        return norm + self.projected_width * self.qkv_bias + hidden * self.out_bias + self.heads * self.sinks

    def flops(self) -> float:
        """Score and value multiply-adds (times 2) of one token against one cached token, all layers."""
        return 2.0 * self.heads * (self.head_dim + self.value_dim) * self.layers


@dataclass(frozen=True)
class Latent:
    """Multi-head latent attention: one compressed vector and one rotary key a token are cached."""

    layers: int
    heads: int
    q_rank: int  # 0: queries are not compressed
    kv_rank: int
    nope_dim: int
    rope_dim: int
    v_dim: int

    @property
    def cached_elements(self) -> int:
        """Numbers cached for one token in one layer."""
        return self.kv_rank + self.rope_dim

    @property
    def fp8_bytes(self) -> int:
        """Bytes of one token and layer in the fp8 layout: fp8 latent, fp32 scales, 16-bit rotary key."""
        return self.kv_rank + SCALE_BYTES * (self.kv_rank // SCALE_GROUP) + 2 * self.rope_dim

    def matrices(self, hidden: int) -> int:
        """Weights of one layer that a quantised checkpoint quantises."""
        q_width = self.heads * (self.nope_dim + self.rope_dim)
        query = self.q_rank * (hidden + q_width) if self.q_rank else hidden * q_width
        latent = hidden * (self.kv_rank + self.rope_dim)
        return query + latent + self.heads * (self.kv_rank * (self.nope_dim + self.v_dim) + self.v_dim * hidden)

    def vectors(self, hidden: int) -> int:
        """Norms of the compressed query and of the latent."""
        return self.q_rank + self.kv_rank


@dataclass(frozen=True)
class Index:
    """Sparse-attention index: chooses the `topk` cached tokens an MLA layer reads."""

    layers: int
    heads: int
    head_dim: int
    topk: int

    @property
    def bytes(self) -> int:
        """Bytes of one token in one layer: an fp8 key and its scales."""
        return self.head_dim + SCALE_BYTES * (self.head_dim // SCALE_GROUP)

    def matrices(self, hidden: int, q_rank: int) -> int:
        """Query and key projections of one layer."""
        return q_rank * self.heads * self.head_dim + hidden * self.head_dim

    def vectors(self, hidden: int) -> int:
        """Head weights and the key's layer norm of one layer; checkpoints leave them in 16 bits."""
        return hidden * self.heads + 2 * self.head_dim


@dataclass(frozen=True)
class DeltaNet:
    """Gated delta-net linear attention: a fixed state a sequence, no cache that grows."""

    layers: int
    key_heads: int
    key_dim: int
    value_heads: int
    value_dim: int
    conv_kernel: int

    @property
    def conv_width(self) -> int:
        """Channels of the short convolution."""
        return 2 * self.key_heads * self.key_dim + self.value_heads * self.value_dim

    def matrices(self, hidden: int) -> int:
        """Projections of one layer."""
        values = self.value_heads * self.value_dim
        return hidden * (self.conv_width + 2 * values + 2 * self.value_heads)

    def vectors(self, hidden: int) -> int:
        """Convolution, decay and norm of one layer."""
        return self.conv_width * self.conv_kernel + 2 * self.value_heads + self.value_dim

    def state_bytes(self) -> int:
        """State of one sequence in one layer."""
        state = self.value_heads * self.key_dim * self.value_dim * STATE_BYTES
        return state + (self.conv_kernel - 1) * self.conv_width * CONV_BYTES

    def flops(self) -> float:
        """Decay, delta rule, update and read-out of the state for one token in one layer: 8 per state element."""
        return 8.0 * self.value_heads * self.key_dim * self.value_dim


@dataclass(frozen=True)
class Mamba:
    """Mamba-2 layer: a fixed state a sequence, no cache that grows."""

    layers: int
    heads: int
    head_dim: int
    groups: int
    state_size: int
    conv_kernel: int

    @property
    def conv_width(self) -> int:
        """Channels of the short convolution."""
        return self.heads * self.head_dim + 2 * self.groups * self.state_size

    def matrices(self, hidden: int) -> int:
        """Projections of one layer."""
        inner = self.heads * self.head_dim
        return hidden * (2 * inner + self.conv_width + self.heads)

    def vectors(self, hidden: int) -> int:
        """Convolution with its bias, decay, skip and norm of one layer."""
        return self.conv_width * (self.conv_kernel + 1) + (3 + self.head_dim) * self.heads

    def state_bytes(self) -> int:
        """State of one sequence in one layer."""
        state = self.heads * self.head_dim * self.state_size * STATE_BYTES
        return state + (self.conv_kernel - 1) * self.conv_width * CONV_BYTES

    def flops(self) -> float:
        """Decay, update and read-out of the state for one token in one layer: 6 per state element."""
        return 6.0 * self.heads * self.head_dim * self.state_size


@dataclass(frozen=True)
class FeedForward:
    """Dense feed-forward layers."""

    layers: int
    width: int
    projections: int = 3  # gate, up, down; 2 without a gate
    bias: bool = False

    def matrices(self, hidden: int) -> int:
        """Weights of one layer that a quantised checkpoint quantises."""
        return self.projections * hidden * self.width

    def vectors(self, hidden: int) -> int:
        """Biases of one layer."""
        return ((self.projections - 1) * self.width + hidden) * self.bias


@dataclass(frozen=True)
class Experts:
    """Mixture-of-experts layers."""

    layers: int
    experts: int
    active: int
    width: int
    shared_width: int = 0  # all shared experts together
    projections: int = 3
    bias: bool = False
    router_bias: bool = False
    shared_gate: bool = False  # one gate weight a hidden channel for the shared expert

    def expert(self) -> FeedForward:
        """One routed expert in one layer."""
        return FeedForward(1, self.width, self.projections, self.bias)

    def shared(self) -> FeedForward:
        """The shared experts of one layer as one block."""
        return FeedForward(1, self.shared_width, self.projections)

    def router_parameters(self, hidden: int) -> int:
        """Weights of the router in one layer."""
        return self.experts * (hidden + self.router_bias)
