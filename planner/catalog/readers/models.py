"""data/models.yaml: layer dimensions in, counted model out."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any, TypeVar, cast, get_args, get_type_hints

from planner.catalog.architecture import Architecture, Identity, Weights, components, model_spec
from planner.catalog.blocks import DeltaNet, Experts, FeedForward, GroupedQuery, Index, Latent, Mamba
from planner.catalog.readers.context import Context
from planner.catalog.readers.rows import Row
from planner.catalog.specs import ModelSpec

_BLOCKS = {
    "full": GroupedQuery,
    "window": GroupedQuery,
    "mla": Latent,
    "index": Index,
    "delta": DeltaNet,
    "mamba": Mamba,
    "ffn": FeedForward,
    "moe": Experts,
}
_COUNT_TOLERANCE = 1e-6  # buffers and rounded quantisation scales in published totals
Block = TypeVar("Block")


def read_model(row: Row, context: Context) -> ModelSpec:
    """One open-weight model; its counted parameters must match the published checkpoint."""
    identity = Identity(
        id=row.text("id"),
        hf_repo=row.text("hf_repo"),
        aliases=row.texts("aliases"),
        licence=row.text("licence"),
        max_context=row.whole("max_context"),
    )
    architecture = _architecture(row)
    if not (architecture.full or architecture.window or architecture.mla):
        row.wrong("needs a full, window or mla block: without attention there is no model to size")
        architecture = dataclasses.replace(architecture, full=GroupedQuery(1, 1, 1, 1))
    if row.has("checkpoint"):
        _compare_with_checkpoint(row, architecture)
    return model_spec(architecture, identity, context.provenance(row))


def _architecture(row: Row) -> Architecture:
    blocks: dict[str, Any] = {name: _block(row.part(name), kind) for name, kind in _BLOCKS.items() if row.has(name)}
    return Architecture(
        layers=row.whole("layers"),
        hidden_size=row.whole("hidden_size"),
        vocab_size=row.whole("vocab_size"),
        weights=_block(row.part("weights"), Weights),
        tied_embeddings=row.flag("tied_embeddings"),
        norms_per_layer=row.whole("norms_per_layer", 2),
        norm_bias=row.flag("norm_bias"),
        positions=row.whole("positions", 0, zero=True),
        extra_per_layer=row.whole("extra_per_layer", 0, zero=True),
        **blocks,
    )


def _block(row: Row, kind: type[Block]) -> Block:
    """A dataclass of layer dimensions from the mapping with the same names."""
    values: dict[str, Any] = {}
    for name, hint, default in _fields(cast(Any, kind)):
        if hint is bool:
            values[name] = row.flag(name)
        elif hint is float:
            values[name] = row.number(name)
        elif get_args(hint):
            values[name] = row.choice(name, get_args(hint), default) if row.has(name) else default
        elif hint is str:
            values[name] = row.text(name)
        elif default is None:
            values[name] = row.whole(name, zero=name == "q_rank")
        else:
            values[name] = row.whole(name, default, zero=True)
    row.finish()
    return kind(**values)


@lru_cache
def _fields(kind: Any) -> list[tuple[str, Any, Any]]:
    """(name, type, default or None) of a block's fields."""
    hints = get_type_hints(kind)
    missing = dataclasses.MISSING
    return [(f.name, hints[f.name], None if f.default is missing else f.default) for f in dataclasses.fields(kind)]


def _compare_with_checkpoint(row: Row, architecture: Architecture) -> None:
    checkpoint = row.part("checkpoint")
    published = checkpoint.whole("parameters")
    counted = components(architecture).total + checkpoint.whole("outside", 0, zero=True)
    checkpoint.finish()
    if abs(counted - published) > _COUNT_TOLERANCE * published:
        row.wrong(f"the layers add up to {counted:,} parameters, the published checkpoint has {published:,}")
