"""Model families of Hugging Face config files: how each writes its layers.

A family is its defaults (what its configuration class fills in) and the traits no key in the file tells.
Keys are those of the `transformers` configuration classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from planner.catalog.blocks import DeltaNet, Experts, FeedForward, GroupedQuery, Index, Latent, Mamba
from planner.catalog.hints import did_you_mean
from planner.errors import CatalogError

Config = dict[str, Any]


@dataclass(frozen=True)
class Family:
    """What a family's config files leave unsaid."""

    defaults: Config = field(default_factory=dict)
    tied: bool = False
    qkv_bias: bool | None = None  # None: as `attention_bias` says
    out_bias: bool = False
    qk_norm: Literal["", "head", "width"] = ""
    norms_per_layer: int = 2
    router_bias: bool = False
    shared_gate: bool = False
    windows: Callable[[Config], int] = lambda config: 0  # windowed layers where no list of layer types says
    projections: int = 3
    extra_per_layer: Callable[[Config], int] = lambda config: 0
    block_scaled: bool = False  # its usual fp8 checkpoints scale blocks of weights


def _every(interval: str, default: int) -> Callable[[Config], int]:
    """All layers but each n-th are windowed."""

    def count(config: Config) -> int:
        layers = int(config["num_hidden_layers"])
        return layers - layers // int(config.get(interval) or default)

    return count


def _mistral(config: Config) -> int:
    return int(config["num_hidden_layers"]) if config.get("sliding_window") else 0


def _qwen(config: Config) -> int:
    if not (config.get("use_sliding_window") and config.get("sliding_window")):
        return 0
    return max(0, int(config["num_hidden_layers"]) - int(config.get("max_window_layers", 28)))


def _gemma4_scalars(config: Config) -> int:
    """Router scale, expert scales and layer scalar."""
    return int(config["hidden_size"]) + int(config.get("num_experts") or 0) + 1 if config.get("enable_moe_block") else 1


_GEMMA3 = {
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "vocab_size": 262208,
    "max_position_embeddings": 131072,
    "sliding_window": 4096,
}
_FIVE_OF_SIX = _every("sliding_window_pattern", 6)
_QWEN3_VL = Family(qk_norm="head", block_scaled=True)
_DEEPSEEK = Family(router_bias=True)

FAMILIES: dict[str, Family] = {
    "llama": Family(),
    "mistral": Family(windows=_mistral),
    "mixtral": Family(windows=_mistral),
    "phi3": Family(windows=_mistral),
    "qwen2": Family(qkv_bias=True, windows=_qwen),
    "qwen2_moe": Family(qkv_bias=True, shared_gate=True, windows=_qwen),
    "qwen3": Family(qk_norm="head", windows=_qwen, block_scaled=True),
    "qwen3_moe": Family(qk_norm="head", windows=_qwen, block_scaled=True),
    "qwen3_vl_text": _QWEN3_VL,
    "qwen3_vl_moe_text": _QWEN3_VL,
    "qwen3_next": Family(qk_norm="head", shared_gate=True, block_scaled=True),
    "qwen3_5_text": Family(qk_norm="head", block_scaled=True),
    "qwen3_5_moe_text": Family(qk_norm="head", shared_gate=True, block_scaled=True),
    "mimo": Family(windows=_qwen),
    "mimo_v2_flash": Family(router_bias=True),
    "minimax_m2": Family(qk_norm="width"),
    "deepseek_v2": Family(),
    "deepseek_v3": _DEEPSEEK,
    "deepseek_v32": _DEEPSEEK,
    "kimi_k2": _DEEPSEEK,
    "glm_moe_dsa": Family(router_bias=True, block_scaled=True),
    "glm4_moe": Family(router_bias=True),
    "gpt_oss": Family(out_bias=True, router_bias=True),
    "gemma2": Family(tied=True, norms_per_layer=4, windows=_every("sliding_window_pattern", 2)),
    "gemma3_text": Family(_GEMMA3, True, qk_norm="head", norms_per_layer=4, windows=_FIVE_OF_SIX),
    "gemma4_text": Family(tied=True, qk_norm="head", norms_per_layer=4, extra_per_layer=_gemma4_scalars),
    "llama4_text": Family(windows=_every("no_rope_layer_interval", 4)),
    "nemotron_h": Family(norms_per_layer=1, router_bias=True, projections=2),
    "gpt2": Family(tied=True, qkv_bias=True, out_bias=True, projections=2),
}
RENAMED = {"gemma3": "gemma3_text", "mistral3": "mistral", "ministral3": "mistral", "qwen3_5": "qwen3_5_text"}
_NOT_COUNTED = ("compress_ratios", "moe_latent_size", "linear_attn_config", "hc_mult", "sparse_attention_config")


def family_of(config: Config) -> tuple[Family, Config]:
    """The family of a language model's config and the config with the family's defaults filled in."""
    kind = str(config.get("model_type", "")).lower()
    kind = RENAMED.get(kind, kind)
    if kind not in FAMILIES:
        understood = ", ".join(sorted(FAMILIES))
        raise CatalogError(f"model_type '{kind}'{did_you_mean(kind, FAMILIES)} is not understood, only {understood}")
    if strange := [key for key in _NOT_COUNTED if config.get(key)]:
        raise CatalogError(f"'{strange[0]}' changes the layers in a way that cannot be counted")
    family = FAMILIES[kind]
    given = {key: value for key, value in config.items() if value is not None}
    return family, {**family.defaults, **given, "model_type": kind}


def windowed_layers(family: Family, config: Config) -> int:
    """How many layers look at a window only."""
    kinds = config.get("layer_types") or []
    if kinds:
        return sum("sliding" in kind or "chunked" in kind for kind in kinds)
    if "hybrid_layer_pattern" in config:
        return sum(config["hybrid_layer_pattern"])
    return family.windows(config)


def grouped_query(family: Family, config: Config, layers: int, prefix: str = "") -> GroupedQuery:
    """Softmax attention of one kind; `prefix` selects the keys of windowed layers where a family has both."""

    def key(name: str, default: Any = None) -> Any:
        return config.get(f"{prefix}{name}", config.get(name, default))

    heads = int(key("num_attention_heads"))
    norm = family.qk_norm
    if config["model_type"] == "glm4_moe" and config.get("use_qk_norm"):
        norm = "head"
    sinks = config["model_type"] == "gpt_oss" or bool(
        config.get("add_swa_attention_sink_bias" if prefix else "add_full_attention_sink_bias")
    )
    bias = bool(config.get("attention_bias")) if family.qkv_bias is None else family.qkv_bias
    return GroupedQuery(
        layers=layers,
        heads=heads,
        kv_heads=int(key("num_key_value_heads", heads)),
        head_dim=int(key("head_dim") or config["hidden_size"] // heads),
        v_head_dim=int(key("v_head_dim", 0)),
        qkv_bias=bias,
        out_bias=family.out_bias,
        qk_norm=norm,
        sinks=sinks,
        gated=bool(config.get("attn_output_gate", config["model_type"] == "qwen3_next")),
    )


def hybrid_pattern(config: Config) -> str:
    """One letter a layer of a Nemotron hybrid: M Mamba, E experts, * attention, - feed-forward; else empty."""
    letters = {"mamba": "M", "moe": "E", "attention": "*", "mlp": "-"}
    kinds = config.get("layers_block_type") or []
    return str(config.get("hybrid_override_pattern") or "".join(letters.get(kind, "?") for kind in kinds))


def latent(config: Config) -> Latent:
    """MLA block."""
    return Latent(
        layers=int(config["num_hidden_layers"]),
        heads=int(config["num_attention_heads"]),
        q_rank=int(config.get("q_lora_rank", 0)),
        kv_rank=int(config["kv_lora_rank"]),
        nope_dim=int(config["qk_nope_head_dim"]),
        rope_dim=int(config["qk_rope_head_dim"]),
        v_dim=int(config["v_head_dim"]),
    )


def index(config: Config) -> Index | None:
    """Sparse-attention index; layers of type `shared` use another layer's."""
    if not config.get("index_topk"):
        return None
    kinds = config.get("indexer_types")
    layers = kinds.count("full") if kinds else int(config["num_hidden_layers"])
    return Index(layers, int(config["index_n_heads"]), int(config["index_head_dim"]), int(config["index_topk"]))


def delta_net(config: Config, layers: int) -> DeltaNet:
    """Gated delta-net block."""
    return DeltaNet(
        layers=layers,
        key_heads=int(config["linear_num_key_heads"]),
        key_dim=int(config["linear_key_head_dim"]),
        value_heads=int(config["linear_num_value_heads"]),
        value_dim=int(config["linear_value_head_dim"]),
        conv_kernel=int(config["linear_conv_kernel_dim"]),
    )


def mamba(config: Config, layers: int) -> Mamba:
    """Mamba-2 block."""
    return Mamba(
        layers=layers,
        heads=int(config["mamba_num_heads"]),
        head_dim=int(config["mamba_head_dim"]),
        groups=int(config["n_groups"]),
        state_size=int(config["ssm_state_size"]),
        conv_kernel=int(config["conv_kernel"]),
    )


def expert_layers(config: Config) -> int:
    """How many layers are mixtures of experts; 0 for a dense model."""
    layers = int(config["num_hidden_layers"])
    if not expert_count(config):
        return 0
    if pattern := hybrid_pattern(config):
        return pattern.count("E")
    if "mlp_layer_types" in config:
        return int(config["mlp_layer_types"].count("sparse"))
    if isinstance(config.get("moe_layer_freq"), list):
        return sum(config["moe_layer_freq"])
    if "interleave_moe_layer_step" in config:
        return layers // int(config["interleave_moe_layer_step"])
    sparse = layers // int(config.get("decoder_sparse_step", 1))
    return sparse - len(config.get("mlp_only_layers") or []) - int(config.get("first_k_dense_replace", 0))


def expert_count(config: Config) -> int:
    """Routed experts in one layer."""
    if config["model_type"] == "gemma4_text" and not config.get("enable_moe_block"):
        return 0
    keys = ("n_routed_experts", "num_local_experts", "num_experts")
    return next((int(config[key]) for key in keys if config.get(key)), 0)


def experts(family: Family, config: Config) -> Experts | None:
    """Mixture-of-experts block, None for a dense model."""
    layers = expert_layers(config)
    if not layers:
        return None
    width = int(config.get("moe_intermediate_size") or config["intermediate_size"])
    shared = config.get("shared_expert_intermediate_size") or config.get("moe_shared_expert_intermediate_size")
    if shared is None:
        count = 1 if config["model_type"] == "llama4_text" else int(config.get("n_shared_experts", 0))
        shared = count * width
    keys = ("num_experts_per_tok", "experts_per_token", "top_k_experts", "num_experts_per_token")
    active = next((int(config[key]) for key in keys if config.get(key)), 0)
    if not active:
        raise CatalogError(f"{expert_count(config)} experts, but none of {', '.join(keys)} says how many a token uses")
    return Experts(
        layers=layers,
        experts=expert_count(config),
        active=active,
        width=width,
        shared_width=int(shared),
        projections=family.projections,
        bias=config["model_type"] == "gpt_oss",
        router_bias=family.router_bias or bool(config.get("use_routing_bias")),
        shared_gate=family.shared_gate and bool(shared),
    )


def feed_forward(family: Family, config: Config) -> FeedForward | None:
    """Dense feed-forward block, None where every layer is a mixture of experts."""
    layers = int(config["num_hidden_layers"]) - expert_layers(config)
    if pattern := hybrid_pattern(config):
        layers = pattern.count("-")
    if config["model_type"] == "gemma4_text":
        layers = int(config["num_hidden_layers"])
    width = config.get("intermediate_size_mlp") or config.get("intermediate_size")
    if not layers:
        return None
    bias = config["model_type"] == "gpt2"
    return FeedForward(layers, int(width or 4 * config["hidden_size"]), family.projections, bias)
