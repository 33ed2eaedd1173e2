"""Prices that move within the horizon, by hand: rents, reservations, hardware, hosted APIs, lines of running costs."""

from pathlib import Path

import pytest
from boxes import RUNNING, YEARS, flat, owning
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from shop import OFFER, failed, money, planned, problem

from planner.errors import InputError
from planner.plan.plan import Plan

YEAR = 8760
BOTH = "acme,east,n1,H100-SXM,1,2.0,1.5\n"


def by_period(plan: Plan, term: str) -> list[float]:
    """What a term of the bill costs in each period, to the cent."""
    return [
        round(sum(row.usd for row in plan.costs if (row.term, row.period) == (term, period.index)), 2)
        for period in plan.periods
    ]


def renting(tmp_path: Path, trends: dict[str, float], offers: str = OFFER, **changes: object) -> Plan:
    return planned(tmp_path, problem(price_trends=trends, **YEARS, **changes), offers=offers)


def test_rents_fall(tmp_path: Path) -> None:
    # two nodes at 2.00, 1.60 and 1.28 USD/h, at 10 % a year
    plan = renting(tmp_path, {"on_demand": -0.2}, **flat(2, 1, 1, 1), horizon__discount_rate_per_year=0.1)
    assert by_period(plan, "on_demand") == [round(2 * YEAR * usd, 2) for usd in (2.00, 1.60, 1.28)]
    npv = 2 * YEAR * (2 + 1.6 / 1.1 + 1.28 / 1.21)
    assert plan.total_npv_usd == pytest.approx(npv)
    assert plan.certificate.objective == pytest.approx(npv, rel=1e-6)
    assert [round(row.usd, 2) for row in plan.cash] == by_period(plan, "on_demand")
    assert any("Prices of on_demand are taken to fall by 0.2 of themselves a year" in line for line in plan.assumptions)
    assert "cost_adds_up" in failed(plan, "options", lambda row: {"trend_per_year": -0.1})


def test_the_cheaper_rent_may_change(tmp_path: Path) -> None:
    # spot at 1.50 stays, on demand falls from 2.00 to 1.40: spot in the first year, on demand in the second
    spot = {"supply__rent__forms": ["on_demand", "spot"], "supply__spot": {"availability": 1, "restart_minutes": 0}}
    asked = {**flat(2, 1, 1), **spot, "workloads__chat__interruptible": True}
    plan = renting(tmp_path, {"on_demand": -0.3}, BOTH, **asked)
    assert by_period(plan, "spot") == [2 * YEAR * 1.50, 0]
    assert by_period(plan, "on_demand") == [0, round(2 * YEAR * 1.40, 2)]


def test_a_reservation_keeps_the_price_of_its_day(tmp_path: Path) -> None:
    # 3 years at 40 % off, signed at once: 1.20 USD/h throughout, while what is signed in the second year costs 1.08
    terms = "provider,gpu,term_months,discount,payment\nacme,H100-SXM,36,0.4,none\n"
    (tmp_path / "terms.csv").write_text(terms, encoding="utf-8")
    changes = {
        **flat(2, 1, 2, 2),
        "supply__rent__forms": ["reserved_3y"],
        "catalog__commitments": "terms.csv",
        "horizon__commitment_share_inside": 0,
    }
    plan = renting(tmp_path, {"reserved_3y": -0.1}, **changes)
    assert [(row.period, row.nodes) for row in plan.purchases] == [(0, 2), (1, 2)]
    assert by_period(plan, "reserved_3y") == [2 * YEAR * 1.20, *[round(2 * YEAR * (1.20 + 1.08), 2)] * 2]
    assert plan.purchases[1].usd_after_horizon == pytest.approx(2 * YEAR * 1.08)
    assert "purchases_add_up" in failed(plan, "options", lambda row: {"trend_per_year": 0.0}, form="reserved_3y")


def test_hardware_gets_cheaper(tmp_path: Path) -> None:
    # a box of 24,000 USD now, another of 16,800 a year later; their value falls from what was paid
    plan = owning(tmp_path, price_trends={"owned": -0.3}, **flat(2, 1, 2))
    assert by_period(plan, "owned_purchase") == [24000.00, 16800.00]
    assert money(plan, "owned_value_left") == -round(24000 * 0.64 + 16800 * 0.82, 2)
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd, rel=1e-6)
    assert "cost_adds_up" in failed(plan, "options", lambda row: {"trend_per_year": 0.0}, form="owned")


def test_maintenance_of_a_cheaper_box_is_cheaper(tmp_path: Path) -> None:
    # 8 % of 20,000 USD a year, of 14,000 for the box bought later, dearer by 5 % each year
    site = {"maintenance_share_per_year": 0.08}
    plan = owning(tmp_path, site, price_trends={"owned": -0.3, "maintenance": 0.05}, **flat(2, 1, 2))
    running = 12 * RUNNING
    second = 2 * running + 1.05 * 0.08 * (20000 + 14000)
    assert by_period(plan, "owned_running") == [round(running + 1600, 2), round(second, 2)]


def test_failed_parts_are_paid_each_year(tmp_path: Path) -> None:
    plan = owning(tmp_path, {"failures_share_per_year": 0.04}, **flat(2))
    assert money(plan, "owned_running") == round(12 * RUNNING + 800, 2)
    assert next(row for row in plan.options if row.form == "owned").cost_lines["failed parts"] == pytest.approx(
        800 / 12
    )


def test_electricity_rises_busy_or_idle(tmp_path: Path) -> None:
    # idle 0.75 kW, two GPUs at work 1.125 kW each, at 0.15 USD/kWh with the room's overhead, then 0.165
    site = {"average_power_share": None, "idle_power_share": 0.25}
    plan = owning(tmp_path, site, price_trends={"electricity": 0.1}, **flat(2, 1, 1))
    assert by_period(plan, "owned_running") == [round(YEAR * 0.75 * usd, 2) for usd in (0.15, 0.165)]
    assert by_period(plan, "owned_power") == [round(YEAR * 2.25 * usd, 2) for usd in (0.15, 0.165)]
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd, rel=1e-6)
    assert "cost_adds_up" in failed(plan, "options", lambda row: {"line_trends": {}}, form="owned")


def test_colocation_and_staff_rise(tmp_path: Path) -> None:
    site = {"colocation_usd_per_kw_month": 100, "staff_usd_per_system_year": 40000}
    plan = owning(tmp_path, site, price_trends={"colocation": 0.1, "staff": 0.03}, **flat(2, 1, 1))
    rest, staff = 12 * RUNNING, 10000  # a quarter of an eight-GPU system's
    assert by_period(plan, "owned_running") == [
        round(rest + 3600 + staff, 2),
        round(rest + 3600 * 1.1 + staff * 1.03, 2),
    ]


def test_persons_get_dearer(tmp_path: Path) -> None:
    persons = {"staff_usd_per_system_year": None, "systems_per_person": 3, "usd_per_person_year": 60000}
    plan = owning(tmp_path, persons, price_trends={"staff": 0.04}, **flat(2, 1, 1))
    assert by_period(plan, "owned_staff") == [60000.00, 62400.00]
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd, rel=1e-6)


def test_existing_boxes_feel_it_too(tmp_path: Path) -> None:
    lot = [{"system": "box", "count": 1}]
    own = {"supply__own__systems": [], "supply__own__existing": lot}
    plan = owning(tmp_path, price_trends={"electricity": 0.2}, **own, **flat(2, 1, 1))
    assert by_period(plan, "existing_running") == [round(12 * RUNNING, 2), round(12 * RUNNING * 1.2, 2)]


def test_a_hosted_api_gets_cheaper(tmp_path: Path) -> None:
    (tmp_path / "apis.csv").write_text(
        "provider,model,our_model,input_usd_per_million,output_usd_per_million\nhost,llama,llama-3.1-8b,0.1,0.2\n",
        encoding="utf-8",
    )
    api = {"supply__rent": None, "supply__api": [{"provider": "host", "model": "llama"}], "catalog__apis": "apis.csv"}
    plan = renting(tmp_path, {"api": -0.5}, **flat(2, 1, 1), **api)
    first = round(2 * 3600 * YEAR * (500 * 0.1 + 100 * 0.2) / 1e6, 2)
    assert by_period(plan, "api") == [first, round(first / 2, 2)]
    assert "cost_adds_up" in failed(plan, "api_options", lambda row: {"trend_per_year": 0.0})


@pytest.mark.parametrize("name", ["electricity", "owned", "maintenance", "colocation", "staff"])
def test_a_faster_rise_is_never_cheaper(tmp_path: Path, name: str) -> None:
    site = {"colocation_usd_per_kw_month": 50, "staff_usd_per_system_year": 9000, "maintenance_share_per_year": 0.05}
    totals = [
        owning(tmp_path, site, price_trends={name: rate}, **flat(2, 1, 2)).total_npv_usd for rate in (-0.3, 0.0, 0.3)
    ]
    assert totals == sorted(totals) and totals[0] < totals[-1]


@given(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6))
@settings(max_examples=6, deadline=None, phases=[Phase.generate])
def test_pruning_and_search_see_the_trend(tmp_path_factory: pytest.TempPathFactory, firm: float, spot: float) -> None:
    """In every year the cheaper of the two rents is taken."""
    forms = {"supply__rent__forms": ["on_demand", "spot"], "supply__spot": {"availability": 1, "restart_minutes": 0}}
    asked = {**flat(1, 1, 1, 1), **forms, "workloads__chat__interruptible": True}
    plan = renting(tmp_path_factory.mktemp("trend"), {"on_demand": firm, "spot": spot}, BOTH, **asked)
    best = sum(YEAR * min(2.0 * (1 + firm) ** year, 1.5 * (1 + spot) ** year) for year in range(3))
    assert plan.total_usd == pytest.approx(best, rel=1e-6)


def test_mistakes_are_explained(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="price_trends"):
        renting(tmp_path, {"gas": 0.1}, **flat(2))
    with pytest.raises(InputError, match=r"price_trends\.api"):
        renting(tmp_path, {"api": -1.0}, **flat(2))
