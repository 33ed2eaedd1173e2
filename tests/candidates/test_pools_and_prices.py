"""What a node costs in every form, by hand; and which pools a region, provider or GPU filter leaves."""

import dataclasses
from datetime import date

import pytest
from workbench import catalog, question

from planner.candidates.candidate import Pool, PurchaseOption
from planner.candidates.pools import commitment_for, pools_for, rented_kw, spot_risk
from planner.candidates.regions import satisfies
from planner.candidates.resolve import resolve_names
from planner.catalog.specs import Basis, Catalog, Commitment, Offer, Provenance, SpotRisk
from planner.inputs.load import problem_from

LISTED = Provenance("test", date(2026, 1, 1), Basis.LISTED)
TYPICAL = dataclasses.replace(LISTED, basis=Basis.TYPICAL)


def offer(name: str, gpu: str = "H100-SXM", gpus: int = 8, **changes: object) -> Offer:
    provider, region, instance = name.split("/")
    made = Offer(name, provider, region, "us", instance, gpu, gpus, None, None, 40.0, 16.0, LISTED, LISTED)
    return dataclasses.replace(made, **changes)


def terms(name: str, discount: float, provenance: Provenance = LISTED, **changes: object) -> Commitment:
    made = Commitment(name, "aws", "RI", "any", "*", "*", 12, "none", discount, provenance)
    return dataclasses.replace(made, **changes)


def risk(rate: float, **changes: str) -> SpotRisk:
    asked = {"provider": "aws", "region": "*", "instance_pattern": "*", "gpu": "*", **changes}
    return SpotRisk(**asked, interruptions_per_hour=rate, provenance=LISTED)


OFFERS = [
    offer("aws/us-east-1/p5.48xlarge"),
    offer("aws/eu-west-1/p5.48xlarge", geography="eu"),
    offer("lambda/any/gpu_8x", geography="any", spot_usd_per_hour=None, spot_provenance=None),
    offer("vast/unknown/box", geography="unspecified", on_demand_usd_per_hour=None),
    offer("gcp/us-central1/a2", "A100-SXM-40GB"),
]
COMMITMENTS = [
    terms("typical", 0.6, TYPICAL),
    terms("listed", 0.3, payment="partial"),
    terms("listed-worse", 0.2),
    terms("other-gpu", 0.5, gpu="T4"),
    terms("other-instance", 0.5, instance_pattern="g4dn.*"),
    terms("three", 0.5, term_months=36, payment="all"),
]


@pytest.fixture
def small() -> Catalog:
    return dataclasses.replace(
        catalog(),
        offers={item.id: item for item in OFFERS},
        commitments={item.id: item for item in COMMITMENTS},
        spot_risks=(risk(0.02), risk(0.04, gpu="H100-SXM"), risk(0.9, instance_pattern="g4dn.*")),
    )


def pools(facts: Catalog, rent: dict[str, object] | None, own: dict[str, object] | None = None) -> dict[str, Pool]:
    data = question("llama-3.1-8b").model_dump(exclude_unset=True)
    problem = problem_from({**data, "supply": {"rent": rent, "own": own or {}}}, "test")
    return pools_for(problem, facts, resolve_names(problem, facts, None))  # type: ignore[arg-type]


def option(pool: Pool, form: str) -> PurchaseOption:
    return next(item for item in pool.options if item.form == form)


def test_filters_by_region_provider_and_gpu(small: Catalog) -> None:
    assert set(pools(small, {})) == {item.id for item in OFFERS if item.on_demand_usd_per_hour}
    assert set(pools(small, {"regions": ["us"]})) == {OFFERS[0].id, OFFERS[2].id, OFFERS[4].id}
    assert set(pools(small, {"regions": ["eu-west-1"]})) == {OFFERS[1].id, OFFERS[2].id}
    assert set(pools(small, {"providers": ["gcp"]})) == {OFFERS[4].id}
    assert set(pools(small, {"exclude_gpus": ["H100"]})) == {OFFERS[4].id}
    assert set(pools(small, {"gpus": ["A100-SXM-40GB"]})) == {OFFERS[4].id}
    assert set(pools(small, None, {"systems": ["dgx-h100"]})) == {"own/dgx-h100"}


def test_an_offer_appears_only_in_forms_it_is_sold_in(small: Catalog) -> None:
    found = pools(small, {"forms": ["on_demand", "spot"]})
    forms = {name: {item.form for item in pool.options} for name, pool in found.items()}
    assert forms["aws/us-east-1/p5.48xlarge"] == {"on_demand", "spot"}
    assert forms["lambda/any/gpu_8x"] == {"on_demand"}
    assert forms["vast/unknown/box"] == {"spot"}


def test_spot_counts_for_what_interruptions_leave(small: Catalog) -> None:
    spot = option(pools(small, {"forms": ["spot"]})["aws/us-east-1/p5.48xlarge"], "spot")
    # availability 0.9; 0.04 interruptions an hour x 15 of 60 minutes lost = 1 %
    assert (spot.usd_per_hour, spot.interruptions_per_hour) == (16.0, 0.04)
    assert spot.usable_share == pytest.approx(0.9 * 0.99)
    unknown = option(pools(small, {"forms": ["spot"]})["vast/unknown/box"], "spot")
    assert unknown.usable_share == pytest.approx(0.9)


def test_the_closest_interruption_rate_wins() -> None:
    item = offer("aws/us-east-1/g4dn.xlarge", "T4", 1)
    known = [risk(0.1), risk(0.2, gpu="T4"), risk(0.3, region="us-east-1"), risk(0.4, instance_pattern="g4dn.xlarge")]
    for count, expected in ((4, 0.4), (3, 0.3), (2, 0.2), (1, 0.1)):
        found = spot_risk(item, known[:count])
        assert found is not None and found.interruptions_per_hour == expected
    assert spot_risk(item, [risk(0.1, region="eu-west-1")]) is None


def test_the_best_founded_discount_wins_then_the_largest(small: Catalog) -> None:
    found = pools(small, {"forms": ["reserved_1y", "reserved_3y"]})["aws/us-east-1/p5.48xlarge"]
    one, three = option(found, "reserved_1y"), option(found, "reserved_3y")
    assert (one.usd_per_hour, one.term_months, one.upfront_share) == (pytest.approx(28.0), 12, 0.5)
    assert (three.usd_per_hour, three.term_months, three.upfront_share) == (pytest.approx(20.0), 36, 1.0)
    typical = commitment_for(OFFERS[0], 12, [COMMITMENTS[0]])
    assert typical is not None and typical.discount == 0.6
    assert commitment_for(OFFERS[0], 12, COMMITMENTS[3:5]) is None


def test_owned_system_by_hand(small: Catalog) -> None:
    site = {"usd_per_kwh": 0.1, "pue": 1.5, "average_power_share": 0.5, "colocation_usd_per_kw_month": 200}
    site |= {
        "staff_usd_per_system_year": 60000,
        "network_share": 0.06,
        "installation_share": 0.03,
        "spares_share": 0.01,
        "maintenance_share_per_year": 0.06,
    }
    site |= {"life_years": 4, "residual_share": 0.2, "lead_time_months": 4}
    found = pools(small, None, {"systems": ["dgx-h100"], "max_systems": {"dgx-h100": 3}, "site": site})
    system, owned = catalog().systems["dgx-h100"], option(found["own/dgx-h100"], "owned")
    lines = dict(owned.cost_lines)
    assert lines == {
        "power": pytest.approx(10.2 * 0.5 * 730 * 1.5 * 0.1),
        "colocation": pytest.approx(2040),
        "maintenance": pytest.approx(system.usd * 0.06 / 12),
        "staff": pytest.approx(5000),
    }
    assert owned.fixed_usd_per_month == pytest.approx(sum(lines.values()))
    assert owned.capex_usd == pytest.approx(system.usd * 1.1)
    assert (owned.life_months, owned.residual_share, owned.lead_months, owned.max_nodes) == (48, 0.2, 4, 3)
    assert found["own/dgx-h100"].kw_per_node == 10.2


def test_existing_systems_are_sunk_and_counted(small: Catalog) -> None:
    own = {"existing": [{"system": "dgx-h100", "count": 2, "age_months": 30}, {"system": "dgx-h100", "count": 1}]}
    found = pools(small, None, own)
    assert set(found) == {"own/dgx-h100/existing", "own/dgx-h100/existing-2"}
    kept = option(found["own/dgx-h100/existing"], "existing")
    assert (kept.capex_usd, kept.max_nodes, kept.age_months) == (0.0, 2, 30)
    assert kept.fixed_usd_per_month > 0


def test_staff_scales_with_the_gpus_of_a_system(small: Catalog) -> None:
    own = {"systems": ["rtx4090-2", "dgx-h100"], "site": {"staff_usd_per_system_year": 80000}}
    staff = {name: dict(option(pool, "owned").cost_lines)["staff"] for name, pool in pools(small, None, own).items()}
    assert staff["own/rtx4090-2"] * 4 == pytest.approx(staff["own/dgx-h100"])


def test_rented_power_is_tdp_times_the_server_figure() -> None:
    facts = catalog()
    h100 = rented_kw(facts.gpus["H100-SXM"], 8, facts.ownership)
    assert h100 == pytest.approx(8 * 0.7 * facts.ownership["server_power_per_chip_tdp.h100"].value)
    l4 = rented_kw(facts.gpus["L4"], 1, facts.ownership)
    assert l4 == pytest.approx(0.072 * facts.ownership["server_power_per_chip_tdp.other"].value)


@pytest.mark.parametrize(
    ("wanted", "region", "geography", "expected"),
    [
        ([], "anything", "unspecified", True),
        (["us"], "us-east-1", "us", True),
        (["us-east-1"], "us-east-1", "us", True),
        (["us"], "eu-west-1", "eu", False),
        (["us"], "somewhere", "unspecified", False),
        (["eu"], "any", "any", True),
        (["own"], "any", "any", False),
        (["own"], "own", "own", True),
        (["us"], "own", "own", False),
        (["us", "own"], "own", "own", True),
    ],
)
def test_residency(wanted: list[str], region: str, geography: str, expected: bool) -> None:
    assert satisfies(wanted, region, geography) is expected
