"""Carbon of electricity: every offer has a figure, the closest row counts, the user's own comes first."""

from dataclasses import replace

import pytest

from planner.candidates.carbon import closest_place, electricity_at, electricity_on_site
from planner.catalog.specs import Basis, Catalog


def test_every_offer_stands_in_a_known_grid(shipped: Catalog) -> None:
    for offer in shipped.offers.values():
        found = electricity_at(shipped, offer.provider, offer.region, offer.geography)
        assert found is not None and 10 < found.g_co2_per_kwh < 800 and 1 < found.pue < 1.5, offer.id


@pytest.mark.parametrize(
    ("provider", "region", "geography", "row"),
    [
        ("aws", "us-west-2", "us", "aws/us-west-2"),
        ("aws", "us-west-9", "us", "*/us"),  # a region nobody knows: its country
        ("vast", "BG", "eu", "*/BG"),  # a region that is a country
        ("vast", "LT", "eu", "*/eu"),  # a country nobody knows: its geography
        ("runpod", "secure-cloud", "unspecified", "*/*"),
    ],
)
def test_the_closest_row_counts(shipped: Catalog, provider: str, region: str, geography: str, row: str) -> None:
    place = closest_place(shipped, provider, region, geography)
    assert place is not None and place.id == row


def test_figures_as_published(shipped: Catalog) -> None:
    oregon = electricity_at(shipped, "aws", "us-west-2", "us")
    assert oregon is not None
    assert (oregon.g_co2_per_kwh, oregon.pue) == (129, 1.12)
    assert oregon.kg_co2_per_kwh == pytest.approx(0.12 * 129 / 1000 + 0.129)
    assert {place.grid for place in shipped.grid.values() if place.g_co2_per_kwh == 418} == {"US-MIDA-PJM"}


def test_a_pue_nobody_publishes_is_the_usual_one(shipped: Catalog) -> None:
    found = electricity_at(shipped, "lambda", "us-east-1", "us")
    assert found is not None
    assert found.pue == shipped.ownership["pue"].value
    assert found.pue_provenance == shipped.ownership["pue"].provenance


def test_the_users_site_comes_first(shipped: Catalog) -> None:
    given, typical = electricity_on_site(shipped, 50.0, 1.2), electricity_on_site(shipped, None, None)
    assert given is not None and typical is not None
    assert given.kg_co2_per_kwh == pytest.approx(0.06)
    assert given.provenance.basis is Basis.LISTED
    assert (typical.g_co2_per_kwh, typical.pue) == (414, 1.42)


def test_a_catalogue_without_grids_counts_none(shipped: Catalog) -> None:
    bare = replace(shipped, grid={}, ownership={})
    assert electricity_at(bare, "aws", "us-west-2", "us") is None
    assert electricity_on_site(bare, None, None) is None
