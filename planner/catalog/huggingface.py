"""A model from its Hugging Face config.json: the same counting as for data/models.yaml."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from planner.catalog import families
from planner.catalog.architecture import Architecture, Identity, Weights, model_spec
from planner.catalog.families import Config, Family
from planner.catalog.quantisation import weights_of
from planner.catalog.readers.context import USER_SOURCE
from planner.catalog.readers.rows import read_text
from planner.catalog.specs import Basis, ModelSpec, Provenance
from planner.errors import CatalogError

_GPT2_KEYS = {"n_layer": "num_hidden_layers", "n_embd": "hidden_size", "n_head": "num_attention_heads"}


def model_from_config(path: Path) -> ModelSpec:
    """The model a config.json (or its folder) describes.

    Raises CatalogError where the file cannot be read, lacks a figure, or describes layers that are not
    understood: a wrong size would be worse than none.
    """
    file = path / "config.json" if path.is_dir() else path
    config = _read(file)
    beside = file.with_name("hf_quant_config.json")  # where ModelOpt checkpoints say how they are quantised
    if file.name == "config.json" and beside.is_file():
        config.setdefault("quantization_config", _read(beside).get("quantization"))
    try:
        return _model(config, file)
    except KeyError as error:
        raise CatalogError(f"{file}: needs {error} to count the model") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise CatalogError(f"{file}: a figure has the wrong type: {error}") from None
    except CatalogError as error:
        raise CatalogError(f"{file}: {error}") from None


def _read(file: Path) -> Config:
    try:
        content = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise CatalogError(f"{file}: not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise CatalogError(f"{file}: must be a JSON object, like a Hugging Face config.json")
    return content


def _model(whole: Config, file: Path) -> ModelSpec:
    text = whole.get("text_config") or whole.get("llm_config") or whole
    config = {_GPT2_KEYS.get(key, key): value for key, value in text.items()}
    config.setdefault("tie_word_embeddings", whole.get("tie_word_embeddings"))
    family, config = families.family_of(config)
    architecture = _architecture(family, config, weights_of(whole, config))
    name = _name(whole, file)
    identity = Identity(
        id=name.rsplit("/", 1)[-1].lower(),
        hf_repo=name,
        aliases=(),
        licence="unknown",
        max_context=int(config.get("max_position_embeddings") or config["n_positions"]),
    )
    note = f"counted from {file.name}; {config['model_type']} family"
    return model_spec(architecture, identity, Provenance(USER_SOURCE, None, Basis.COMPUTED, note))


def _name(config: Config, file: Path) -> str:
    """Repository name: from the file, else the folder or file it lies in (`--` stands for a slash)."""
    given = str(config.get("_name_or_path") or "")
    if given and not given.startswith((".", "/")):
        return given
    stem = file.resolve().parent.name if file.name == "config.json" else file.stem.removesuffix("_config")
    return stem.replace("--", "/")


def _architecture(family: Family, config: Config, weights: Weights) -> Architecture:
    layers = int(config["num_hidden_layers"])
    gpt2 = config["model_type"] == "gpt2"
    base = Architecture(
        layers=layers,
        hidden_size=int(config["hidden_size"]),
        vocab_size=int(config["vocab_size"]),
        weights=replace(weights, fp8_scales="block") if family.block_scaled else weights,
        ffn=families.feed_forward(family, config),
        moe=families.experts(family, config),
        tied_embeddings=bool(config.get("tie_word_embeddings", family.tied)),
        norms_per_layer=_norms(family, config),
        norm_bias=gpt2,
        positions=int(config["n_positions"]) if gpt2 else 0,
        extra_per_layer=family.extra_per_layer(config),
    )
    if config.get("kv_lora_rank"):
        return replace(base, mla=families.latent(config), index=families.index(config))
    architecture = _with_softmax(base, family, config)
    _check_layers(architecture, config)
    return architecture


def _check_layers(a: Architecture, config: Config) -> None:
    """Every layer must be accounted for, else the count would be silently wrong."""
    mixers = sum(block.layers for block in (a.full, a.window, a.delta, a.mamba) if block)
    alone = config["model_type"] == "nemotron_h"  # each layer is a mixer or a feed-forward, not both
    counted = mixers + (sum(block.layers for block in (a.ffn, a.moe) if block) if alone else 0)
    if counted != a.layers:
        raise CatalogError(f"{a.layers} layers are announced, but {counted} are described")


def _norms(family: Family, config: Config) -> int:
    """Norms a layer; the parallel experts of Gemma 4 bring three more."""
    return family.norms_per_layer + (3 if config.get("enable_moe_block") else 0)


def _with_softmax(base: Architecture, family: Family, config: Config) -> Architecture:
    """Full, windowed and linear layers of a model without MLA."""
    pattern = families.hybrid_pattern(config)
    linear = sum("linear" in kind for kind in config.get("layer_types") or [])
    windows = families.windowed_layers(family, config)
    full = pattern.count("*") if pattern else base.layers - linear - windows
    if config["model_type"] == "qwen3_next" and not linear:
        full = base.layers // int(config["full_attention_interval"])
        linear = base.layers - full
    changes: dict[str, Any] = {}
    if full:
        changes["full"] = families.grouped_query(family, config, full)
        if config.get("global_head_dim"):
            changes["full"] = replace(
                changes["full"],
                kv_heads=int(config.get("num_global_key_value_heads") or config["num_key_value_heads"]),
                head_dim=int(config["global_head_dim"]),
                shared_kv=bool(config.get("attention_k_eq_v")),
            )
    if windows:
        tokens = int(config.get("sliding_window") or config["attention_chunk_size"])
        changes["window"] = replace(families.grouped_query(family, config, windows, "swa_"), tokens=tokens)
    if linear:
        changes["delta"] = families.delta_net(config, linear)
    if pattern.count("M"):
        changes["mamba"] = families.mamba(config, pattern.count("M"))
    return replace(base, **changes)
