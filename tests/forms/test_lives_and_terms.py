"""Values by age, rooms, lives that end, delivery, and reservations that outlast the horizon, by hand."""

from pathlib import Path

import pytest
from boxes import RUNNING, cash, flat, owning, paid, sound
from shop import failed, money, planned, problem

from planner.plan.checks import check

YEAR = 12 * RUNNING


def test_value_by_age(tmp_path: Path) -> None:
    # 0.62 after one and 0.30 after three years are 0.46 after two; from the last point on it stays
    curve = {"value_curve": [{"years": 1, "share": 0.62}, {"years": 3, "share": 0.3}], "residual_share": None}
    assert money(sound(owning(tmp_path, curve, **flat(2, 1, 1))), "owned_value_left") == -11040.00
    assert money(sound(owning(tmp_path, curve, **flat(2, *[1] * 5))), "owned_value_left") == -7200.00


def test_an_own_room(tmp_path: Path) -> None:
    # 3 kW at 1,000 USD/kW, worth nine tenths after one of ten years; no colocation
    room = {
        "own_room": True, "room_usd_per_kw": 1000, "room_life_years": 10, "colocation_usd_per_kw_month": None,
    }  # fmt: skip
    plan = sound(owning(tmp_path, room, **flat(2)))
    assert money(plan, "owned_purchase") == 27000.00
    assert money(plan, "owned_value_left") == -(19680.00 + 2700.00)
    assert money(plan, "owned_running") == round(YEAR, 2)
    assert "cost_adds_up" in failed(plan, "options", lambda row: {"room_usd": 0.0}, form="owned")


def test_lives_that_end(tmp_path: Path) -> None:
    # after two years a box brings 10 % of its price, and another one is bought, 20 % cheaper a year
    plan = sound(owning(tmp_path, {"life_years": 2}, supply__own__refresh=True, price_trends={"owned": -0.2},
                        **flat(2, 1, 1, 1)))  # fmt: skip
    assert paid(plan, "owned_purchase") == [(0, 24000.00), (2, 15360.00)]
    assert paid(plan, "owned_retired") == [(2, -2400.00)]
    assert paid(plan, "owned_value_left") == [(2, -round(15360 * 0.55, 2))]
    assert cash(plan, "capex") == [(0, 24000.00), (2, -2400.00 + 15360.00)] or cash(plan, "capex") == [
        (0, 24000.00),
        (2, 15360.00),
        (2, -2400.00),
    ]
    assert [(row.first_period, row.last_period) for row in plan.purchases] == [(0, 1), (2, 2)]
    assert [row.usd_after_horizon for row in plan.purchases] == [0, pytest.approx(-15360 * 0.55)]
    kept = sound(owning(tmp_path, {"life_years": 2}, **flat(2, 1, 1, 1)))
    assert paid(kept, "owned_purchase") == [(0, 24000.00)]


def test_what_a_retired_box_brings_counts_in_budgets(tmp_path: Path) -> None:
    # a budget of 24,000 USD a year takes the second box at 25,958.40 less 2,400, but not at 26,460 less 2,400
    asked = {"supply__own__refresh": True, "limits__budget": [{"kind": "capex", "usd_per_period": 24000}]}
    plan = sound(owning(tmp_path, {"life_years": 2}, price_trends={"owned": 0.04}, **asked, **flat(2, 1, 1, 1)))
    assert paid(plan, "owned_purchase") == [(0, 24000.00), (2, 25958.40)]
    dearer = sound(owning(tmp_path, {"life_years": 2}, price_trends={"owned": 0.05}, **asked, **flat(2, 1, 1, 1)))
    assert paid(dearer, "owned_purchase") == [(0, 24000.00)]


def test_existing_boxes_leave_at_the_end_of_their_life(tmp_path: Path) -> None:
    # a year old of two: kept for one year, then rented for
    lot = [{"system": "box", "count": 1, "age_months": 12}]
    own = {"supply__own__systems": [], "supply__own__existing": lot, "supply__own__refresh": True}
    plan = sound(owning(tmp_path, {"life_years": 2}, **own, **flat(2, 1, 1)))
    assert [(row.period, row.nodes) for row in plan.kept] == [(0, 1)]
    assert paid(plan, "on_demand") == [(1, 2 * 60 * 8760.00)]
    assert len(owning(tmp_path, {"life_years": 2}, **{**own, "supply__own__refresh": False}, **flat(2, 1, 1)).kept) == 2
    sold = sound(owning(tmp_path, {"life_years": 2}, supply__own__may_resell=True, **own, **flat(2, 1, 1)))
    assert [(row.period, row.usd) for row in sold.sales] == [(1, 2400)]
    late = [row.model_copy(update={"period": 1}) for row in plan.kept]
    broken = check(plan.model_copy(update={"kept": [*plan.kept, *late]}))
    assert "past the end of their life" in next(f.detail for f in broken if f.check == "commitments_are_there")


def test_renting_until_delivery(tmp_path: Path) -> None:
    # a box takes two months: two GPUs at 60 USD/h until then; it runs for four months and loses value from arrival on
    months = {**flat(2), "horizon__period": "month", "horizon__periods": 6}
    plan = sound(owning(tmp_path, {"lead_time_months": 2}, **months))
    assert paid(plan, "on_demand") == [(0, 2 * 60 * 730.00), (1, 2 * 60 * 730.00)]
    assert money(plan, "owned_running") == 4 * RUNNING
    assert money(plan, "owned_value_left") == -(24000 - 4 * 360)


@pytest.mark.parametrize(("payment", "upfront"), [("none", 0.0), ("partial", 0.5), ("all", 1.0)])
def test_half_a_reservation_lies_within_the_horizon(tmp_path: Path, payment: str, upfront: float) -> None:
    # 36 months at 1.20 USD/h, 18 of them in the horizon: these are charged, the rest is told
    terms = f"provider,gpu,term_months,discount,payment\nacme,H100-SXM,36,0.4,{payment}\n"
    (tmp_path / "terms.csv").write_text(terms, encoding="utf-8")
    asked = problem(
        supply__rent__forms=["on_demand", "reserved_3y"],
        catalog__commitments="terms.csv",
        workloads__chat__traffic={"requests_per_s": 2},
        horizon={"periods": 18, "hours": "flat", "blocks": 1, "discount_rate_per_year": 0.1},
    )
    plan = sound(planned(tmp_path, asked))
    half = 2 * 18 * 730 * 1.20
    assert money(plan, "reserved_3y") == round(half, 2)
    assert plan.purchases[0].usd_after_horizon == pytest.approx(half)
    assert plan.purchases[0].prepaid_usd == pytest.approx(upfront * half)
    monthly = 2 * 730 * 1.20
    assert cash(plan, "opex")[0] == (0, round(upfront * 2 * half + (1 - upfront) * monthly, 2))
    npv = sum(monthly * (upfront + (1 - upfront) / 1.1 ** (month / 12)) for month in range(18))
    assert plan.total_npv_usd == pytest.approx(npv, abs=0.005)


@pytest.mark.parametrize("shares", [(0.0, 0.2, 0.6)])
def test_a_higher_residual_is_never_dearer(tmp_path: Path, shares: tuple[float, ...]) -> None:
    totals = [owning(tmp_path, {"residual_share": one}, **flat(2, 1, 2)).total_npv_usd for one in shares]
    assert totals == sorted(totals, reverse=True) and totals[0] > totals[-1]


def test_a_box_that_is_worth_nothing_is_retired_early(tmp_path: Path) -> None:
    # where nobody pays for used boxes, one of two still goes when demand halves: it saves a year of running it
    worthless = {"value_curve": [{"years": 0.5, "share": 0}], "residual_share": None}
    plan = sound(owning(tmp_path, worthless, supply__own__may_resell=True, **flat(4, 1, 0.5)))
    assert [(row.period, row.nodes, row.usd) for row in plan.sales] == [(1, 1, 0)]
    assert money(plan, "owned_running") == round(3 * YEAR, 2)
    assert money(owning(tmp_path, worthless, **flat(4, 1, 0.5)), "owned_running") == round(4 * YEAR, 2)
