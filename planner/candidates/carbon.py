"""What the electricity of a pool's place carries: the closest row of the catalogue, or the user's own site figures."""

from __future__ import annotations

from planner.candidates.candidate import Electricity
from planner.catalog.specs import Basis, Catalog, Figure, GridIntensity, Provenance
from planner.errors import CatalogError

EVERYWHERE = "*"


def electricity_at(catalog: Catalog, provider: str, region: str, geography: str) -> Electricity | None:
    """Electricity where a provider's region is; None where the catalogue knows no place at all.

    The provider's own row counts before a country's, a geography's and the world's. Where the provider publishes no
    PUE, that of the ownership figures stands in.
    """
    place = closest_place(catalog, provider, region, geography)
    if place is None:
        return None
    usual = _figure(catalog, "pue")
    return Electricity(
        grid=place.grid,
        g_co2_per_kwh=place.g_co2_per_kwh,
        pue=usual.value if place.pue is None else place.pue,
        provenance=place.provenance,
        pue_provenance=place.pue_provenance or usual.provenance,
    )


def closest_place(catalog: Catalog, provider: str, region: str, geography: str) -> GridIntensity | None:
    """The catalogue's row that names the place most closely."""
    names = [f"{provider}/{region}", *(f"{EVERYWHERE}/{place}" for place in (region, geography, EVERYWHERE))]
    return next((catalog.grid[name] for name in names if name in catalog.grid), None)


def electricity_on_site(catalog: Catalog, g_co2_per_kwh: float | None, pue: float | None) -> Electricity | None:
    """Electricity of the user's site: the user's figures over those of the catalogue."""
    if g_co2_per_kwh is None and "grid_g_co2_per_kwh" not in catalog.ownership:
        return None
    own = Provenance("the user's file", None, Basis.LISTED)
    return Electricity(
        grid="site",
        g_co2_per_kwh=_figure(catalog, "grid_g_co2_per_kwh").value if g_co2_per_kwh is None else g_co2_per_kwh,
        pue=_figure(catalog, "pue").value if pue is None else pue,
        provenance=own if g_co2_per_kwh is not None else _figure(catalog, "grid_g_co2_per_kwh").provenance,
        pue_provenance=own if pue is not None else _figure(catalog, "pue").provenance,
    )


def _figure(catalog: Catalog, name: str) -> Figure:
    if name not in catalog.ownership:
        raise CatalogError(f"data/ownership.yaml lacks {name}")
    return catalog.ownership[name]
