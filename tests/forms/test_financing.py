"""Loans, leases and taxes, by hand and to the cent."""

from pathlib import Path

import pytest
from boxes import BOX, DEAR, RUNNING, SITE, YEARS, cash, flat, owning, paid, sound
from click.testing import CliRunner
from shop import failed, money, problem, write

from planner.cli import main
from planner.errors import InputError, PlannerError
from planner.plan.plan import Plan

YEAR = 12 * RUNNING
RATE = {"horizon__discount_rate_per_year": 0.08}
ALL = {"horizon__commitment_share_inside": 0}
LOAN = {"rate_per_year": 0.08, "years": 3}
LEASE = {"rate_per_year": 0.08, "years": 3, "residual_share": 0.2}
NEW_TERMS = ("owned_retired", "owned_lease", "owned_loan", "owned_loan_left", "owned_tax", "owned_tax_left")


def test_a_loan(tmp_path: Path) -> None:
    # 24,000 at 8 % over three years: 24000 x 0.08 / (1 - 1.08^-3) = 9,312.80 a year, paid at the end of each;
    # the horizon ends after two: one payment in it, one when it ends with 8,622.97 still owed after that
    plan = sound(owning(tmp_path, supply__own__loan=LOAN, **flat(2, 1, 1), **RATE))
    assert paid(plan, "owned_loan") == [(0, -24000.00), (1, 9312.80)]
    assert paid(plan, "owned_loan_left") == [(1, 17935.77)]
    assert cash(plan, "capex") == [(0, 24000.00)]
    assert cash(plan, "financing") == [(0, -24000.00), (1, 9312.80)]
    assert plan.total_usd == pytest.approx(24000 - 15360 + 2 * YEAR + 9312.80 + 17935.77 - 24000, abs=0.01)


def line(plan: Plan, statement: str, name: str) -> list[float]:
    """A line of a financial statement by period, to the cent."""
    rows = [row for row in plan.statements if (row.statement, row.line) == (statement, name)]
    return [round(row.usd, 2) for row in rows if row.period is not None]


def test_a_loan_in_the_statements(tmp_path: Path) -> None:
    # 8 % of 24,000 USD, then of the 16,607.20 left after the first payment; what is owed has its interest with it
    plan = owning(tmp_path, supply__own__loan=LOAN, **flat(2, 1, 1), **RATE)
    assert line(plan, "profit_and_loss", "interest") == [1920.00, 1328.58]
    assert line(plan, "balance", "loans") == [-25920.00, -17935.77]
    assert line(plan, "cash_flow", "financing") == [-24000.00, 9312.80]
    for name in ("interest", "loans", "financing"):
        assert "statements_add_up" in failed(plan, "statements", lambda row: {"usd": row.usd + 1}, line=name, period=1)


def test_a_lease_in_the_statements(tmp_path: Path) -> None:
    # two of three payments of 7,253.93 USD lie within the horizon
    plan = owning(tmp_path, supply__own__lease=LEASE, **flat(2, 1, 1), **RATE)
    assert line(plan, "profit_and_loss", "committed") == [7253.93, 7253.93]
    assert line(plan, "commitments", "paid") == [7253.93, 14507.86]
    assert line(plan, "commitments", "owed_within") == [7253.93, 0.00]
    assert line(plan, "commitments", "owed_beyond") == [7253.93, 7253.93]
    assert "statements_add_up" in failed(plan, "statements", lambda row: {"usd": 0}, line="owed_beyond", period=1)


def test_a_loan_at_the_discount_rate_changes_nothing(tmp_path: Path) -> None:
    bought = sound(owning(tmp_path, **flat(2, 1, 1), **RATE))
    lent = sound(owning(tmp_path, supply__own__loan={**LOAN, "share": 0.7}, **flat(2, 1, 1), **RATE))
    assert lent.total_npv_usd == pytest.approx(bought.total_npv_usd, abs=0.005)
    dearer = owning(tmp_path, supply__own__loan={**LOAN, "rate_per_year": 0.12}, **flat(2, 1, 1), **RATE)
    assert dearer.total_npv_usd > bought.total_npv_usd + 100


def test_a_loan_is_repaid_within_the_horizon(tmp_path: Path) -> None:
    plan = sound(owning(tmp_path, supply__own__loan={**LOAN, "years": 1}, **flat(2, 1, 1)))
    assert paid(plan, "owned_loan") == [(0, -24000.00), (1, 25920.00)]
    assert paid(plan, "owned_loan_left") == []


def test_a_budget_feels_the_loan(tmp_path: Path) -> None:
    # 20,000 USD a year in all: a box only with borrowed money; where purchases count at their price, none
    budget = {"limits__budget": [{"usd_per_period": 20000}]}
    with pytest.raises(PlannerError):
        owning(tmp_path, **flat(2, 1, 1), **budget)
    plan = sound(owning(tmp_path, supply__own__loan=LOAN, **flat(2, 1, 1), **budget))
    assert max(row.used for row in plan.limits if row.limit == "budget total") == pytest.approx(
        9312.80 + YEAR, abs=0.01
    )
    capex = {"limits__budget": [{"kind": "capex", "usd_per_period": 20000}]}
    rented = sound(owning(tmp_path, supply__own__loan=LOAN, **flat(2, 1, 1), **capex))
    assert (rented.purchases, money(rented, "on_demand")) == ([], 2 * 2 * 60 * 8760.00)


def test_a_lease(tmp_path: Path) -> None:
    # (24000 - 0.2 x 24000 / 1.08^3) / (1 + 1/1.08 + 1/1.08^2) = 7,253.93, paid when each year starts
    plan = sound(owning(tmp_path, supply__own__lease=LEASE, **flat(2, 1, 1), **RATE))
    assert paid(plan, "owned_lease") == [(0, 7253.93), (1, 7253.93)]
    assert (money(plan, "owned_purchase"), money(plan, "owned_value_left")) == (0, 0)
    assert plan.purchases[0].usd_after_horizon == pytest.approx(7253.93, abs=0.01)
    assert cash(plan, "opex") == [(0, 7253.93), (1, 7253.93), (0, round(YEAR, 2)), (1, round(YEAR, 2))]
    assert "purchases_add_up" in failed(plan, "purchases", lambda row: {"usd_after_horizon": 0.0})


def test_a_leased_box_goes_back(tmp_path: Path) -> None:
    plan = sound(owning(tmp_path, supply__own__lease=LEASE, **flat(2, 1, 1, 1, 1), **ALL))
    assert [(row.period, row.last_period, row.nodes) for row in plan.purchases] == [(0, 2, 1), (3, 3, 1)]
    assert paid(plan, "owned_lease") == [(period, 7253.93) for period in range(4)]
    assert [row.committed_nodes for row in plan.capacity] == [1] * 4
    assert "commitments_are_there" in failed(plan, "purchases", lambda row: {"last_period": 3}, period=0)


def test_a_lease_at_the_discount_rate_is_a_purchase(tmp_path: Path) -> None:
    # where the lessor counts on what the box is worth after three years, and that is the horizon
    curve = {"value_curve": [{"years": 3, "share": 0.2}], "residual_share": None}
    bought = sound(owning(tmp_path, curve, **flat(2, 1, 1, 1), **RATE))
    leased = sound(owning(tmp_path, curve, supply__own__lease=LEASE, **flat(2, 1, 1, 1), **RATE))
    assert money(bought, "owned_value_left") == -4800.00
    assert leased.total_npv_usd == pytest.approx(bought.total_npv_usd, abs=0.005)


def test_tax(tmp_path: Path) -> None:
    # at 25 %, a third on top of what is spent but not deducted: 24,000 less 4,800 in each year, and the 14,400 left
    plan = sound(
        owning(tmp_path, supply__own__tax={"rate": 0.25}, **flat(2, 1, 1), horizon__discount_rate_per_year=0.1)
    )
    assert paid(plan, "owned_tax") == [(0, 6400.00), (1, -1600.00)]
    assert paid(plan, "owned_tax_left") == [(1, -4800.00)]
    assert not [row for row in plan.cash if "tax" in row.term]
    # after tax: running costs three quarters, the box its price less the tax that 4,800 save a year, and 15,360 in the
    # end, of which 960 are gain
    after = 24000 + 0.75 * YEAR * (1 + 1 / 1.1) - 0.25 * 4800 * (1 + 1 / 1.1) - (15360 - 0.25 * 960) / 1.21
    assert plan.total_npv_usd * 0.75 == pytest.approx(after, abs=0.005)


def test_tax_by_macrs(tmp_path: Path) -> None:
    tax = {"rate": 0.25, "depreciation": "macrs", "macrs_class": 3}
    plan = sound(owning(tmp_path, supply__own__tax=tax, **flat(2, 1, 1)))
    # 33.33 % and 44.45 % of 24,000 are deducted: 7,999.20 and 10,668.00
    assert paid(plan, "owned_tax") == [(0, round((24000 - 7999.20) / 3, 2)), (1, -3556.00)]
    assert paid(plan, "owned_tax_left") == [(1, -round((24000 - 7999.20 - 10668) / 3, 2))]
    assert "cost_adds_up" in failed(plan, "options", lambda row: {"tax_shares": [0.2, 0.8]}, form="owned")
    assert ("irs-946", ["tax deductions of owned systems"]) in [(row.id, row.used_for) for row in plan.sources]


def test_sooner_deductions_are_cheaper_and_no_tax_is_cheapest(tmp_path: Path) -> None:
    rest = {**flat(2, 1, 1), "horizon__discount_rate_per_year": 0.1}
    ways = [
        {"rate": 0.3, "depreciation": "straight_line", "years": 7},
        {"rate": 0.3},
        {"rate": 0.3, "depreciation": "macrs"},
        {"rate": 0.15, "depreciation": "macrs"},
        {"rate": 0.0},
    ]
    totals = [owning(tmp_path, supply__own__tax=tax, **rest).total_npv_usd for tax in ways]
    assert totals == sorted(totals, reverse=True) and len(set(totals)) == len(totals)
    assert totals[-1] == pytest.approx(owning(tmp_path, **rest).total_npv_usd)


def test_a_loan_at_the_after_tax_rate_changes_nothing(tmp_path: Path) -> None:
    # interest of 8 % / (1 - 0.25) is deducted, so that it costs the 8 % at which all is discounted
    tax, rest = {"supply__own__tax": {"rate": 0.25}}, {**flat(2, 1, 1), **RATE}
    lent = sound(owning(tmp_path, supply__own__loan={**LOAN, "rate_per_year": 0.08 / 0.75}, **tax, **rest))
    assert lent.total_npv_usd == pytest.approx(owning(tmp_path, **tax, **rest).total_npv_usd, abs=0.005)


EVERYTHING = {
    "supply__own__loan": {**LOAN, "share": 0.6},
    "supply__own__tax": {"rate": 0.3, "depreciation": "declining", "rate_per_year": 0.4, "years": 4},
    "price_trends": {"owned": 0.02, "electricity": 0.05, "maintenance": 0.03},
}
ROOM = {
    "own_room": True, "room_usd_per_kw": 900, "room_life_years": 8, "colocation_usd_per_kw_month": None,
    "maintenance_share_per_year": 0.05, "life_years": 3,
}  # fmt: skip


@pytest.mark.parametrize(
    ("then", "terms"), [("may_resell", {"owned_resale"}), ("refresh", {"owned_retired", "owned_loan_left"})]
)
def test_everything_at_once(tmp_path: Path, then: str, terms: set[str]) -> None:
    plan = sound(
        owning(tmp_path, ROOM, **EVERYTHING, **flat(4, 1, *[0.5] * 4), **RATE, **{f"supply__own__{then}": True})
    )
    found = {row.term for row in plan.costs if abs(row.usd) > 1}
    assert found >= {*terms, "owned_loan", "owned_tax", "owned_tax_left"}
    for term in found & {*NEW_TERMS, "owned_resale"}:
        assert "cost_adds_up" in failed(plan, "costs", lambda row: {"usd": row.usd + 1}, term=term)
        assert "cost_adds_up" in failed(plan, "costs", lambda row: {"npv_usd": row.npv_usd - 1}, term=term)
    assert "cash_adds_up" in failed(plan, "cash", lambda row: {"usd": row.usd - 1}, term="owned_loan")


@pytest.mark.parametrize(
    ("changes", "site", "text"),
    [
        ({"supply__own__loan": LOAN, "supply__own__lease": LEASE}, {}, "nothing to borrow for"),
        ({"supply__own__lease": LEASE, "supply__own__refresh": True}, {}, "ends before refresh could"),
        ({"supply__own__lease": {**LEASE, "years": 6}}, {}, "runs 72 months, of which the horizon sees 24"),
        ({"supply__own__loan": {**LOAN, "years": 2.5}}, {}, "30 months, no whole number of 12-month periods"),
        ({"supply__own__tax": {"rate": 0.2, "macrs_class": 5}}, {}, "has no effect with depreciation: straight_line"),
        ({"supply__own__tax": {"rate": 1}}, {}, "less than 1"),
        ({}, {"own_room": True}, "two ways to say the same"),
        ({}, {"room_usd_per_kw": 5000}, "without own_room: true"),
        ({}, {"value_curve": [{"years": 2, "share": 0.5}]}, "two ways to say the same"),
        ({}, {"residual_share": None, "value_curve": [{"years": 2, "share": 0.5}] * 2}, "ages that rise"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, changes: dict[str, object], site: dict[str, object], text: str) -> None:
    with pytest.raises(InputError, match=text):
        owning(tmp_path, site, **{**flat(2, 1, 1), **changes})


def test_without_any_of_it_the_bill_has_no_such_term(tmp_path: Path) -> None:
    plan = owning(tmp_path, **flat(2, 1, 1))
    assert not {row.term for row in plan.costs} & set(NEW_TERMS)
    assert {row.kind for row in plan.cash} == {"capex", "opex"}


@pytest.mark.parametrize("lease", [None, LEASE])
def test_the_report_says_how_boxes_are_paid_for(tmp_path: Path, lease: dict[str, object] | None) -> None:
    room = {"own_room": True, "colocation_usd_per_kw_month": None}
    own = {"supply__own__lease": lease} if lease else {"supply__own__loan": LOAN, "supply__own__refresh": True}
    tax = {"supply__own__tax": {"rate": 0.25, "depreciation": "macrs"}}
    figures = {name: value for name, value in (SITE | room).items() if value is not None}
    asked = problem(**YEARS, **flat(2, 1, 1), **RATE, supply__own__systems=["box"], supply__own__site=figures)
    for path, value in {**own, **tax}.items():
        asked["supply"]["own"][path.removeprefix("supply__own__")] = value
    asked["catalog"]["systems"] = "systems.yaml"
    path = write(tmp_path, asked, offers=DEAR, systems=BOX)
    result = CliRunner().invoke(main, ["plan", str(path), "--out", str(tmp_path / "out"), "--as-of", "2026-12-01"])
    assert result.exit_code == 0, result.output
    said = ["own room, once", "Money that is not deducted when it is paid", "irs-946"]
    said += (
        ["Leases", "Systems are leased for 3 years at 0.08 a year"] if lease else ["Loans drawn and repaid", "Interest"]
    )
    for name in ("report.md", "report.html"):
        told = (tmp_path / "out" / name).read_text(encoding="utf-8").replace("\u00a0", " ")
        assert [words for words in said if words not in told] == []
