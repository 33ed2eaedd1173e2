"""Names people use for GPUs and models, matched with the catalogue's ids.

An exact id wins, then any alias with case and punctuation ignored. Words that do not change a model's
architecture (Instruct, it, chat, hf, base) are ignored too, and the organisation before a slash.
"""

from __future__ import annotations

import re

from planner.catalog.specs import Catalog, GpuSpec, ModelSpec

_SAME_ARCHITECTURE = {"instruct", "it", "chat", "hf", "base", "meta"}


def gpu_key(name: str) -> str:
    """`name` without case, spaces and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def model_key(name: str) -> str:
    """`name` without organisation, case and words that do not change the architecture."""
    words = re.split(r"[-_ ]", name.lower().rsplit("/", 1)[-1])
    return "-".join(word for word in words if word not in _SAME_ARCHITECTURE)


def gpu_names(gpu: GpuSpec) -> set[str]:
    """Keys that mean this GPU; its full name counts with and without the vendor."""
    return {gpu_key(name) for name in (gpu.id, gpu.name, gpu.name.removeprefix(gpu.vendor), *gpu.aliases)}


def model_names(model: ModelSpec) -> set[str]:
    """Keys that mean this model."""
    return {model_key(name) for name in (model.id, model.hf_repo, *model.aliases)}


def find_gpu(catalog: Catalog, name: str) -> GpuSpec | None:
    """The GPU called `name`, None where there is none."""
    if name in catalog.gpus:
        return catalog.gpus[name]
    key = gpu_key(name)
    return next((gpu for gpu in catalog.gpus.values() if key in gpu_names(gpu)), None)


def find_model(catalog: Catalog, name: str) -> ModelSpec | None:
    """The model called `name`, None where there is none."""
    if name in catalog.models:
        return catalog.models[name]
    key = model_key(name)
    return next((model for model in catalog.models.values() if key in model_names(model)), None)
