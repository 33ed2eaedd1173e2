"""Rules of thumb come out when their own inputs go in."""

from pathlib import Path
from typing import Any

import pytest
from bench import question_of
from spreadsheet import Terms

from planner.invest.compare import buy_or_rent
from planner.invest.solve import Tried, compared
from planner.invest.strategies import OPTIMAL, SPOT
from planner.plan.plan import Plan

PLAIN = Terms(
    low=1, high=1, growth=(1,), months=12, rate=0.0, on_demand=2.0, spot=1.0, availability=1.0,
    discounts={12: 0.4, 36: 0.6}, upfront=0.0, share_inside=0.5, system=20000.0, running=600.0, life_years=5.0,
    residual=0.0, lead=0, api=1e-3, existing=0,
)  # fmt: skip
NO_OTHERS = {"supply.own": {}, "supply.api": []}


def solved(folder: Path, x: Terms = PLAIN, **changes: Any) -> Plan:
    """The best mix with keys changed."""
    (tried,) = compared(question_of(folder, x).changed(changes), lambda _: None, [OPTIMAL])
    assert tried.plan is not None
    return tried.plan


def forms_of(plan: Plan) -> set[str]:
    rented = {form for row in plan.capacity for form in ("on_demand", "spot") if getattr(row, f"{form}_nodes")}
    return rented | {row.form for row in plan.purchases} | ({"api"} if plan.api else set())


@pytest.mark.parametrize(("hours", "form"), [(14, "on_demand"), (15, "reserved_1y")])
def test_reserved_pays_above_one_less_the_discount_of_the_hours(tmp_path: Path, hours: int, form: str) -> None:
    # 40 % off pays above 60 % of the hours: 14.4 of 24
    at_work = {
        "workloads.chat.traffic.profile": [1] * hours + [0] * (24 - hours),
        "workloads.chat.traffic.requests_per_s": hours / 24,
    }
    plan = solved(tmp_path, **NO_OTHERS, **at_work, **{"supply.rent.forms": ["on_demand", "reserved_1y"]})
    assert forms_of(plan) == {form}


@pytest.mark.parametrize(("off", "is_worth_it"), [(-0.005, True), (0.005, False)])
def test_spot_pays_below_what_is_left_after_interruptions(tmp_path: Path, off: float, is_worth_it: bool) -> None:
    many = {"workloads.chat.traffic.requests_per_s": 1000, "supply.spot.restart_minutes": 1440}
    forms = {"supply.rent.forms": ["on_demand", "spot"]}
    x = Terms(**{**vars(PLAIN), "availability": 0.8})
    first = solved(tmp_path, x, **NO_OTHERS, **many, **forms)
    risk = next(row for row in first.options if row.form == "spot")
    left = 0.8 * (1 - risk.interruptions_per_hour * 24)  # a day is lost each time
    assert 0.5 < left < 0.8
    dearer = Terms(**{**vars(x), "spot": x.on_demand * (left + off)})
    (tried,) = compared(question_of(tmp_path, dearer).changed(NO_OTHERS | many | forms), lambda _: None, [SPOT])
    assert tried.plan is not None
    on_spot = {"spot"} <= forms_of(tried.plan)
    assert on_spot == is_worth_it


@pytest.mark.parametrize(("times", "form"), [(0.98, "api"), (1.02, "on_demand")])
def test_self_hosting_pays_above_the_break_even_volume(tmp_path: Path, times: float, form: str) -> None:
    # a node at 2 USD an hour is as dear as 2,000 requests at 0.001 USD
    volume = 2000 / 3600 * times
    asked = {"workloads.chat.traffic.requests_per_s": volume, "workloads.chat.traffic.profile": "flat"}
    plan = solved(tmp_path, **{"supply.own": {}, "supply.rent.forms": ["on_demand"]}, **asked)
    assert forms_of(plan) == {form}


CLASSIC = {  # two systems, three years by the month
    "horizon": {"periods": 36, "period": "month", "hours": "flat"},
    "workloads.chat.traffic": {"requests_per_s": 2, "profile": "flat"},
    "supply.rent.forms": ["on_demand"],
    "supply.api": [],
}
NOTHING_ELSE = {
    "usd_per_kwh": 0, "colocation_usd_per_kw_month": 0, "staff_usd_per_system_year": 0, "network_share": 0,
    "installation_share": 0, "spares_share": 0, "maintenance_share_per_year": 0, "failures_share_per_year": 0,
    "residual_share": 0, "life_years": 5, "lead_time_months": 0, "pue": 1.0, "average_power_share": 1.0,
}  # fmt: skip


def classic(folder: Path, price: float, cloud_a_month: float, **more: Any) -> dict[str, Tried]:
    """Two systems for `price` together, against as many nodes for so much a month round the clock."""
    site = NOTHING_ELSE | more.pop("site", {})
    x = Terms(**{**vars(PLAIN), "on_demand": cloud_a_month / 2 / 730})
    changes = {**CLASSIC, "supply.own.site": site, "prices": {"owned": price / 2 / 20000}, **more}
    question = question_of(folder, x).changed(changes)
    return {one.strategy.id: one for one in compared(question, lambda _: None)}


def payback(tried: dict[str, Tried]) -> float | None:
    from planner.invest.buying import buying_row
    from planner.invest.metrics import figures_of
    from planner.plan.rows.investment import StrategyRow

    plans = {name: tried[name].plan for name in ("owned", "on_demand")}
    rows = {}
    for name, plan in plans.items():
        assert plan is not None
        rows[name] = figures_of(StrategyRow(id=name, name=name, says=""), plan, None)
    assert plans["owned"] is not None
    return buying_row(rows["owned"], rows["on_demand"], plans["owned"]).payback_months


@pytest.mark.parametrize(
    ("price", "cloud", "months"), [(0.8e6, 50e3, 16.0), (0.9e6, 65e3, 900 / 65), (1.0e6, 80e3, 12.5)]
)
def test_two_systems_pay_back_in_12_to_18_months(tmp_path: Path, price: float, cloud: float, months: float) -> None:
    found = payback(classic(tmp_path, price, cloud))
    assert found == pytest.approx(months)
    assert 12 <= months <= 18


@pytest.mark.parametrize(
    ("hidden", "months"),
    [
        ({"site": {"staff_usd_per_system_year": 75000 * 8}}, 900 / (65 - 12.5)),  # the figure is for eight GPUs
        ({"site": {"usd_per_kwh": 5.0}}, 900 / (65 - 2 * 730 * 5 / 1000)),  # 1 kW each
        ({"workloads.chat.traffic": {"requests_per_s": 1, "profile": [0] * 12 + [1] * 12}, "horizon.hours": "day",
          "horizon.blocks": 2}, 900 / 32.5),
        ({"site": {"lead_time_months": 3}}, 3 + 900 / 65),
        ({"site": {"maintenance_share_per_year": 0.08}}, 900 / (65 - 6)),
    ],
    ids=["staff", "power", "utilisation", "lead time", "maintenance"],
)  # fmt: skip
def test_each_hidden_assumption_moves_it(tmp_path: Path, hidden: dict[str, Any], months: float) -> None:
    assert payback(classic(tmp_path, 0.9e6, 65e3, **hidden)) == pytest.approx(months)


def test_the_report_walks_from_the_rule_to_the_plan(tmp_path: Path) -> None:
    site = NOTHING_ELSE | {"staff_usd_per_system_year": 75000 * 8, "usd_per_kwh": 5.0}
    x = Terms(**{**vars(PLAIN), "on_demand": 65e3 / 2 / 730})
    changes = {**CLASSIC, "supply.own.site": site, "prices": {"owned": 0.9e6 / 2 / 20000}}
    found = buy_or_rent(question_of(tmp_path, x).changed(changes), lambda _: None, 1)
    steps = {row.step: row.payback_months for row in found.row.rule}
    assert steps["Rule of thumb"] == pytest.approx(900 / 65)
    assert steps["Renting as needed"] == pytest.approx(900 / 65)
    assert steps["Less power"] == pytest.approx(900 / (65 - 7.3))
    assert steps["Less staff"] == pytest.approx(900 / (65 - 7.3 - 12.5))
