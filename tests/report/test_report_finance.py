"""Statements, chargeback and electricity: what a finance lead reads, and what is left out where there is nothing."""

import pytest
from sample import sample_plan
from sample_finance import KWH

from planner.plan.plan import Plan
from planner.report.charged import charged
from planner.report.energy import energy
from planner.report.lookup import Lookup
from planner.report.pareto import front_table
from planner.report.shapes import Table
from planner.report.statements import reconciled, statements

COST = {"term": "api", "subject": "together/llama-3.3-70b", "period": 0}
GRID = {"grid": "US", "g_co2_per_kwh": 400.0, "pue": 1.25}
ORIGIN = {"source": "grid", "as_of": None, "basis": "listed", "note": ""}


def tables(plan: Plan) -> dict[str, Table]:
    return {table.caption.split(":")[0]: table for table in statements(Lookup(plan)).tables}


def cells(table: Table, head: str) -> list[str]:
    place = [one.head for one in table.columns].index(head)
    return [row[place].text for row in table.rows]


def test_the_statements_of_a_plan_that_buys(plan: Plan) -> None:
    found = tables(plan)
    assert list(found) == ["Profit and loss", "Cash flow", "Balance", "From payments to the bill"]
    assert cells(found["Profit and loss"], "Depreciation") == ["–", "$14,850"]
    assert cells(found["Balance"], "Book value of systems") == ["$330,000", "$315,150"]
    assert cells(found["Balance"], "To pay after it") == ["$466,000"] * 2
    assert cells(found["Cash flow"], "Purchases (capex)") == ["$330,000", "–"]
    whole = sum(row.usd for row in plan.statements if row.statement == "profit_and_loss")
    assert found["Profit and loss"].total[-1].sort == pytest.approx(whole)


def test_the_budget_is_counted_against_what_is_paid(plan: Plan) -> None:
    limit = {"limit": "budget total", "unit": "USD", "cap": 900_000.0, "used": 0.0, "binding": False}
    rows = [*plan.limits, *({**limit, "period": t} for t in (0, 1))]
    told = sample_plan(limits=[row if isinstance(row, dict) else row.model_dump() for row in rows])
    paid = [sum(row.usd for row in plan.cash if row.period == t) for t in (0, 1)]
    table = tables(told)["Cash flow"]
    assert [row[-1].sort for row in table.rows] == pytest.approx([900_000 - usd for usd in paid])
    tones = ["warn" if usd > 900_000 else "" for usd in paid]
    assert [row[-1].tone for row in table.rows] == tones
    assert any("budget of $900,000 a period" in line for line in statements(Lookup(told)).says)


def test_opex_and_capex_are_told_apart(plan: Plan) -> None:
    opex = sum(row.usd for row in plan.cash if row.kind == "opex")
    first = statements(Lookup(plan)).says[0]
    assert f"{opex / (opex + 330_000):.0%}".replace("%", "") in first
    assert "purchases (capex)" in first


def test_from_payments_to_the_bill() -> None:
    """A plan whose rows agree: 100 paid at once for two years, of which the plan sees one, and 10 for a price."""
    plan = sample_plan(
        cash=[{"kind": "opex", "subject": "p", "term": "reserved_3y", "period": 0, "usd": 100.0}],
        costs=[
            {"term": "reserved_3y", "subject": "p", "period": 0, "usd": 50.0, "npv_usd": 50.0},
            {"term": "unserved", "subject": "chat", "period": 1, "usd": 10.0, "npv_usd": 9.0},
        ],
        purchases=[
            {"pool": "p", "form": "reserved_3y", "period": 0, "first_period": 0, "last_period": 1, "nodes": 1}
            | {"usd": 50.0, "npv_usd": 50.0, "usd_after_horizon": 50.0, "prepaid_usd": 50.0}
        ],
    )
    steps = list(reconciled(Lookup(plan)))
    assert sum(usd for _, usd, _ in steps) == pytest.approx(plan.total_usd)
    assert sum(worth for _, _, worth in steps) == pytest.approx(plan.total_npv_usd)
    assert [usd for _, usd, _ in steps if usd] == [100, -50, 10]


def test_rent_alone_needs_no_balance(plan: Plan) -> None:
    rows = [row.model_dump() for row in plan.statements if row.statement not in {"balance", "commitments"}]
    even = [row for row in plan.costs if not row.term.startswith("owned")]
    cash = [row.model_dump(exclude={"npv_usd"}) | {"kind": "opex"} for row in even]
    told = sample_plan(statements=rows, purchases=[], kept=[], costs=[row.model_dump() for row in even], cash=cash)
    assert list(tables(told)) == ["Cash flow", "From payments to the bill"][: 1 if len(tables(told)) == 1 else 2]
    said = statements(Lookup(told)).says
    assert said[0].endswith("nothing is bought (capex).")
    assert any("each period is paid as it is charged" in line for line in said)


def test_teams_and_models_are_charged_the_bill(plan: Plan) -> None:
    found = charged(Lookup(plan))
    assert [table.caption for table in found.tables] == [
        "Charged to each team, by period",
        "Charged for each model, by period",
    ]
    team, model = found.tables
    assert [row[0].text for row in team.rows] == [
        "Support <b> (47|11)", "=Engineering", "(no team)", "(idle committed capacity)",
    ]  # fmt: skip
    for table in (team, model):
        assert table.total[-2].sort == pytest.approx(plan.total_usd)
        assert sum(float(row[-2].sort or 0) for row in table.rows) == pytest.approx(plan.total_usd)
    assert "shown apart" in found.says


def test_idle_capacity_that_is_charged_on(plan: Plan) -> None:
    rows = [row.model_dump() for row in plan.workload_costs]
    for row in rows:
        period = [one for one in rows if one["period"] == row["period"]]
        idle = sum(one["usd"] for one in period if one["workload"].startswith("("))
        borne = sum(one["usd"] for one in period) - idle
        row["idle_usd"] = -row["usd"] if row["workload"].startswith("(") else idle * row["usd"] / borne
    found = charged(Lookup(sample_plan(workload_costs=rows)))
    assert "(idle committed capacity)" not in [row[0].text for row in found.tables[0].rows]
    assert found.tables[0].total[-2].sort == pytest.approx(plan.total_usd)
    assert "charged on to all" in found.says


def test_one_workload_of_nobody_is_charged_nothing_apart(plan: Plan) -> None:
    one = {"workload": "chat", "model": "m", "usd": plan.total_usd, "period": 0, "million_tokens": 1.0}
    assert charged(Lookup(sample_plan(workload_costs=[one]))).tables == ()


def test_electricity_adds_up(plan: Plan) -> None:
    found = energy(Lookup(plan))
    assert [table.caption for table in found.tables] == [
        "Electricity by period", "Electricity by workload", "Electricity by purchase form and place",
    ]  # fmt: skip
    for table in found.tables:
        place = [one.head for one in table.columns].index("Machines [kWh]")
        assert table.total[place].sort == pytest.approx(sum(KWH))
        assert sum(float(row[place].sort or 0) for row in table.rows) == pytest.approx(sum(KWH))
    assert [row[0].text for row in found.tables[0].rows] == ["2027-Q1", "2027-Q2"]
    assert found.tables[1].rows[-1][0].text == "(idle committed capacity)"


def test_carbon_by_the_grid_and_the_building(plan: Plan) -> None:
    """At 400 g and a PUE of 1.25 a kilowatt-hour of the machines emits half a kilogram."""
    place = GRID | {"provenance": ORIGIN, "pue_provenance": ORIGIN}
    pools = [row.model_dump() | {"electricity": place} for row in plan.pools]
    by_period = energy(Lookup(sample_plan(pools=pools))).tables[0]
    assert [row[2].sort for row in by_period.rows] == pytest.approx([1.25 * kwh for kwh in KWH])
    assert [row[3].sort for row in by_period.rows] == pytest.approx([0.5 * kwh for kwh in KWH])
    tokens = 681_000.0  # million, in each quarter
    assert [row[4].sort for row in by_period.rows] == pytest.approx([tokens * 1e6 / (1.25 * kwh * 1000) for kwh in KWH])
    assert [row[5].sort for row in by_period.rows] == pytest.approx([500 * kwh / tokens for kwh in KWH])


def test_where_no_grid_is_known_tokens_count_for_the_machines(plan: Plan) -> None:
    row = energy(Lookup(plan)).tables[0].rows[0]
    assert [cell.text for cell in row[2:4]] == ["–", "–"]
    assert row[4].sort == pytest.approx(681_000 * 1e6 / (KWH[0] * 1000))


def test_a_plan_made_before_says_no_more_than_it_knows(plan: Plan) -> None:
    old = sample_plan(statements=[], energy_use=[])
    assert list(tables(old)) == ["Cash flow", "From payments to the bill"]
    assert energy(Lookup(old)).tables == ()
    assert energy(Lookup(old)).says.startswith("All nodes at work draw 219,580")


def test_what_a_carbon_cap_costs_a_tonne() -> None:
    """500 kg more in each of two quarters save 3,000 USD: 3,000 USD for at most a tonne."""
    lever = {"subject": "carbon_kg_per_period", "kind": "cap", "key": "limits.carbon_kg_per_period", "unit": "kg CO2e"}
    row = lever | {"at": 10_000.0, "step": 500.0, "change": -3000.0, "least": -3000.0, "most": -3000.0}
    said = energy(Lookup(sample_plan(marginals=[row]))).says
    assert "costs at least $3,000 a tonne of CO2e" in said
    assert "500\u00a0kg more in each period" in said
    idle = energy(Lookup(sample_plan(marginals=[row | {"change": 0.0}]))).says
    assert "looser it would save nothing" in idle
    assert "carbon cap" not in energy(Lookup(sample_plan())).says


def test_each_step_down_a_carbon_front_has_a_price() -> None:
    """From 3 to 1 tonnes for 400 USD more: 200 USD a tonne."""
    fronts = [
        sample_plan(carbon=[{"period": 0, "kg": kg}], costs=[{**COST, "usd": usd, "npv_usd": usd}])
        for kg, usd in ((3000.0, 1000.0), (1000.0, 1400.0))
    ]
    table = front_table([(plan, None) for plan in fronts], "carbon")
    place = [one.head for one in table.columns].index("USD a tonne less than before")
    assert [row[place].text for row in table.rows] == ["–", "$200"]
    assert "USD a tonne less than before" not in [one.head for one in front_table([(fronts[0], None)], "gpus").columns]
