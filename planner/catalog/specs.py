"""What exists: GPUs, node systems, models, offers, commitments, APIs, traffic shapes. Frozen facts.

Every fact names its `source` (an id in data/sources.yaml), the date it was true (`as_of`) and how
good it is (`basis`). Absent figures are None, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from planner.catalog.own_factors import OwnFactors


class Basis(StrEnum):
    """How a figure came to be, best first; a result is as good as its worst input."""

    LISTED = "listed"  # a price list or a datasheet says so
    MEASURED = "measured"  # somebody measured it
    OBSERVED = "observed"  # a market snapshot
    COMPUTED = "computed"  # exact arithmetic on listed figures
    SECONDARY = "secondary"  # an unverified third party says so
    TYPICAL = "typical"  # a typical range, not this item
    DERIVED = "derived"  # estimated from other rows
    INFERRED = "inferred"  # read between the lines of a source
    ASSUMED = "assumed"  # our planning assumption


@dataclass(frozen=True)
class Source:
    """One place facts come from."""

    id: str
    title: str
    reference: str  # repository@commit, package and version, or page
    retrieved_on: date
    licence: str
    note: str = ""


@dataclass(frozen=True)
class Provenance:
    """Where one row comes from. `as_of` is the newest date the source supports, None if undated."""

    source: str
    as_of: date | None
    basis: Basis
    note: str = ""


@dataclass(frozen=True)
class GpuSpec:
    """An accelerator or CPU host. Throughput is dense; memory is what the driver reports."""

    id: str
    name: str
    vendor: str
    architecture: str
    kind: Literal["gpu", "cpu", "tpu", "unified"]
    memory_gib: float
    memory_basis: Basis
    bandwidth_gb_per_s: float
    tflops: dict[str, float]  # "fp32", "fp16", "bf16", "fp8", "int8", "fp4", "int4": only those it has
    link_kind: str  # "NVLink 4", "none (PCIe only)", …
    link_gb_per_s: float | None  # one way, inside the fast domain; None where there is none
    link_domain_gpus: int  # GPUs that reach each other over the fast link; 1 where none
    pcie_gb_per_s: float | None  # one way, raw x16
    tdp_w: float | None
    aliases: tuple[str, ...]
    provenance: Provenance
    link_peer_gb_per_s: float | None = None  # switchless mesh: one way to one peer; n GPUs reach (n-1) times this
    matmul_share: float | None = None  # of its 16-bit peak that the best measured matrix product reached


@dataclass(frozen=True)
class SystemSpec:
    """A node that can be bought."""

    id: str
    name: str
    gpu: str
    gpus: int
    link_domain_gpus: int
    max_power_kw: float
    power_basis: Basis
    usd: float  # planning price of one system
    price_basis: Basis
    price_as_of: date | None
    price_low_usd: float
    price_high_usd: float
    provenance: Provenance
    network_gb_per_s: float | None = None  # of each GPU to other nodes, one way; None where nothing is known


@dataclass(frozen=True)
class NetworkSpec:
    """What joins rented nodes of some instance types to each other."""

    id: str
    provider: str
    instances: str  # glob over instance types
    gb_per_s: float  # of each GPU, one way
    provenance: Provenance


@dataclass(frozen=True)
class MoeSpec:
    """Mixture-of-experts layout."""

    experts: int
    active_experts: int
    moe_layers: int
    dense_layers: int
    expert_parameters: int  # one expert in one layer


@dataclass(frozen=True)
class AttentionSpec:
    """KV-cache and attention arithmetic, all layers together unless said otherwise.

    A token's growing cache is `kv_elements_per_token` numbers in the KV format (for MLA the latent
    plus rope key); windowed layers hold at most `window_tokens` tokens of `window_elements_per_token`;
    `index_bytes_per_token` is a sparse-attention index (always fp8); `state_bytes` is the fixed
    linear-attention or Mamba state of one sequence.
    """

    kind: Literal["gqa", "mla"]
    kv_heads: int  # copies split over at most this many tensor-parallel ranks; 1 for MLA
    full_layers: int
    window_layers: int
    linear_layers: int
    window_tokens: int  # 0: no window
    kv_elements_per_token: int
    window_elements_per_token: int
    kv_fp8_bytes_per_token: int  # growing layers in the fp8 KV format (not half of bf16 for MLA)
    index_bytes_per_token: int
    index_topk: int  # 0: dense attention
    index_flops_per_token: float  # indexer multiply-adds x2 for one cached token, all layers
    state_bytes: int
    decode_flops_per_cached_token: float  # growing layers
    prefill_flops_per_token_pair: float  # growing layers
    window_flops_per_cached_token: float
    query_heads: int = 0  # tensor parallelism must divide it; 0: not known
    index_layers: int = 0
    linear_flops_per_token: float = 0.0  # state updates of the linear-attention or Mamba layers, one token


@dataclass(frozen=True)
class ModelSpec:
    """An open-weight model. Parameters are exact counts of the language model."""

    id: str
    hf_repo: str
    aliases: tuple[str, ...]
    licence: str
    layers: int
    hidden_size: int
    vocab_size: int
    max_context: int
    native_format: str  # "bf16", "fp16", "fp8", "mxfp4", "int4", …: how the weights are published
    embed_parameters: int
    head_parameters: int  # 0 where tied to the embedding
    attention_parameters: int
    dense_ffn_parameters: int
    shared_expert_parameters: int
    routed_expert_parameters: int
    other_parameters: int  # router, norms
    total_parameters: int
    native_weights_gib: float  # as published, mixed formats counted exactly
    moe: MoeSpec | None
    attention: AttentionSpec
    provenance: Provenance
    native_covers: Literal["all", "linear", "experts"] = "all"  # what is in the native format; the rest is bf16
    fp8_scales: Literal["tensor", "block"] = "tensor"  # one scale a tensor or channel, or one for each block of weights


@dataclass(frozen=True)
class Offer:
    """One instance type of one provider in one region."""

    id: str  # provider/region/instance_type
    provider: str
    region: str
    geography: str  # "us", "eu", "uk", "apac", "ca", "any" (sold at one price everywhere), "unspecified"
    instance_type: str
    gpu: str
    gpus: int
    vcpus: float | None
    ram_gib: float | None
    on_demand_usd_per_hour: float | None  # whole instance
    spot_usd_per_hour: float | None
    on_demand_provenance: Provenance
    spot_provenance: Provenance | None
    compliance: tuple[str, ...] = ()


@dataclass(frozen=True)
class Commitment:
    """A term discount, matched to offers by provider, GPU and instance pattern; the best basis wins."""

    id: str
    provider: str
    scheme: str
    gpu: str  # GPU id or "any"
    instance_pattern: str  # glob over instance types, "*" for all
    region_pattern: str  # glob over regions, "*" for all
    term_months: int  # 12 or 36
    payment: Literal["none", "partial", "all", "unspecified"]  # upfront
    discount: float  # share off on-demand
    provenance: Provenance


@dataclass(frozen=True)
class BlockPrice:
    """Capacity sold for a fixed window and paid up front, by instance type and region."""

    id: str  # provider/region/instance_type
    provider: str
    region: str
    geography: str
    instance_type: str
    gpu: str
    gpus: int
    usd_per_gpu_hour: float
    provenance: Provenance


@dataclass(frozen=True)
class SpotRisk:
    """How often spot capacity is taken back: interruptions of one instance per hour in use."""

    provider: str
    region: str  # "*" for all
    instance_pattern: str  # "*" for all
    gpu: str  # "*" for all
    interruptions_per_hour: float
    provenance: Provenance


@dataclass(frozen=True)
class GridIntensity:
    """Carbon of a place's electricity over its life cycle, and the building's overhead where it is published."""

    id: str  # provider/region
    provider: str  # "*": any
    region: str  # a provider's region, a country, a geography, or "*" for all
    grid: str  # the electricity grid the figure is of
    g_co2_per_kwh: float
    pue: float | None  # None where nothing is published
    provenance: Provenance
    pue_provenance: Provenance | None = None


@dataclass(frozen=True)
class ApiPrice:
    """A hosted API, paid per token."""

    id: str  # provider/model
    provider: str
    model: str  # the provider's name of it
    our_model: str  # our ModelSpec id, "" where it is not in the catalogue
    input_usd_per_million: float
    output_usd_per_million: float
    cached_input_usd_per_million: float | None
    provenance: Provenance


@dataclass(frozen=True)
class Profile:
    """A weekly arrival shape: 168 weights, Monday 00:00 first, mean 1."""

    id: str
    title: str
    weights: tuple[float, ...]
    provenance: Provenance


@dataclass(frozen=True)
class LengthTable:
    """A joint token-length histogram: (mean input tokens, mean output tokens, share) a cell."""

    id: str
    title: str
    cells: tuple[tuple[float, float, float], ...]
    provenance: Provenance


@dataclass(frozen=True)
class Figure:
    """One planning figure with its origin (ownership costs, performance constants, service classes)."""

    id: str
    value: float
    unit: str
    low: float | None
    high: float | None
    provenance: Provenance


@dataclass(frozen=True)
class DepreciationTable:
    """What tax law lets each year deduct, the first one first: shares of the purchase price."""

    id: str
    title: str
    shares: tuple[float, ...]
    provenance: Provenance


@dataclass(frozen=True)
class Catalog:
    """Everything known, by id."""

    sources: dict[str, Source]
    gpus: dict[str, GpuSpec]
    systems: dict[str, SystemSpec]
    models: dict[str, ModelSpec]
    offers: dict[str, Offer]
    commitments: dict[str, Commitment]
    spot_risks: tuple[SpotRisk, ...]
    apis: dict[str, ApiPrice]
    profiles: dict[str, Profile]
    lengths: dict[str, LengthTable]
    ownership: dict[str, Figure]  # keys are the field names of inputs.problem.Site
    service_classes: dict[str, dict[str, float]] = field(default_factory=dict)  # name → Slo field → value
    calibration: dict[str, Figure] = field(default_factory=dict)  # constants of the performance model
    as_of: date | None = None  # "today" for ages
    grid: dict[str, GridIntensity] = field(default_factory=dict)
    capacity_blocks: dict[str, BlockPrice] = field(default_factory=dict)
    networks: dict[str, NetworkSpec] = field(default_factory=dict)
    depreciation: dict[str, DepreciationTable] = field(default_factory=dict)
    own_factors: OwnFactors | None = None  # the user's own calibration of the performance model
