"""plan.xlsx as a model: rate, electricity price, tax rate and budgets are changed, and every sheet follows by hand."""

from typing import Any

import pytest
from formulas import Worked
from sample import sample_plan
from sample_owner import KWH_A_YEAR, USD_PER_KWH, owner_plan
from sample_rows import RATE_PER_YEAR
from test_report_workbook import opened, summary

from planner.plan.plan import Plan
from planner.report.finance import finance_workbook
from planner.report.given import PRICE, RATE, TAX
from planner.report.lookup import Lookup
from planner.report.money import TERMS


def cell(sheet: Any, head: str, line: str = "Total") -> str:
    """Where a column and a line meet."""
    column = next(one.column_letter for one in sheet[1] if one.value == head)
    return f"{column}{next(row[0].row for row in sheet.iter_rows(min_row=2) if row[0].value == line)}"


@pytest.fixture(scope="module")
def book(plan: Plan) -> Any:
    return opened(finance_workbook(Lookup(plan)))


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return owner_plan(tmp_path_factory.mktemp("boxes"))


def test_a_dearer_kilowatt_hour_moves_all_sheets_by_hand(book: Any, plan: Plan) -> None:
    """Twice 0.10 USD/kWh: 812 USD a month more for each node, two old ones first, then one and the new one."""
    at, now, dearer = summary(book), Worked(book), Worked(book, {PRICE: 0.2})
    assert now.cell("Summary", at["Electricity price [USD/kWh]"]) == 0.1
    quarter = 812.0 * 3 * 2
    assert dearer.cell("Summary", at["Total cost"]) == pytest.approx(plan.total_usd + 2 * quarter)
    more = quarter * (1 + (1 + RATE_PER_YEAR) ** -0.25)
    worth = dearer.cell("Summary", at["Present value at this rate"])
    assert worth - now.cell("Summary", at["Present value at this rate"]) == pytest.approx(more)
    assert dearer.cell("Summary", at["Difference to the plan"]) == pytest.approx(more, abs=1e-3)
    for sheet, head in (("Bill", "Total"), ("Cash by period", "Paid"), ("Profit and loss", "Total")):
        for line, extra in (("2027-Q1", quarter), ("2027-Q2", quarter), ("Total", 2 * quarter)):
            where = cell(book[sheet], head, line)
            assert dearer.cell(sheet, where) - now.cell(sheet, where) == pytest.approx(extra), (sheet, line)
    running = cell(book["Bill"], TERMS["existing_running"])
    assert Worked(book, {PRICE: 0.0}).cell("Bill", running) == pytest.approx((6134.33 - 812.0) * 9)


def test_a_tax_rate_moves_what_must_be_earned() -> None:
    """At a quarter a dollar that is not deducted needs a third more, at a half as much again."""
    tax = [{"term": "owned_tax", "subject": "own/dgx-h100", "period": 0, "usd": 100.0, "npv_usd": 100.0}]
    tax += [{"term": "owned_tax_left", "subject": "own/dgx-h100", "period": 1, "usd": -40.0, "npv_usd": -38.0}]
    base = sample_plan()
    problem = base.problem | {"supply": {"own": {"tax": {"rate": 0.25}}}}
    taxed = sample_plan(problem=problem, costs=[*(row.model_dump() for row in base.costs), *tax])
    book = opened(finance_workbook(Lookup(taxed)))
    at = summary(book)
    assert Worked(book).cell("Summary", at["Tax rate"]) == 0.25
    totals = [Worked(book, {TAX: rate}).cell("Summary", at["Total cost"]) for rate in (0.0, 0.25, 0.5)]
    assert totals == pytest.approx([base.total_usd, taxed.total_usd, base.total_usd + 300 - 120])
    worth = Worked(book).cell("Summary", at["Present value at this rate"])
    assert Worked(book).cell("Summary", at["Present value after tax"]) == pytest.approx(0.75 * worth)


def test_only_what_moves_something_can_be_changed(plan: Plan) -> None:
    options = [row.model_dump() | {"usd_per_kwh": 0.0} for row in plan.options]
    at = summary(opened(finance_workbook(Lookup(sample_plan(options=options)))))
    assert "Discount rate a year" in at
    assert not {"Electricity price [USD/kWh]", "Tax rate", "Present value after tax"} & set(at)


def test_budgets_are_counted_down_live() -> None:
    limit = {"limit": "budget total", "unit": "USD", "cap": 900_000.0, "used": 0.0, "binding": False}
    capex = limit | {"limit": "budget capex", "cap": 400_000.0}
    plan = sample_plan(limits=[one | {"period": t} for one in (limit, capex) for t in (0, 1)])
    book = opened(finance_workbook(Lookup(plan)))
    cash, now, dearer = book["Cash by period"], Worked(book), Worked(book, {PRICE: 0.2})
    for t, line in enumerate(("2027-Q1", "2027-Q2")):
        opex, bought = (sum(r.usd for r in plan.cash if (r.period, r.kind) == (t, kind)) for kind in ("opex", "capex"))
        whole, capital = (cell(cash, f"Left of budget {kind}", line) for kind in ("total", "capex"))
        assert now.cell("Cash by period", whole) == pytest.approx(900_000 - opex - bought)
        assert now.cell("Cash by period", capital) == pytest.approx(400_000 - bought)
        assert dearer.cell("Cash by period", whole) == pytest.approx(900_000 - opex - bought - 812 * 6)


def test_a_real_balance_balances_at_any_figures(owner: Plan) -> None:
    """Loan, resale and tax: the check is 0 in every year, and payments lead to the bill, whatever is changed."""
    assert {row.term for row in owner.costs} >= {"owned_loan", "owned_resale", "owned_tax", "owned_value_left"}
    book = opened(finance_workbook(Lookup(owner)))
    for given in ({}, {RATE: 0.3, PRICE: 0.4, TAX: 0.1}):
        worked = Worked(book, given)
        checks = [cell(book["Balance"], "Check: 0", period.label) for period in owner.periods]
        assert [worked.cell("Balance", one) for one in checks] == pytest.approx([0.0] * 3, abs=1e-6)
        steps, at = book["Cash to bill"], summary(book)
        face, worth = (worked.cell("Cash to bill", cell(steps, head)) for head in ("Undiscounted", "Present value"))
        assert face == pytest.approx(worked.cell("Summary", at["Total cost"]))
        assert worth == pytest.approx(worked.cell("Summary", at["Present value at this rate"]))


def test_its_electricity_is_that_of_the_room(owner: Plan) -> None:
    """Two boxes for two years and one for the third, at four times the price."""
    book = opened(finance_workbook(Lookup(owner)))
    total = summary(book)["Total cost"]
    dearer = Worked(book, {PRICE: 4 * USD_PER_KWH}).cell("Summary", total)
    assert dearer - owner.total_usd == pytest.approx(5 * KWH_A_YEAR * 3 * USD_PER_KWH)
    assert {row.usd_per_kwh for row in owner.options if row.form == "owned"} == {USD_PER_KWH}


def test_teams_are_charged_the_bill_in_the_workbook(plan: Plan, book: Any) -> None:
    worked = Worked(book)
    for sheet in ("Teams", "Models"):
        assert worked.cell(sheet, cell(book[sheet], "Total")) == pytest.approx(plan.total_usd)
    mine = sum(row.charged_usd for row in plan.workload_costs if (row.workload, row.period) == ("night-summaries", 1))
    assert worked.cell("Models", cell(book["Models"], "2027-Q2", "llama-3.1-8b")) == pytest.approx(mine)


def test_carbon_follows_the_grid_in_the_workbook(owner: Plan) -> None:
    book = opened(finance_workbook(Lookup(owner)))
    use = book["Energy use"]
    heads = {one.value: one.column_letter for one in use[1]}
    worked = Worked(book)
    kwh, kg = (worked.cell("Energy use", cell(use, head)) for head in ("Machines [kWh]", "Carbon [kg CO2e]"))
    assert kwh == pytest.approx(sum(row.kwh for row in owner.energy))
    assert kg == pytest.approx(sum(row.kg for row in owner.carbon))
    row = owner.energy_use[0]
    tokens = worked.cell("Energy use", f"{heads['Tokens per Wh']}2")
    assert tokens == pytest.approx(row.million_tokens * 1e6 / (row.kwh * 1.5 * 1000))
