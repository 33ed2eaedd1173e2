"""The catalogue as tables for people: one listing a kind, and everything about one entry.

Columns carry their units in their names; `as_of`, `age_days`, `basis` and `source` close every row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any

import pandas as pd

from planner.catalog.hints import did_you_mean
from planner.catalog.names import find_gpu, find_model
from planner.catalog.specs import (
    ApiPrice,
    BlockPrice,
    Catalog,
    Commitment,
    DepreciationTable,
    Figure,
    GpuSpec,
    GridIntensity,
    LengthTable,
    ModelSpec,
    Offer,
    Profile,
    Provenance,
    Source,
    SystemSpec,
)
from planner.errors import CatalogError
from planner.units import BYTES_PER_GIB

Cells = dict[str, Any]
_BF16_BYTES = 2


def _gpu(gpu: GpuSpec) -> Cells:
    formats = {f"{name}_tflops": gpu.tflops.get(name) for name in ("fp16", "bf16", "fp8", "fp4")}
    return {
        "id": gpu.id,
        "vendor": gpu.vendor,
        "memory_gib": gpu.memory_gib,
        "bandwidth_gb_per_s": gpu.bandwidth_gb_per_s,
        **formats,
        "link_gb_per_s": gpu.link_gb_per_s,
        "link_domain_gpus": gpu.link_domain_gpus,
        "tdp_w": gpu.tdp_w,
    }


def _system(system: SystemSpec) -> Cells:
    return {
        "id": system.id,
        "gpu": system.gpu,
        "gpus": system.gpus,
        "max_power_kw": system.max_power_kw,
        "usd": system.usd,
        "usd_low": system.price_low_usd,
        "usd_high": system.price_high_usd,
    }


def _model(model: ModelSpec) -> Cells:
    a = model.attention
    active = model.total_parameters
    if model.moe:
        active -= model.routed_expert_parameters * (model.moe.experts - model.moe.active_experts) // model.moe.experts
    return {
        "id": model.id,
        "parameters_b": round(model.total_parameters / 1e9, 3),
        "active_b": round(active / 1e9, 3),
        "native_format": model.native_format,
        "weights_gib": round(model.native_weights_gib, 2),
        "kv_bytes_per_token": a.kv_elements_per_token * _BF16_BYTES + a.index_bytes_per_token,
        "window_bytes_per_token": a.window_elements_per_token * _BF16_BYTES or None,
        "window_tokens": a.window_tokens or None,
        "state_mib": round(a.state_bytes * 1024 / BYTES_PER_GIB, 1) or None,
        "max_context": model.max_context,
        "licence": model.licence,
    }


def _offer(offer: Offer) -> Cells:
    per_gpu = offer.on_demand_usd_per_hour and round(offer.on_demand_usd_per_hour / offer.gpus, 4)
    return {
        "provider": offer.provider,
        "region": offer.region,
        "geography": offer.geography,
        "instance_type": offer.instance_type,
        "gpu": offer.gpu,
        "gpus": offer.gpus,
        "on_demand_usd_per_hour": offer.on_demand_usd_per_hour,
        "usd_per_gpu_hour": per_gpu,
        "spot_usd_per_hour": offer.spot_usd_per_hour,
        "spot_basis": offer.spot_provenance.basis.value if offer.spot_provenance else None,
    }


def _commitment(commitment: Commitment) -> Cells:
    kept = ("provider", "scheme", "gpu", "instance_pattern", "region_pattern", "term_months", "payment", "discount")
    return {name: getattr(commitment, name) for name in kept}


def _block(block: BlockPrice) -> Cells:
    kept = ("provider", "region", "geography", "instance_type", "gpu", "gpus", "usd_per_gpu_hour")
    return {name: getattr(block, name) for name in kept}


def _api(api: ApiPrice) -> Cells:
    prices = ("input_usd_per_million", "output_usd_per_million", "cached_input_usd_per_million")
    return {name: getattr(api, name) for name in ("provider", "model", "our_model", *prices)}


def _grid(place: GridIntensity) -> Cells:
    return {name: getattr(place, name) for name in ("provider", "region", "grid", "g_co2_per_kwh", "pue")}


def _profile(profile: Profile) -> Cells:
    return {
        "id": profile.id,
        "title": profile.title,
        "peak_over_mean": round(max(profile.weights), 3),
        "low_over_mean": round(min(profile.weights), 3),
    }


def _lengths(table: LengthTable) -> Cells:
    return {
        "id": table.id,
        "title": table.title,
        "mean_input_tokens": round(sum(tokens * share for tokens, _, share in table.cells), 1),
        "mean_output_tokens": round(sum(tokens * share for _, tokens, share in table.cells), 1),
        "cells": len(table.cells),
    }


def _figure(figure: Figure) -> Cells:
    return {"id": figure.id, "value": figure.value, "unit": figure.unit, "low": figure.low, "high": figure.high}


def _depreciation(table: DepreciationTable) -> Cells:
    return {"id": table.id, "title": table.title, "shares": " ".join(f"{share:g}" for share in table.shares)}


def _source(source: Source) -> Cells:
    kept = ("id", "title", "reference", "licence", "retrieved_on", "note")
    return {name: getattr(source, name) for name in kept}


_ROWS: dict[str, Callable[[Any], Cells]] = {
    "gpus": _gpu,
    "systems": _system,
    "models": _model,
    "offers": _offer,
    "commitments": _commitment,
    "capacity_blocks": _block,
    "apis": _api,
    "grid": _grid,
    "profiles": _profile,
    "lengths": _lengths,
    "ownership": _figure,
    "depreciation": _depreciation,
    "sources": _source,
}


def listing(catalog: Catalog, kind: str, filters: Sequence[str] = ()) -> pd.DataFrame:
    """All entries of `kind`, one a row; `filters` are COLUMN=VALUE, case ignored, and all must hold.

    Raises CatalogError for an unknown kind, an unknown column or a filter without "=".
    """
    row = _row_of(kind)
    rows = [row(spec) | _origin(spec, catalog.as_of) for spec in _entries(catalog, kind).values()]
    columns = list(rows[0]) if rows else []
    for wish in filters:
        column, equals, value = wish.partition("=")
        if not equals or column not in columns:
            hint = did_you_mean(column, columns)
            raise CatalogError(f"filter '{wish}' must be COLUMN=VALUE with one of {', '.join(columns)}{hint}")
        rows = [cells for cells in rows if _matches(cells[column], value)]
    table = pd.DataFrame(rows, columns=columns).convert_dtypes()
    return table.mask(table.isna(), pd.NA)  # a column nobody fills is empty, not "None"


def show(catalog: Catalog, kind: str, identifier: str) -> list[tuple[str, str]]:
    """Every figure of one entry as (name, text), with source, date, age, basis and note.

    Names and aliases of GPUs and models are understood. Raises CatalogError where there is no such entry.
    """
    _row_of(kind)
    entries = _entries(catalog, kind)
    spec: Any = entries.get(identifier) or _by_other_name(catalog, kind, identifier)
    if spec is None:
        raise CatalogError(f"no {kind} '{identifier}'{did_you_mean(identifier, entries)}")
    values = {field.name: getattr(spec, field.name) for field in dataclasses.fields(spec)}
    last = sorted(values, key=lambda name: isinstance(values[name], Provenance))
    return [line for name in last for line in _lines(name, values[name], catalog)]


def _row_of(kind: str) -> Callable[[Any], Cells]:
    if kind not in _ROWS:
        raise CatalogError(f"no catalogue of '{kind}', there are {', '.join(_ROWS)}{did_you_mean(kind, _ROWS)}")
    return _ROWS[kind]


def _entries(catalog: Catalog, kind: str) -> Mapping[str, Any]:
    entries: Mapping[str, Any] = getattr(catalog, kind)
    return entries


def _by_other_name(catalog: Catalog, kind: str, name: str) -> object | None:
    if kind == "gpus":
        return find_gpu(catalog, name)
    return find_model(catalog, name) if kind == "models" else None


def _origin(spec: Any, today: date | None) -> Cells:
    """The closing columns of a row."""
    if isinstance(spec, Source):
        return {}
    provenance = spec.on_demand_provenance if isinstance(spec, Offer) else spec.provenance
    as_of, basis = provenance.as_of, provenance.basis
    if isinstance(spec, SystemSpec):
        as_of, basis = spec.price_as_of, spec.price_basis
    age = (today - as_of).days if today and as_of else None
    return {"as_of": as_of, "age_days": age, "basis": basis.value, "source": provenance.source}


def _matches(cell: Any, value: str) -> bool:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        try:
            return float(value) == float(cell)
        except ValueError:
            return False
    return str("" if cell is None else cell).lower() == value.lower()


def _lines(name: str, value: Any, catalog: Catalog) -> list[tuple[str, str]]:
    if isinstance(value, Provenance):
        return _provenance_lines(name.removesuffix("provenance"), value, catalog)
    if dataclasses.is_dataclass(value):
        inner = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return [line for key, item in inner.items() for line in _lines(f"{name}.{key}", item, catalog)]
    if name == "moe":
        return [(name, "none: a dense model")]
    if isinstance(value, Mapping):
        return [(f"{name}.{key}", _text(item)) for key, item in value.items()]
    return [(name, _text(value))]


def _provenance_lines(prefix: str, provenance: Provenance, catalog: Catalog) -> list[tuple[str, str]]:
    source = catalog.sources.get(provenance.source)
    where = f"{provenance.source}: {source.title}; {source.reference}" if source else provenance.source
    lines = [(f"{prefix}source", where)]
    if source:
        lines.append((f"{prefix}source_licence", source.licence))
    age = "unknown date"
    if provenance.as_of:
        age = f"{provenance.as_of}"
        if catalog.as_of:
            age += f" ({(catalog.as_of - provenance.as_of).days} days old)"
    lines += [(f"{prefix}as_of", age), (f"{prefix}basis", provenance.basis.value)]
    return [*lines, (f"{prefix}note", provenance.note)] if provenance.note else lines


def _text(value: Any) -> str:
    if value is None:
        return "not known"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return ", ".join(_text(item) for item in value) or "none"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
