"""How a Hugging Face checkpoint stores its weights: plain numbers or one of the quantised formats."""

from __future__ import annotations

from typing import Literal

from planner.catalog.architecture import Weights
from planner.catalog.families import Config, expert_count
from planner.errors import CatalogError

_PLAIN = {"float32": ("fp32", 32), "bfloat16": ("bf16", 16), "float16": ("fp16", 16)}
_GROUP_SCALE_BITS = 16  # of int4 and int8 checkpoints
_BLOCK_SCALE_BITS = 32  # of fp8 checkpoints
_MX_BITS, _NV_BITS = 4 + 8 / 32, 4 + 8 / 16  # four bits and an 8-bit scale for each 32 or 16 weights
_IGNORE_KEYS = ("ignore", "modules_to_not_convert", "exclude_modules")


def weights_of(whole: Config, config: Config) -> Weights:
    """Format of the published weights; `whole` is the file, `config` its language model."""
    quantised = whole.get("quantization_config") or config.get("quantization_config")
    if quantised:
        return _quantised(quantised, bool(expert_count(config)))
    said = (place.get(key) for place in (config, whole) for key in ("torch_dtype", "dtype"))
    dtype = str(next((name for name in said if name), "bfloat16"))
    name, bits = _PLAIN.get(dtype.removeprefix("torch."), ("", 0))
    if not name:
        raise CatalogError(f"weights of type '{dtype}' are not understood")
    return Weights(name, bits)


def _quantised(quantised: Config, has_experts: bool) -> Weights:
    method = str(quantised.get("quant_method", "")).lower()
    algorithm = str(quantised.get("quant_algo", "")).upper()
    covers: Literal["linear", "experts"] = "experts" if has_experts and _spares_attention(quantised) else "linear"
    if method == "mxfp4":
        return Weights("mxfp4", _MX_BITS, "experts")
    if method == "fp8" or algorithm == "FP8":
        block = quantised.get("weight_block_size")
        if not block:
            return Weights("fp8", 8, "linear")
        return Weights("fp8", 8 + _BLOCK_SCALE_BITS / (block[0] * block[1]), "linear", fp8_scales="block")
    if algorithm == "NVFP4":
        return Weights("nvfp4", _NV_BITS, covers)
    scheme = _scheme(quantised)
    kind, bits = scheme.get("type", "int"), int(scheme.get("num_bits") or scheme.get("bits") or 0)
    group = int(scheme.get("group_size") or 0)
    formats = {
        ("float", 4): Weights("nvfp4", _NV_BITS, covers),
        ("float", 8): Weights("fp8", 8, covers),
        ("int", 4): Weights("int4", 4 + (_GROUP_SCALE_BITS / group if group > 0 else 0), covers),
        ("int", 8): Weights("int8", 8 + (_GROUP_SCALE_BITS / group if group > 0 else 0), covers),
    }
    if (kind, bits) not in formats:
        raise CatalogError(f"quantisation '{algorithm or method}' is not understood")
    return formats[kind, bits]


def _scheme(quantised: Config) -> Config:
    """Where a checkpoint says how many bits a weight has; several kinds of layers must agree."""
    groups = quantised.get("config_groups")
    if not groups:
        return quantised
    schemes = [dict(group["weights"]) for group in groups.values()]
    if len({(scheme.get("type"), scheme.get("num_bits")) for scheme in schemes}) > 1:
        raise CatalogError("layers are quantised in different formats, so the size cannot be counted")
    return schemes[0]


def _spares_attention(quantised: Config) -> bool:
    """True where the list of modules left alone names attention."""
    left = [str(module) for key in _IGNORE_KEYS for module in quantised.get(key) or []]
    return any("attn" in module for module in left)
