"""Read data/ and the user's own files into one `Catalog`; every mistake is reported at once.

What only the user's own files need is imported where there are some.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from planner.catalog.hints import did_you_mean
from planner.catalog.locate import data_folder
from planner.catalog.names import gpu_names, model_names
from planner.catalog.readers.carbon import read_grid
from planner.catalog.readers.context import Context
from planner.catalog.readers.figures import read_depreciation, read_figure, read_service_classes, read_source
from planner.catalog.readers.hardware import read_gpu, read_network, read_system
from planner.catalog.readers.models import read_model
from planner.catalog.readers.prices import (
    read_apis,
    read_capacity_blocks,
    read_commitments,
    read_offers,
    read_spot_risks,
)
from planner.catalog.readers.rows import yaml_rows
from planner.catalog.readers.traffic import read_lengths, read_profiles
from planner.catalog.specs import Catalog, GpuSpec, ModelSpec, SystemSpec
from planner.errors import CatalogError

SHIPPED_CALIBRATION = ("performance.yaml", "intervals.yaml", "own_benchmarks.yaml")
OVERLAYS = ("gpus", "systems", "models", "offers", "commitments", "apis")
CALIBRATION = "calibration"


def load_catalog(
    folder: Path | None = None,
    *,
    overlays: Mapping[str, Path] = {},
    replace_offers: bool = False,
    as_of: date,
) -> Catalog:
    """The catalogue on the day `as_of`: shipped facts (or those in `folder`) under the user's own.

    `overlays` maps gpus, systems, models, offers, commitments or apis to a file whose entries replace
    the shipped ones by id, and calibration to the factors that `planner calibrate` wrote. Raises
    CatalogError listing every mistake with its file and line.
    """
    known = (*OVERLAYS, CALIBRATION)
    for kind in overlays.keys() - set(known):
        raise CatalogError(f"no overlay '{kind}', known are {', '.join(known)}{did_you_mean(kind, known)}")
    if replace_offers and "offers" not in overlays:
        raise CatalogError("replace_offers needs the user's own offers: name a file under catalog.offers")
    catalog = _shipped(folder or data_folder(), as_of)
    if not overlays:
        return catalog
    from planner.catalog.integrity import check_catalog

    catalog = _overlaid(catalog, overlays, replace_offers)
    if broken := check_catalog(catalog):
        listed = "\n".join(f"  {violation}" for violation in broken)
        raise CatalogError(f"with the user's own files {len(broken)} row(s) break a rule:\n{listed}")
    return catalog


def _shipped(data: Path, as_of: date) -> Catalog:
    context = Context(as_of)
    context.sources = context.keyed(yaml_rows(data / "sources.yaml", "sources", context.mistakes), read_source)
    gpus = _gpus(data / "gpus.yaml", context, {})
    models = _models(data / "models.yaml", context)
    prices, traffic = data / "prices", data / "traffic"
    catalog = Catalog(
        sources=context.sources,
        gpus=gpus,
        systems=_systems(data / "systems.yaml", context),
        models=models,
        offers=read_offers(prices / "offers.csv", context, {}),
        commitments=read_commitments(prices / "commitments.csv", context),
        capacity_blocks=read_capacity_blocks(prices / "capacity_blocks.csv", context),
        spot_risks=read_spot_risks(prices / "spot_interruption.csv", context),
        apis=read_apis(prices / "apis.csv", context, _model_ids(models)),
        grid=read_grid(data / "carbon.csv", context),
        profiles=read_profiles(traffic, context),
        lengths=read_lengths(traffic, context),
        ownership=context.keyed(
            yaml_rows(data / "ownership.yaml", "figures", context.mistakes), lambda row: read_figure(row, context)
        ),
        service_classes=read_service_classes(
            yaml_rows(data / "service_classes.yaml", "classes", context.mistakes), context
        ),
        calibration=context.keyed(
            [
                row
                for name in SHIPPED_CALIBRATION
                for row in yaml_rows(data / "calibration" / name, "figures", context.mistakes)
            ],
            lambda row: read_figure(row, context),
        ),
        depreciation=context.keyed(
            yaml_rows(data / "depreciation.yaml", "tables", context.mistakes),
            lambda row: read_depreciation(row, context),
        ),
        as_of=as_of,
        networks=context.keyed(
            yaml_rows(data / "networks.yaml", "networks", context.mistakes), lambda row: read_network(row, context)
        ),
    )
    context.mistakes.stop_if_any()
    return catalog


def _overlaid(catalog: Catalog, files: Mapping[str, Path], replace_offers: bool) -> Catalog:
    """The user's entries over the shipped ones, by id."""
    context = Context(catalog.as_of or date.today(), sources=dict(catalog.sources))
    context.gpu_ids = {name: gpu.id for gpu in catalog.gpus.values() for name in gpu_names(gpu)}
    for kind in OVERLAYS:
        if kind not in files:
            continue
        context.file = str(files[kind])
        shipped = {} if kind == "offers" and replace_offers else getattr(catalog, kind)
        changes: dict[str, Any] = {kind: {**shipped, **_own(kind, files[kind], context, catalog)}}
        catalog = replace(catalog, **changes)
    if CALIBRATION in files:
        from planner.catalog.readers.factors import read_factors

        context.file = str(files[CALIBRATION])
        catalog = replace(catalog, own_factors=read_factors(files[CALIBRATION], context))
    context.mistakes.stop_if_any()
    return replace(catalog, sources=context.sources)


def _own(kind: str, path: Path, context: Context, catalog: Catalog) -> Mapping[str, object]:
    """The entries of one of the user's files; `catalog` already holds those read before."""
    if kind == "gpus":
        return _gpus(path, context, catalog.gpus)
    if kind == "systems":
        return _systems(path, context)
    if kind == "models":
        return _models(path, context)
    if kind == "offers":
        return read_offers(path, context, catalog.offers)
    if kind == "commitments":
        return read_commitments(path, context)
    return read_apis(path, context, _model_ids(catalog.models))


def _gpus(path: Path, context: Context, shipped: Mapping[str, GpuSpec]) -> dict[str, GpuSpec]:
    gpus = context.keyed(yaml_rows(path, "gpus", context.mistakes), lambda row: read_gpu(row, context))
    for gpu in [*shipped.values(), *gpus.values()]:
        context.gpu_ids.update(dict.fromkeys(gpu_names(gpu), gpu.id))
    return gpus


def _systems(path: Path, context: Context) -> dict[str, SystemSpec]:
    return context.keyed(yaml_rows(path, "systems", context.mistakes), lambda row: read_system(row, context))


def _models(path: Path, context: Context) -> dict[str, ModelSpec]:
    return context.keyed(yaml_rows(path, "models", context.mistakes), lambda row: read_model(row, context))


def _model_ids(models: Mapping[str, ModelSpec]) -> dict[str, str]:
    return {name: model.id for model in models.values() for name in model_names(model)}
