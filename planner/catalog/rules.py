"""What must hold in a catalogue: each rule is one sentence and one function that yields the rows breaking it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from planner.catalog.names import gpu_names, model_names
from planner.catalog.specs import Basis, Catalog, Provenance
from planner.units import HOURS_PER_WEEK

USD_PER_GPU_HOUR = (0.02, 60.0)  # anything outside is a unit mistake, not a price
GPU_MEMORY_GIB = (8.0, 2048.0)
API_USD_PER_MILLION = (0.001, 1000.0)
GRID_G_CO2_PER_KWH = (1.0, 1400.0)
PUE = (1.0, 2.5)
SUM_TOLERANCE = 1e-9

Broken = Iterator[tuple[str, str]]  # (row, what is wrong with it)


@dataclass(frozen=True)
class Rule:
    """One thing that must hold: `says` for people, `check` yields the rows that break it."""

    id: str
    says: str
    check: Callable[[Catalog], Broken]


RULES: list[Rule] = []


def rule(says: str) -> Callable[[Callable[[Catalog], Broken]], Callable[[Catalog], Broken]]:
    """Register a rule under its function's name."""

    def register(check: Callable[[Catalog], Broken]) -> Callable[[Catalog], Broken]:
        RULES.append(Rule(check.__name__, says, check))
        return check

    return register


def provenances(catalog: Catalog) -> Iterator[tuple[str, Provenance]]:
    """(row, provenance) of everything in the catalogue; an offer's spot price counts on its own."""
    kinds = ("gpus", "systems", "models", "commitments", "apis", "profiles", "lengths", "ownership", "calibration")
    for kind in (*kinds, "networks", "grid", "depreciation"):
        for key, spec in getattr(catalog, kind).items():
            yield f"{kind}/{key}", spec.provenance
    for key, offer in catalog.offers.items():
        yield f"offers/{key}", offer.on_demand_provenance
        if offer.spot_provenance:
            yield f"offers/{key} (spot)", offer.spot_provenance
    for key, block in catalog.capacity_blocks.items():
        yield f"capacity_blocks/{key}", block.provenance
    for place in catalog.grid.values():
        if place.pue_provenance:
            yield f"grid/{place.id} (PUE)", place.pue_provenance
    for risk in catalog.spot_risks:
        yield f"spot_risks/{risk.provider}/{risk.region}/{risk.instance_pattern}/{risk.gpu}", risk.provenance


def _keyed(catalog: Catalog, *kinds: str) -> Iterator[tuple[str, Any]]:
    for kind in kinds:
        for key, spec in getattr(catalog, kind).items():
            yield f"{kind}/{key}", spec


@rule("Every row names a source that data/sources.yaml describes.")
def source_exists(catalog: Catalog) -> Broken:
    for row, provenance in provenances(catalog):
        if provenance.source not in catalog.sources:
            yield row, f"source '{provenance.source}' is not described"


@rule("Nothing is dated in the future.")
def no_future_dates(catalog: Catalog) -> Broken:
    today = catalog.as_of or date.today()
    dated = [(row, provenance.as_of) for row, provenance in provenances(catalog)]
    dated += [(f"sources/{key}", source.retrieved_on) for key, source in catalog.sources.items()]
    dated += [(f"systems/{key} (price)", system.price_as_of) for key, system in catalog.systems.items()]
    for row, day in dated:
        if day and day > today:
            yield row, f"dated {day}, today is {today}"


@rule("Listed, measured and observed prices carry a date or a note that says why not.")
def prices_are_dated(catalog: Catalog) -> Broken:
    strong = {Basis.LISTED, Basis.MEASURED, Basis.OBSERVED}
    for row, provenance in provenances(catalog):
        if row.startswith("offers/") and provenance.basis in strong and not (provenance.as_of or provenance.note):
            yield row, "neither date nor note"


@rule("A row is stored under its own id.")
def keys_are_ids(catalog: Catalog) -> Broken:
    kinds = ("gpus", "systems", "networks", "models", "offers", "commitments", "capacity_blocks", "apis", "profiles")
    for row, spec in _keyed(catalog, *kinds, "lengths"):
        if row.split("/", 1)[1] != spec.id:
            yield row, f"holds '{spec.id}'"


@rule("No name means two GPUs.")
def gpu_names_differ(catalog: Catalog) -> Broken:
    owner: dict[str, str] = {}
    for gpu in catalog.gpus.values():
        for name in gpu_names(gpu):
            if owner.setdefault(name, gpu.id) != gpu.id:
                yield f"gpus/{gpu.id}", f"'{name}' also means {owner[name]}"


@rule("No name means two models.")
def model_names_differ(catalog: Catalog) -> Broken:
    owner: dict[str, str] = {}
    for model in catalog.models.values():
        for name in model_names(model):
            if owner.setdefault(name, model.id) != model.id:
                yield f"models/{model.id}", f"'{name}' also means {owner[name]}"


@rule("Systems, offers, commitments, capacity blocks and spot rates name a GPU of data/gpus.yaml.")
def gpu_is_known(catalog: Catalog) -> Broken:
    known = {*catalog.gpus, "any", "*"}
    named = [(row, spec.gpu) for row, spec in _keyed(catalog, "systems", "offers", "commitments", "capacity_blocks")]
    named += [(f"spot_risks/{risk.provider}/{risk.instance_pattern}", risk.gpu) for risk in catalog.spot_risks]
    for row, gpu in named:
        if gpu not in known:
            yield row, f"GPU '{gpu}' is not in the catalogue"


@rule("An API price names a model of data/models.yaml or none.")
def api_model_is_known(catalog: Catalog) -> Broken:
    for row, api in _keyed(catalog, "apis"):
        if api.our_model and api.our_model not in catalog.models:
            yield row, f"model '{api.our_model}' is not in the catalogue"


@rule("Every price is positive, and an offer has at least one.")
def prices_are_positive(catalog: Catalog) -> Broken:
    for row, offer in _keyed(catalog, "offers"):
        prices = [price for price in (offer.on_demand_usd_per_hour, offer.spot_usd_per_hour) if price is not None]
        if not prices or min(prices) <= 0:
            yield row, f"prices {prices}"
    for row, system in _keyed(catalog, "systems"):
        if not 0 < system.price_low_usd <= system.usd <= system.price_high_usd:
            yield row, f"{system.price_low_usd} <= {system.usd} <= {system.price_high_usd} USD does not hold"


@rule(f"An hour of one GPU costs between {USD_PER_GPU_HOUR[0]} and {USD_PER_GPU_HOUR[1]:g} USD.")
def gpu_hours_are_sane(catalog: Catalog) -> Broken:
    for row, offer in _keyed(catalog, "offers"):
        for price in (offer.on_demand_usd_per_hour, offer.spot_usd_per_hour):
            if price is not None and not USD_PER_GPU_HOUR[0] <= price / offer.gpus <= USD_PER_GPU_HOUR[1]:
                yield row, f"{price / offer.gpus:.4g} USD per GPU-hour"
    for row, block in _keyed(catalog, "capacity_blocks"):
        if not USD_PER_GPU_HOUR[0] <= block.usd_per_gpu_hour <= USD_PER_GPU_HOUR[1]:
            yield row, f"{block.usd_per_gpu_hour:.4g} USD per GPU-hour"


@rule("Spot never costs more than on-demand, and a spot price says where it comes from.")
def spot_below_on_demand(catalog: Catalog) -> Broken:
    for row, offer in _keyed(catalog, "offers"):
        on_demand, spot = offer.on_demand_usd_per_hour, offer.spot_usd_per_hour
        if spot is not None and on_demand is not None and spot > on_demand:
            yield row, f"spot {spot} above on-demand {on_demand} USD/h"
        if (spot is None) != (offer.spot_provenance is None):
            yield row, "spot price and spot source must come together"


@rule("A commitment runs 12 or 36 months and saves more than nothing and less than everything.")
def commitments_are_sane(catalog: Catalog) -> Broken:
    for row, commitment in _keyed(catalog, "commitments"):
        if commitment.term_months not in (12, 36) or not 0 < commitment.discount < 1:
            yield row, f"{commitment.discount:.3g} off for {commitment.term_months} months"


@rule("Spot interruption rates are between none and ten an hour, and a '*' row covers every place.")
def spot_rates_are_sane(catalog: Catalog) -> Broken:
    for risk in catalog.spot_risks:
        if not 0 <= risk.interruptions_per_hour <= 10:
            yield f"spot_risks/{risk.provider}/{risk.instance_pattern}", f"{risk.interruptions_per_hour} an hour"
    everywhere = ("*", "*", "*", "*")
    if everywhere not in {(risk.provider, risk.region, risk.instance_pattern, risk.gpu) for risk in catalog.spot_risks}:
        yield "spot_risks", "no row for every place"


@rule(f"A million API tokens cost {API_USD_PER_MILLION[0]} to {API_USD_PER_MILLION[1]:g} USD, cached input no more.")
def api_prices_are_sane(catalog: Catalog) -> Broken:
    low, high = API_USD_PER_MILLION
    for row, api in _keyed(catalog, "apis"):
        for price in (api.input_usd_per_million, api.output_usd_per_million):
            if not low <= price <= high:
                yield row, f"{price} USD per million tokens"
        cached = api.cached_input_usd_per_million
        if cached is not None and cached > api.input_usd_per_million:
            yield row, f"cached input {cached} above input {api.input_usd_per_million}"


@rule(
    f"Electricity carries {GRID_G_CO2_PER_KWH[0]:g} to {GRID_G_CO2_PER_KWH[1]:g} g/kWh, a PUE lies between "
    f"{PUE[0]:g} and {PUE[1]:g}, one grid of one source has one figure, and a '*' row covers every place."
)
def grids_are_sane(catalog: Catalog) -> Broken:
    known: dict[tuple[str, str], float] = {}
    for row, place in _keyed(catalog, "grid"):
        told = known.setdefault((place.grid, place.provenance.source), place.g_co2_per_kwh)
        if told != place.g_co2_per_kwh:
            yield row, f"{place.g_co2_per_kwh:g} g/kWh on {place.grid}, elsewhere {told:g}"
        if not GRID_G_CO2_PER_KWH[0] <= place.g_co2_per_kwh <= GRID_G_CO2_PER_KWH[1]:
            yield row, f"{place.g_co2_per_kwh:g} g/kWh"
        if place.pue is not None and not PUE[0] <= place.pue <= PUE[1]:
            yield row, f"PUE {place.pue:g}"
    if catalog.offers and "*/*" not in catalog.grid:
        yield "grid", "no row for every place"


@rule("A GPU has plausible memory, computes some format, fp8 no slower than bf16, and a link rate if it has a domain.")
def gpus_are_sane(catalog: Catalog) -> Broken:
    for row, gpu in _keyed(catalog, "gpus"):
        if not GPU_MEMORY_GIB[0] <= gpu.memory_gib <= GPU_MEMORY_GIB[1]:
            yield row, f"{gpu.memory_gib} GiB"
        if not gpu.tflops:
            yield row, "no throughput in any format"
        if "fp8" in gpu.tflops and gpu.tflops["fp8"] < gpu.tflops.get("bf16", 0):
            yield row, "fp8 slower than bf16"
        if (gpu.link_gb_per_s is None) != (gpu.link_domain_gpus == 1):
            yield row, f"link rate {gpu.link_gb_per_s} with a domain of {gpu.link_domain_gpus} GPUs"


@rule("A system's fast domain is at most its GPUs, and its power at least that of its chips.")
def systems_are_sane(catalog: Catalog) -> Broken:
    for row, system in _keyed(catalog, "systems"):
        if system.link_domain_gpus > system.gpus:
            yield row, f"a domain of {system.link_domain_gpus} with {system.gpus} GPUs"
        gpu = catalog.gpus.get(system.gpu)
        if gpu and gpu.tdp_w and system.max_power_kw * 1000 < system.gpus * gpu.tdp_w:
            yield row, f"{system.max_power_kw} kW is less than {system.gpus} x {gpu.tdp_w:g} W"


@rule("A model's parameter groups add up to its total, and its routed experts to experts x layers.")
def parameters_add_up(catalog: Catalog) -> Broken:
    for row, model in _keyed(catalog, "models"):
        blocks = model.attention_parameters + model.dense_ffn_parameters
        experts = model.shared_expert_parameters + model.routed_expert_parameters
        outside = model.embed_parameters + model.head_parameters + model.other_parameters
        if blocks + experts + outside != model.total_parameters:
            yield row, f"groups add up to {blocks + experts + outside:,}, total is {model.total_parameters:,}"
        if model.moe:
            routed = model.moe.experts * model.moe.moe_layers * model.moe.expert_parameters
            if routed != model.routed_expert_parameters:
                yield row, f"experts x layers is {routed:,}, routed is {model.routed_expert_parameters:,}"


@rule("A model keeps something of its context: a growing cache, a window, or both; a window has a length.")
def caches_are_sane(catalog: Catalog) -> Broken:
    for row, model in _keyed(catalog, "models"):
        a = model.attention
        if a.kv_elements_per_token + a.window_elements_per_token <= 0:
            yield row, "no KV cache"
        if (a.window_layers > 0) != (a.window_tokens > 0):
            yield row, f"{a.window_layers} windowed layers with a window of {a.window_tokens} tokens"


@rule("A weekly profile has 168 hours and the mean 1.")
def profiles_have_mean_one(catalog: Catalog) -> Broken:
    for row, profile in _keyed(catalog, "profiles"):
        mean = sum(profile.weights) / max(len(profile.weights), 1)
        if len(profile.weights) != HOURS_PER_WEEK or abs(mean - 1) > SUM_TOLERANCE or min(profile.weights) < 0:
            yield row, f"{len(profile.weights)} hours, mean {mean:.6f}"


@rule("A length table's shares add up to 1 and its lengths are positive.")
def length_shares_add_up(catalog: Catalog) -> Broken:
    for row, table in _keyed(catalog, "lengths"):
        total = sum(share for _, _, share in table.cells)
        if abs(total - 1) > SUM_TOLERANCE or any(min(cell) <= 0 for cell in table.cells):
            yield row, f"shares add up to {total:.6f}"


@rule("A planning figure lies within its own range.")
def figures_lie_in_range(catalog: Catalog) -> Broken:
    for row, figure in _keyed(catalog, "ownership", "calibration"):
        low = figure.value if figure.low is None else figure.low
        high = figure.value if figure.high is None else figure.high
        if not low <= figure.value <= high:
            yield row, f"{figure.value} is outside {low} to {high}"


@rule("A depreciation table deducts the whole purchase price, no more.")
def depreciation_adds_up(catalog: Catalog) -> Broken:
    for row, table in _keyed(catalog, "depreciation"):
        if abs(sum(table.shares) - 1) > SUM_TOLERANCE:
            yield row, f"shares add up to {sum(table.shares):.6f}"
