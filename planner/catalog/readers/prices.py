"""data/prices/*.csv, and a user's own tables of the same shape."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from planner.catalog.hints import did_you_mean
from planner.catalog.names import model_key
from planner.catalog.readers.context import Context
from planner.catalog.readers.rows import Row, csv_rows
from planner.catalog.specs import ApiPrice, BlockPrice, Commitment, Offer, SpotRisk

_TRACE = ["source", "as_of", "basis", "note"]
_SPOT_TRACE = ["spot_source", "spot_as_of", "spot_basis", "spot_note"]
GEOGRAPHIES = ["us", "ca", "eu", "uk", "apac", "mea", "latam", "any", "unspecified"]
UNSPECIFIED = "unspecified"


def read_offers(path: Path, context: Context, known: Mapping[str, Offer]) -> dict[str, Offer]:
    """Offers by id; a user's file may leave out all but provider, region, instance, GPU and price."""
    required = ["provider", "region", "instance_type", "gpu", "gpus", "on_demand_usd_per_hour"]
    optional = ["geography", "vcpus", "ram_gib", "spot_usd_per_hour", "compliance", *_TRACE, *_SPOT_TRACE]
    where = _geographies(known)
    return context.keyed(csv_rows(path, required, optional, context.mistakes), lambda row: _offer(row, context, where))


def _geographies(known: Mapping[str, Offer]) -> dict[str, str]:
    """Geography of every region name that means the same at all providers."""
    found: dict[str, set[str]] = {}
    for offer in known.values():
        found.setdefault(offer.region.lower(), set()).add(offer.geography)
    return {region: places.pop() for region, places in found.items() if len(places) == 1}


def _offer(row: Row, context: Context, where: Mapping[str, str]) -> Offer:
    provider, region, instance = row.text("provider"), row.text("region"), row.text("instance_type")
    guess = region.lower() if region.lower() in GEOGRAPHIES else where.get(region.lower(), UNSPECIFIED)
    on_demand, spot = row.maybe("on_demand_usd_per_hour"), row.maybe("spot_usd_per_hour")
    if on_demand is None and spot is None:
        row.wrong("needs on_demand_usd_per_hour or spot_usd_per_hour")
    provenance = context.provenance(row)
    spot_provenance = None
    if spot is not None:
        own = any(row.has(column) for column in _SPOT_TRACE)
        spot_provenance = context.provenance(row, "spot_") if own or not context.file else provenance
    for column in _SPOT_TRACE:
        row.text(column, "")
    return Offer(
        id=f"{provider}/{region}/{instance}",
        provider=provider,
        region=region,
        geography=row.choice("geography", GEOGRAPHIES, guess),
        instance_type=instance,
        gpu=context.gpu(row),
        gpus=row.whole("gpus"),
        vcpus=row.maybe("vcpus"),
        ram_gib=row.maybe("ram_gib"),
        on_demand_usd_per_hour=on_demand,
        spot_usd_per_hour=spot,
        on_demand_provenance=provenance,
        spot_provenance=spot_provenance,
        compliance=row.texts("compliance"),
    )


def read_commitments(path: Path, context: Context) -> dict[str, Commitment]:
    """Term discounts by id; a share of the on-demand price, 12 or 36 months."""
    required = ["provider", "gpu", "term_months", "discount"]
    optional = ["scheme", "instance_pattern", "region_pattern", "payment", *_TRACE]
    return context.keyed(csv_rows(path, required, optional, context.mistakes), lambda row: _commitment(row, context))


def _commitment(row: Row, context: Context) -> Commitment:
    provider, gpu = row.text("provider"), context.gpu(row, "any")
    instance, region = row.text("instance_pattern", "*"), row.text("region_pattern", "*")
    payment = row.choice("payment", ["none", "partial", "all", "unspecified"], "unspecified")
    term, discount = int(row.choice("term_months", ["12", "36"])), row.number("discount")
    if discount >= 1:
        row.wrong(f"discount must be a share below 1 (got {discount})")
    return Commitment(
        id=f"{provider}/{gpu}/{instance}/{region}/{term}m/{payment}",
        provider=provider,
        scheme=row.text("scheme", "commitment"),
        gpu=gpu,
        instance_pattern=instance,
        region_pattern=region,
        term_months=term,
        payment=payment,
        discount=discount,
        provenance=context.provenance(row),
    )


def read_capacity_blocks(path: Path, context: Context) -> dict[str, BlockPrice]:
    """Prices of capacity blocks by id."""
    required = ["provider", "region", "geography", "instance_type", "gpu", "gpus", "usd_per_gpu_hour"]
    return context.keyed(csv_rows(path, required, _TRACE, context.mistakes), lambda row: _block(row, context))


def _block(row: Row, context: Context) -> BlockPrice:
    provider, region, instance = row.text("provider"), row.text("region"), row.text("instance_type")
    return BlockPrice(
        id=f"{provider}/{region}/{instance}",
        provider=provider,
        region=region,
        geography=row.choice("geography", GEOGRAPHIES),
        instance_type=instance,
        gpu=context.gpu(row),
        gpus=row.whole("gpus"),
        usd_per_gpu_hour=row.number("usd_per_gpu_hour"),
        provenance=context.provenance(row),
    )


def read_spot_risks(path: Path, context: Context) -> tuple[SpotRisk, ...]:
    """Interruption rates in file order; no two rows for one place."""
    required = ["provider", "region", "instance_pattern", "gpu", "interruptions_per_hour"]
    risks: list[SpotRisk] = []
    seen: dict[tuple[str, ...], str] = {}
    for row in csv_rows(path, required, _TRACE, context.mistakes):
        risk = SpotRisk(
            provider=row.text("provider"),
            region=row.text("region"),
            instance_pattern=row.text("instance_pattern"),
            gpu=context.gpu(row, "*"),
            interruptions_per_hour=row.number("interruptions_per_hour", zero=True),
            provenance=context.provenance(row),
        )
        row.finish()
        place = (risk.provider, risk.region, risk.instance_pattern, risk.gpu)
        if place in seen:
            row.wrong(f"'{'/'.join(place)}' is there twice, first at {seen[place]}")
        seen.setdefault(place, row.where)
        risks.append(risk)
    return tuple(risks)


def read_apis(path: Path, context: Context, models: Mapping[str, str]) -> dict[str, ApiPrice]:
    """Token prices by id; `models` maps every name of a model to its id."""
    required = ["provider", "model", "input_usd_per_million", "output_usd_per_million"]
    optional = ["our_model", "cached_input_usd_per_million", *_TRACE]
    return context.keyed(csv_rows(path, required, optional, context.mistakes), lambda row: _api(row, context, models))


def _api(row: Row, context: Context, models: Mapping[str, str]) -> ApiPrice:
    provider, model, ours = row.text("provider"), row.text("model"), row.text("our_model", "")
    if ours and model_key(ours) not in models:
        row.wrong(f"unknown model '{ours}'{did_you_mean(ours, set(models.values()))}")
    return ApiPrice(
        id=f"{provider}/{model}",
        provider=provider,
        model=model,
        our_model=models.get(model_key(ours), "") if ours else "",
        input_usd_per_million=row.number("input_usd_per_million"),
        output_usd_per_million=row.number("output_usd_per_million"),
        cached_input_usd_per_million=row.maybe("cached_input_usd_per_million"),
        provenance=context.provenance(row),
    )
