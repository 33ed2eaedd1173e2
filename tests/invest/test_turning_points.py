"""Turning points found by solving again lie where arithmetic puts them, and the winner differs on their sides."""

from pathlib import Path

import pytest
from bench import question_of
from spreadsheet import Terms
from test_rules_of_thumb import PLAIN

from planner.explain.ask import Asker, TimeIsUpError
from planner.invest.believe import believe
from planner.invest.breakeven import break_even, swing_of_buying
from planner.invest.duel import Duel, merged
from planner.invest.levers import Lever, levers
from planner.invest.solve import adopted, compared
from planner.invest.winners import cells
from planner.plan.rows.investment import BreakEvenRow

MONTHS = 36
X = Terms(**{**vars(PLAIN), "growth": (1, 1, 1), "on_demand": 1.5})
ALONE = {
    "supply.rent.forms": ["on_demand"], "supply.api": [], "workloads.chat.traffic.profile": "flat",
    "horizon.hours": "week", "horizon.blocks": 4,
}  # fmt: skip
LEFT = 1 - 3 / 5  # of the price, after three of five years
RUNNING = X.running - 0.03 * 20000 / 12  # a month, without the maintenance that follows the price


@pytest.fixture
def duel(tmp_path: Path) -> Duel:
    return Duel(Asker(question_of(tmp_path, X).changed(ALONE), 600), {"H100-SXM"})


def lever(duel: Duel, name: str) -> Lever:
    return next(one for one in levers(duel.asker.question) if one.id == name)


def verified(row: BreakEvenRow) -> float:
    """The turning point of a row, whose two sides have other winners."""
    assert row.turns_at is not None
    assert row.below is not None
    assert row.above is not None
    assert row.below.buying_wins != row.above.buying_wins
    assert row.above.buying_wins == (row.buys == "above")
    return row.turns_at


def test_hardware_price(duel: Duel) -> None:
    row = break_even(duel, lever(duel, "hardware"))
    # P (1 - left) + 36 (running + 0.03 P / 12) = 1.5 USD/h x 730 h x 36
    price = (1.5 * 730 - RUNNING) * MONTHS / (1 - LEFT + 0.03 * 3)
    assert verified(row) == pytest.approx(price, rel=0.003)
    assert row.buys == "below"
    assert row.below and row.below.value == pytest.approx(0.98 * row.turns_at)


def test_cloud_price_and_electricity(duel: Duel) -> None:
    owned = 20000 * (1 - LEFT) + MONTHS * X.running
    rented = 1.5 * 730 * MONTHS
    row = break_even(duel, lever(duel, "cloud"))
    assert verified(row) == pytest.approx(owned / rented, rel=0.003)
    power = 0.5 * 1.5 * 730 * MONTHS  # kWh: half of 1 kW, PUE 1.5
    row = break_even(duel, lever(duel, "electricity"))
    assert verified(row) == pytest.approx(0.1 + (rented - owned) / power, rel=0.003)
    assert row.buys == "below"


def test_utilisation_in_whole_hours_of_the_week(duel: Duel) -> None:
    row = break_even(duel, lever(duel, "utilisation"))
    share = (20000 * (1 - LEFT) + MONTHS * X.running) / (1.5 * 730 * MONTHS)
    hours = int(share * 168) + 1  # the first in which renting is dearer
    assert verified(row) * 168 == pytest.approx(hours)
    assert row.below and row.below.value * 168 == pytest.approx(hours - 1)


def test_resale_and_decline(duel: Duel) -> None:
    assert break_even(duel, lever(duel, "resale")).buys == "always"
    row = break_even(duel, lever(duel, "decline"))
    owned = 20000 * (1 - LEFT) + MONTHS * X.running
    rate = verified(row)
    rented = sum(1.5 * 8760 * (1 + rate) ** year for year in range(3))
    assert rented == pytest.approx(owned, rel=0.003)


def test_horizon_in_whole_periods(duel: Duel) -> None:
    row = break_even(duel, lever(duel, "horizon"))
    assert row.buys == "always"  # the straight line asks as much of every year, and a year already pays
    assert [probe.value % 12 for probe in row.curve] == [0] * len(row.curve)


def test_a_figure_that_turns_nothing(duel: Duel) -> None:
    wide = lever(duel, "hardware")
    narrow = Lever(wide.id, wide.subject, wide.unit, wide.at, 0.9 * wide.at, wide.at, wide.changes)
    row = break_even(duel, narrow)
    assert (row.buys, row.turns_at) == ("always", None)
    assert "may be anything that was looked at" in believe([row], wins=True)


def test_swing(duel: Duel) -> None:
    row = swing_of_buying(duel, lever(duel, "hardware"))
    assert row.low_gains_usd is not None
    assert row.high_gains_usd is not None
    spread = 0.4 * 20000 * (1 - LEFT + 0.03 * 3)
    assert row.low_gains_usd - row.high_gains_usd == pytest.approx(spread, rel=1e-6)


def test_map_agrees_with_the_turning_point(duel: Duel) -> None:
    share = (20000 * (1 - LEFT) + MONTHS * X.running) / (1.5 * 730 * MONTHS)
    found = [one for one in cells(duel, lever(duel, "utilisation"), lever(duel, "horizon")) if one.months == MONTHS]
    assert len(found) == 10
    for cell in found:
        assert (cell.winner == "own") == (round(cell.utilisation * 168) / 168 > share)
        assert (cell.gains_usd or 0) > 0 or cell.winner == "rent"


def test_time_that_is_up(tmp_path: Path) -> None:
    brief = Duel(Asker(question_of(tmp_path, X).changed(ALONE), 1e-9), {"H100-SXM"})
    with pytest.raises(TimeIsUpError):
        break_even(brief, lever(brief, "hardware"))


def test_a_key_set_whole_takes_what_lies_below_with_it() -> None:
    assert merged({"supply.own.site.pue": 2, "a": 1}, {"supply.own": {}}) == {"a": 1, "supply.own": {}}
    assert merged({"supply.owner": 1}, {"supply.own": {}}) == {"supply.owner": 1, "supply.own": {}}


def test_a_cheaper_strategy_becomes_the_best_mix(tmp_path: Path) -> None:
    tried = {one.strategy.id: one for one in compared(question_of(tmp_path, X), lambda _: None)}
    best, owned = tried["optimal"], tried["owned"]
    now = adopted(best, owned)
    assert now.plan and owned.plan and best.plan
    assert now.plan.total_npv_usd == pytest.approx(owned.plan.total_npv_usd)
    assert now.plan.problem == best.plan.problem
    assert now.plan.certificate.bound == pytest.approx(best.plan.certificate.bound)
    assert all(finding.ok for finding in now.plan.findings)
