"""The sources behind this plan's numbers: how old, how good, and what they were used for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from planner.candidates.candidate import Pool, PurchaseOption
from planner.catalog.specs import Basis, Figure, SpotRisk
from planner.catalog.specs import Provenance as Origin
from planner.inputs.own import Site, Tax
from planner.plan.case import Case
from planner.plan.plan import SourceRow
from planner.plan.quotes import quoted_prices
from planner.units import MONTHS_PER_TERM

Use = tuple[Origin, str]
_RANK = {basis: rank for rank, basis in enumerate(Basis)}
_FORM_WORDS = {
    "on_demand": "on-demand price",
    "spot": "spot price",
    "reserved_1y": "1-year price",
    "reserved_3y": "3-year price",
    "capacity_block": "price of a capacity block",
    "owned": "purchase price",
    "existing": "running cost",
}


def source_rows(case: Case) -> list[SourceRow]:
    """One row a source, by id. `as_of` is the oldest dated row used, so an age is never flattered."""
    by_source: dict[str, list[Use]] = defaultdict(list)
    for origin, use in _uses(case):
        by_source[origin.source].append((origin, use))
    return [_row(case, source, uses) for source, uses in sorted(by_source.items())]


def priced_options(case: Case) -> list[tuple[Pool, PurchaseOption]]:
    """The pools and forms the plan pays for."""
    fleet = case.fleet
    forms = {(buy.pool, buy.form) for buy in fleet.bought} | {(keep.pool, "existing") for keep in fleet.kept}
    forms |= {(slot.pool, "on_demand") for slot in fleet.on_demand} | {(slot.pool, "spot") for slot in fleet.spot}
    return [(case.pool(pool), case.option(pool, form)) for pool, form in sorted(forms)]


def price_origin(case: Case, pool: Pool, option: PurchaseOption) -> Origin | None:
    """Where the price comes from: a system's price is often weaker ground than its data sheet."""
    if option.form != "owned":
        return option.provenance
    system = case.catalog.systems[pool.instance_type]
    return replace(system.provenance, as_of=system.price_as_of, basis=system.price_basis)


def price_words(option: PurchaseOption) -> str:
    """ "spot price", "3-year price", …"""
    return _FORM_WORDS[option.form]


def _uses(case: Case) -> Iterator[Use]:
    yield from _prices(case)
    yield from _hardware(case)
    yield from _workloads(case)
    yield from _rates(case)
    yield from ((figure.provenance, f"{name} of owned systems") for name, figure in assumed_site_figures(case).items())
    yield from ((one.provenance, f"what prices of {name} did before") for name, one in steady_prices(case).items())
    yield from _deductions(case)
    yield from _power(case)
    yield from _carbon(case)


def _deductions(case: Case) -> Iterator[Use]:
    """The table of tax law that purchases are deducted by, where it is one."""
    tax = case.problem.supply.own.tax
    if tax and tax.rate and tax.depreciation == "macrs" and any(buy.form == "owned" for buy in case.fleet.bought):
        yield case.catalog.depreciation[f"macrs-{tax.macrs_class or 5}"].provenance, "tax deductions of owned systems"


def _rates(case: Case) -> Iterator[Use]:
    """The performance model's constants, and the user's own measurements where they stand in for it."""
    if table := case.problem.performance.table:
        workloads = ", ".join(case.measured_workloads)
        origin = Origin(table, None, Basis.MEASURED, "the problem's own table of rates (performance.table)")
        yield origin, f"measured rates of {workloads}"
    if own := case.catalog.own_factors:
        dates = [one.measured_on for one in own.factors if one.measured_on]
        origin = Origin(own.file, min(dates, default=None), Basis.MEASURED, "own benchmarks (performance.calibration)")
        yield origin, "step times of the performance model"
    if len(case.measured_workloads) < len(case.problem.workloads):
        yield from ((figure.provenance, "performance model") for figure in case.catalog.calibration.values())


def assumed_site_figures(case: Case) -> dict[str, Figure]:
    """Ownership figures the plan's own systems rest on and the problem does not give."""
    if not any(case.pool(name).provider == "own" for name in case.fleet.pools()):
        return {}
    site = case.problem.supply.own.site
    given = set(site.model_dump(exclude_none=True)) | set(_unused_figures(site, case.problem.supply.own.tax))
    fields = set(type(site).model_fields)
    return {name: figure for name, figure in case.catalog.ownership.items() if name in fields - given}


def _unused_figures(site: Site, tax: Tax | None) -> Iterator[str]:
    """Figures that nothing rests on, as the problem asks for another way."""
    if site.depreciation != "declining" and not (tax and tax.depreciation == "declining" and tax.rate_per_year is None):
        yield "depreciation_rate_per_year"
    if site.value_curve:
        yield "residual_share"
    yield from ("colocation_usd_per_kw_month",) if site.own_room else ("room_usd_per_kw", "room_life_years")
    if site.systems_per_person is not None:
        yield "staff_usd_per_system_year"
    if site.idle_power_share is not None:
        yield "average_power_share"


def steady_prices(case: Case) -> dict[str, Figure]:
    """What moved in the past of all that the plan pays for, and is taken to stay as it is, by trend."""
    pools = [case.pool(name) for name in case.fleet.pools()]
    owned = any(pool.provider == "own" for pool in pools)
    paid = {"on_demand": bool(case.fleet.on_demand), "owned": owned, "electricity": owned}
    paid["colocation"] = owned and not case.problem.supply.own.site.own_room
    figures = {name: case.catalog.ownership.get(f"price_trends.{name}") for name in paid}
    given = case.problem.price_trends
    return {name: one for name, one in figures.items() if one and not one.value and paid[name] and name not in given}


def _power(case: Case) -> Iterator[Use]:
    """Rented nodes draw what servers of the kind draw for each watt of their GPUs."""
    rented = {case.pool(name).gpu for name in case.fleet.pools() if case.pool(name).provider != "own"}
    families = {gpu.split("-", maxsplit=1)[0].lower() for gpu in rented}
    known = {name.rpartition(".")[2]: figure for name, figure in case.catalog.ownership.items() if "tdp." in name}
    for family in sorted(families):
        if figure := known.get(family) or known.get("other"):
            yield figure.provenance, "power of rented nodes"


def _carbon(case: Case) -> Iterator[Use]:
    for pool in map(case.pool, case.fleet.pools()):
        if pool.electricity:
            yield pool.electricity.provenance, f"carbon of electricity ({pool.electricity.grid})"
            yield pool.electricity.pue_provenance, f"PUE of {pool.provider} {pool.region}"


def _prices(case: Case) -> Iterator[Use]:
    for pool, option in priced_options(case):
        origin = price_origin(case, pool, option)
        if origin:
            yield origin, f"{price_words(option)} of {pool.id}"
        if option.form in MONTHS_PER_TERM:
            offer = case.catalog.offers[pool.id]
            yield offer.on_demand_provenance, f"on-demand price of {pool.id}, from which the term price follows"
        if option.form == "spot":
            for risk in case.catalog.spot_risks:
                if _matches(risk, pool):
                    yield risk.provenance, f"spot interruptions at {pool.provider}"
    sent = {(route.api, route.demand_class) for route in case.fleet.api}
    for one in case.candidates.apis:
        if (one.id, one.demand_class) in sent:
            yield one.provenance, f"API price of {one.id}"
    for workload, price, _ in quoted_prices(case):
        yield price.provenance, f"API price to compare {workload} with"


def _hardware(case: Case) -> Iterator[Use]:
    for name in case.fleet.pools():
        pool = case.pool(name)
        yield case.catalog.gpus[pool.gpu].provenance, f"GPU {pool.gpu}"
        if pool.provider == "own":
            yield case.catalog.systems[pool.instance_type].provenance, f"system {pool.instance_type}"


def _workloads(case: Case) -> Iterator[Use]:
    configs = sorted({route.config for route in case.fleet.flows})
    for config in dict.fromkeys(case.candidates.configs[name] for name in configs):
        model = config.own_model or case.catalog.models[config.model]
        yield model.provenance, f"model {config.model}"
    for asked in case.problem.workloads.values():
        profile = asked.traffic.profile if asked.traffic else None
        if isinstance(profile, str) and profile != "flat" and profile in case.catalog.profiles:
            yield case.catalog.profiles[profile].provenance, f"traffic profile {profile}"
        lengths = asked.requests.lengths
        if isinstance(lengths, str) and lengths in case.catalog.lengths:
            yield case.catalog.lengths[lengths].provenance, f"token lengths {lengths}"


def _matches(risk: SpotRisk, pool: Pool) -> bool:
    return risk.provider == pool.provider and risk.gpu in {"*", pool.gpu} and risk.region in {"*", pool.region}


def _row(case: Case, name: str, uses: list[Use]) -> SourceRow:
    source = case.catalog.sources.get(name)  # a config.json beside the problem is nobody's but the user's
    dates: list[date] = [origin.as_of for origin, _ in uses if origin.as_of]
    oldest = min(dates, default=None)
    return SourceRow(
        id=name,
        title=source.title if source else name,
        reference=source.reference if source else "; ".join(dict.fromkeys(origin.note for origin, _ in uses)),
        as_of=oldest,
        age_days=(case.as_of - oldest).days if oldest else None,
        basis=[basis.value for basis in sorted({origin.basis for origin, _ in uses}, key=_RANK.__getitem__)],
        used_for=list(dict.fromkeys(use for _, use in uses)),
    )
