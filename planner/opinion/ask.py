"""One deployment and its clients as AIConfigurator's own arguments: formats of weights and KV cache exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from planner.candidates.predict import Asked
from planner.catalog.names import gpu_key, gpu_names, model_key, model_names
from planner.catalog.specs import Catalog, ModelSpec
from planner.opinion.library import NAME, Library

MATRICES = {"bf16": "bfloat16", "fp16": "bfloat16", "int8": "int8_wo", "int4": "int4_wo", "nvfp4": "nvfp4"}
EXPERTS = {"bf16": "bfloat16", "fp16": "bfloat16", "int4": "int4_wo", "nvfp4": "nvfp4"}
KV = {"bf16": "bfloat16", "fp8": "fp8"}


def arguments_for(asked: Asked, clients: float | None, catalog: Catalog, library: Library) -> dict[str, Any] | str:
    """The arguments of its estimate, or why it cannot be asked; without a number of `clients` it cannot."""
    if clients is None:
        return f"{NAME} answers for a number of clients, not for a request rate"
    if asked.draft:
        return f"{NAME} is not asked about guessing ahead"
    system = next((name for name in library.systems if _names(name) & gpu_names(asked.gpu)), None)
    model = _path(asked.model, catalog, library.models)
    if system is None or model is None:
        return f"{NAME} {library.version} does not cover {asked.gpu.id if system is None else asked.model.id}"
    formats = _formats(asked)
    if isinstance(formats, str):
        return formats
    return {
        "model_path": model,
        "system_name": system,
        "backend_name": asked.engine,
        "isl": round(asked.input_tokens),
        "osl": round(asked.output_tokens),
        "prefix": round(asked.input_tokens * asked.prefix_hit),
        "batch_size": max(1, round(clients / asked.dp)),
        "tp_size": asked.tp,
        "pp_size": asked.pp,
        "attention_dp_size": asked.dp,
        **({"moe_ep_size": asked.ep, "moe_tp_size": asked.tp * asked.dp // asked.ep} if asked.model.moe else {}),
        **formats,
    }


def _names(system: str) -> set[str]:
    """Ours for one of its GPU types, which leave out that they are the larger variant."""
    return {gpu_key(system), gpu_key(f"{system}-80GB")}


def _path(model: ModelSpec, catalog: Catalog, known: Sequence[str]) -> str | None:
    """The model's own configuration, or one of a model with the same architecture."""
    same = [model, *(other for other in catalog.models.values() if _alike(model, other))]
    return next((path for spec in same for path in known if model_key(path) in model_names(spec)), None)


def _alike(one: ModelSpec, other: ModelSpec) -> bool:
    """Whether two models differ in nothing that costs time or memory."""
    names = ("id", "hf_repo", "aliases", "licence", "max_context", "provenance")
    return replace(other, **{name: getattr(one, name) for name in names}) == one


def _formats(asked: Asked) -> dict[str, str] | str:
    """Its names of the number formats, or which of them it does not have."""
    parts = asked.weights.split("/")
    dense, experts = parts[len(parts) // 2], parts[-1]
    fp8 = "fp8_block" if asked.model.fp8_scales == "block" else "fp8"
    mxfp4 = "w4a8_mxfp4_mxfp8" if "fp4" in asked.gpu.tflops else "w4a16_mxfp4"
    found = {"kvcache_quant_mode": KV.get(asked.kv), "gemm_quant_mode": (MATRICES | {"fp8": fp8}).get(dense)}
    if asked.model.moe:
        if dense == "mxfp4":
            found["gemm_quant_mode"] = "bfloat16"  # published so: the experts alone are in it
        found["moe_quant_mode"] = (EXPERTS | {"fp8": fp8, "mxfp4": mxfp4}).get(experts)
    missing = [name for name, mode in found.items() if mode is None]
    if missing:
        return f"{NAME} has no {asked.weights} weights with a {asked.kv} KV cache"
    return {name: mode for name, mode in found.items() if mode}
