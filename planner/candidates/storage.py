"""How large a replica's weights are where they are stored, whole and in their format."""

from __future__ import annotations

from collections.abc import Mapping

from planner.candidates.candidate import ReplicaConfig
from planner.candidates.precision import FORMATS, PLAIN_BYTES, covers
from planner.catalog.specs import Catalog, ModelSpec
from planner.units import BYTES_PER_GIB


def weights_by_config(configs: Mapping[str, ReplicaConfig], catalog: Catalog) -> dict[str, float]:
    """Stored weights of each configuration [GiB]."""
    return {
        name: stored_weights_gib(config.own_model or catalog.models[config.model], config.weights)
        for name, config in configs.items()
    }


def stored_weights_gib(model: ModelSpec, weights: str) -> float:
    """The published size where the format is the published one, else its parameters at their formats' widths."""
    same_width = weights in FORMATS and FORMATS[weights].bits == FORMATS[model.native_format].bits
    if weights == model.native_format or (same_width and model.native_covers == "all"):
        return model.native_weights_gib
    attention, dense, experts, plain = _bytes_per_weight(model, weights)
    total = (
        model.attention_parameters * attention
        + (model.dense_ffn_parameters + model.shared_expert_parameters) * dense
        + model.routed_expert_parameters * experts
        + (model.embed_parameters + model.head_parameters + model.other_parameters) * plain
    )
    return total / BYTES_PER_GIB


def _bytes_per_weight(model: ModelSpec, weights: str) -> tuple[float, float, float, float]:
    """Of attention, dense and expert matrices, and of what stays plain."""
    if "/" in weights:
        attention, dense, experts = (FORMATS[name].bytes for name in weights.split("/"))
        return attention, dense, experts, PLAIN_BYTES
    covered, left = covers(model, weights), PLAIN_BYTES
    if model.native_format == "fp8":
        left = FORMATS["fp8"].bytes
    width = FORMATS[weights].bytes
    parts = (width if part in covered else left for part in ("attention", "dense", "experts"))
    attention, dense, experts = parts
    return attention, dense, experts, width if "plain" in covered else PLAIN_BYTES
