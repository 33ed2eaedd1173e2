"""Owned systems as pools: what buying one costs, and what running it costs each month, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.candidates.candidate import Pool
from planner.candidates.carbon import electricity_on_site
from planner.candidates.purchase_option import Lease, Loan, PurchaseOption, Tax
from planner.candidates.regions import OWN
from planner.catalog.specs import Catalog, Figure, SystemSpec
from planner.errors import CatalogError
from planner.inputs.problem import Existing, Own, Site
from planner.invest.arithmetic import declining_balance, straight_line
from planner.units import HOURS_PER_MONTH

MONTHS_PER_YEAR = 12
STAFFED_GPUS = 8  # one "system" of the staff figure


def own_pools(own: Own, catalog: Catalog) -> list[Pool]:
    """A pool for each system that may be bought, and one for each lot already owned."""
    figures = SiteFigures(own.site, catalog.ownership)
    tax = _tax(own, figures, catalog)
    bought = [
        _pool(f"{OWN}/{name}", catalog.systems[name], replace(_new(own, figures, catalog.systems[name]), tax=tax))
        for name in own.systems
    ]
    lots: list[Pool] = []
    for item in own.existing:
        system = catalog.systems[item.system]
        number = 1 + sum(pool.instance_type == system.id for pool in lots)
        suffix = "existing" if number == 1 else f"existing-{number}"
        kept = _kept(own, figures, system, item)
        lots.append(_pool(f"{OWN}/{system.id}/{suffix}", system, kept))
    electricity = electricity_on_site(catalog, own.site.grid_g_co2_per_kwh, own.site.pue)
    return [replace(pool, electricity=electricity) for pool in bought + lots]


class SiteFigures:
    """The user's figures over the catalogue's."""

    def __init__(self, site: Site, ownership: Mapping[str, Figure]) -> None:
        self.site = site
        self._ownership = ownership

    def __getitem__(self, name: str) -> float:
        """A figure by its field name in `Site`; raises CatalogError where neither side knows it."""
        own: float | None = getattr(self.site, name)
        if own is not None:
            return own
        if name not in self._ownership:
            raise CatalogError(f"data/ownership.yaml lacks {name}, and supply.own.site does not give it")
        return self._ownership[name].value


def monthly_lines(figures: SiteFigures, system: SystemSpec) -> Iterator[tuple[str, float]]:
    """Named parts of what running one system costs [USD/month], but for staff by the person and GPUs at work."""
    site = figures.site
    if site.idle_power_share is None:
        yield "power", _power_usd(figures, system.max_power_kw * figures["average_power_share"]) * HOURS_PER_MONTH
    else:
        yield "idle power", _power_usd(figures, system.max_power_kw * site.idle_power_share) * HOURS_PER_MONTH
    if not site.own_room:
        yield "colocation", system.max_power_kw * figures["colocation_usd_per_kw_month"]
    yield "maintenance", system.usd * figures["maintenance_share_per_year"] / MONTHS_PER_YEAR
    if failures := figures["failures_share_per_year"]:
        yield "failed parts", system.usd * failures / MONTHS_PER_YEAR
    if site.systems_per_person is None:
        yield "staff", figures["staff_usd_per_system_year"] / MONTHS_PER_YEAR * system.gpus / STAFFED_GPUS


def _power_usd(figures: SiteFigures, kw: float) -> float:
    """An hour's electricity for a draw, the room's overhead included [USD/h]."""
    return kw * figures["pue"] * figures["usd_per_kwh"]


def _pool(pool_id: str, system: SystemSpec, option: PurchaseOption) -> Pool:
    return Pool(
        id=pool_id,
        provider=OWN,
        region=OWN,
        geography=OWN,
        instance_type=system.id,
        gpu=system.gpu,
        gpus_per_node=system.gpus,
        kw_per_node=system.max_power_kw,
        options=(option,),
        network_gb_per_s=system.network_gb_per_s,
    )


def _new(own: Own, figures: SiteFigures, system: SystemSpec) -> PurchaseOption:
    return replace(
        _running(own, figures, system),
        form="owned",
        lead_months=figures["lead_time_months"],
        capex_usd=_price_usd(figures, system),
        max_nodes=own.max_systems.get(system.id),
        room_usd=system.max_power_kw * figures["room_usd_per_kw"] if own.site.own_room else 0.0,
        room_life_months=figures["room_life_years"] * MONTHS_PER_YEAR if own.site.own_room else 0.0,
        service_months=_service_months(own, figures),
        loan=loan_of(own),
        lease=lease_of(own),
    )


def loan_of(own: Own) -> Loan | None:
    """What purchases are paid with."""
    return Loan(own.loan.share, own.loan.rate_per_year, own.loan.years) if own.loan else None


def lease_of(own: Own) -> Lease | None:
    """What stands in for purchases."""
    return Lease(own.lease.rate_per_year, own.lease.years, own.lease.residual_share) if own.lease else None


def _service_months(own: Own, figures: SiteFigures) -> float | None:
    """How long a new system serves: until its lease or its useful life ends, where either does."""
    if own.lease:
        return own.lease.years * MONTHS_PER_YEAR
    return figures["life_years"] * MONTHS_PER_YEAR if own.refresh else None


def _tax(own: Own, figures: SiteFigures, catalog: Catalog) -> Tax | None:
    """What each year of service deducts of a system's price."""
    asked = own.tax
    if asked is None or not asked.rate:
        return None
    years = asked.years or figures["life_years"]
    if asked.depreciation == "macrs":
        shares = list(catalog.depreciation[f"macrs-{asked.macrs_class or 5}"].shares)
    elif asked.depreciation == "declining":
        shares = declining_balance(1.0, 0.0, asked.rate_per_year or figures["depreciation_rate_per_year"], years)
    else:
        shares = straight_line(1.0, 0.0, years)
    return Tax(asked.rate, tuple(shares))


def _kept(own: Own, figures: SiteFigures, system: SystemSpec, lot: Existing) -> PurchaseOption:
    """Sunk: its price counts only where it may be sold, as today's of a new one."""
    return replace(
        _running(own, figures, system),
        age_months=lot.age_months,
        max_nodes=lot.count,
        service_months=max(0.0, figures["life_years"] * MONTHS_PER_YEAR - lot.age_months) if own.refresh else None,
        capex_usd=_price_usd(figures, system) if own.may_resell else 0.0,
    )


def _price_usd(figures: SiteFigures, system: SystemSpec) -> float:
    """With all that must be bought beside it."""
    return system.usd * (1 + sum(figures[name] for name in ("network_share", "installation_share", "spares_share")))


def _running(own: Own, figures: SiteFigures, system: SystemSpec) -> PurchaseOption:
    """What bought and existing systems have in common."""
    lines, site = tuple(monthly_lines(figures, system)), own.site
    active_kw = 0.0 if site.idle_power_share is None else system.max_power_kw * (1 - site.idle_power_share)
    return PurchaseOption(
        form="existing",
        usd_per_hour=0.0,
        fixed_usd_per_month=sum(usd for _, usd in lines),
        life_months=figures["life_years"] * MONTHS_PER_YEAR,
        residual_share=figures["residual_share"],
        value_curve=tuple((point.years, point.share) for point in site.value_curve),
        depreciation_per_year=figures["depreciation_rate_per_year"] if site.depreciation == "declining" else 0.0,
        may_resell=own.may_resell,
        usd_per_kwh=figures["usd_per_kwh"],
        active_usd_per_gpu_hour=_power_usd(figures, active_kw) / system.gpus,
        provenance=system.provenance,
        cost_lines=lines,
    )
