"""Twenty random problems: no pure strategy beats the best mix, and each costs what a spreadsheet says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import spreadsheet as sheet
from bench import FORMS, question_of, terms_of
from spreadsheet import Terms

from planner.invest.arithmetic import npv, start_times
from planner.invest.metrics import flows_of
from planner.invest.solve import Tried, compared
from planner.plan.plan import Plan

SEEDS = range(20)
CLOSE = 1e-6


def plans_of(folder: Path, x: Terms) -> dict[str, Tried]:
    tried = compared(question_of(folder, x), lambda _: None)
    return {one.strategy.id: one for one in tried}


def signed_in(plan: Plan, x: Terms) -> dict[int, tuple[int, ...]]:
    """Terms that the plan signs: nodes by period."""
    found = {}
    for form, term in FORMS.items():
        nodes = [0] * x.periods
        for row in plan.purchases:
            if row.form == form:
                nodes[row.period] += row.nodes
        found[term] = tuple(nodes)
    return {term: nodes for term, nodes in found.items() if any(nodes)}


@pytest.mark.parametrize("seed", SEEDS)
def test_random_problem(tmp_path: Path, seed: int) -> None:
    x = terms_of(seed)
    tried = plans_of(tmp_path, x)
    best = tried["optimal"]
    told = {name: one.plan.total_npv_usd for name, one in tried.items() if one.plan}
    assert best.plan is not None
    assert best.plan.certificate.gap <= CLOSE
    assert all(told["optimal"] <= usd * (1 + CLOSE) for usd in told.values())

    expected = {
        "on_demand": sheet.all_on_demand(x),
        "spot": sheet.all_spot(x),
        "reserved_1y": sheet.all_reserved(x, 12),
        "reserved_3y": sheet.all_reserved(x, 36),
        "owned": sheet.all_owned(x),
        "api": sheet.all_api(x),
        "current": sheet.current_fleet(x) if x.existing else sheet.INFINITE,
    }
    there = {name: usd for name, usd in expected.items() if usd < sheet.INFINITE}
    assert set(there) == set(told) & set(expected), [one.refusal for one in tried.values() if not one.plan]
    assert {name: told[name] for name in there} == pytest.approx(there, rel=CLOSE)

    if "mean" in told:
        plan = tried["mean"].plan
        assert plan is not None
        signed = signed_in(plan, x)
        terms = sum(sheet.signed_cost(x, term, nodes) for term, nodes in signed.items())
        assert terms == pytest.approx(sheet.reserved_for_the_mean(x), rel=CLOSE)
        assert told["mean"] == pytest.approx(sheet.mean_then_peak(x, signed), rel=CLOSE)


def test_the_random_problems_are_not_all_alike() -> None:
    winners = set()
    for x in map(terms_of, SEEDS):
        usd = {
            "on_demand": sheet.all_on_demand(x),
            "spot": sheet.all_spot(x),
            "reserved": min(sheet.all_reserved(x, term) for term in x.discounts),
            "owned": sheet.all_owned(x),
            "api": sheet.all_api(x),
        }
        winners.add(min(usd, key=usd.__getitem__))
    assert winners == {"spot", "reserved", "owned", "api"}  # on demand alone never beats spot, on demand else


@pytest.mark.parametrize(
    "own",
    [
        {"loan": {"rate_per_year": 0.08, "years": 3}},
        {"tax": {"rate": 0.25}},
        {"lease": {"rate_per_year": 0.08, "years": 2}},
        {"may_resell": True},
        {"site.idle_power_share": 0.3, "site.average_power_share": None},
    ],
    ids=["loan", "tax", "lease", "resale", "idle power"],
)
def test_payments_discounted_are_the_cost_however_owning_is_paid(tmp_path: Path, own: dict[str, Any]) -> None:
    x = replace(terms_of(0), rate=0.1, upfront=1.0, months=12, growth=(1, 1, 2), share_inside=0.25, lead=0)
    question = question_of(tmp_path, x, **{f"supply.own.{key}": value for key, value in own.items()})
    tried = [one for one in compared(question, lambda _: None) if one.plan]
    assert any(row.form == "owned" for one in tried if one.plan for row in one.plan.purchases)
    for one in tried:
        assert one.plan is not None
        times = start_times([period.months for period in one.plan.periods])
        assert npv(x.rate, flows_of(one.plan), times) == pytest.approx(one.plan.total_npv_usd)
