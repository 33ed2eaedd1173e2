"""Cash flow, profit and loss, balance and commitments of the year by hand, to the cent."""

import pytest
import year
from test_money_agrees import fleet
from year import CLOUD, OWN

from planner.plan.plan import Plan
from planner.plan.rows.money import CostRow
from planner.plan.statements import LOANS, NO_MONEY, RUNNING, VALUE


def line(plan: Plan, statement: str, name: str) -> list[float]:
    """A line, period by period; a balance begins with the start of the horizon."""
    return [round(row.usd, 2) for row in plan.statements if (row.statement, row.line) == (statement, name)]


def test_every_cost_has_a_line() -> None:
    """A term without one would be missing from the statements, and their check would refuse the plan."""
    terms = set(CostRow.model_fields["term"].annotation.__args__)
    assert terms == {*RUNNING, *VALUE, *LOANS, *NO_MONEY}


def test_cash_flow(plan: Plan) -> None:
    # a quarter: on demand 87,600, 3 years 87,600, 1 year 3/4 of 109,500, API 28,382.40; when signed 1/4 of 438,000;
    # spot 70,080 in the first; the old systems 6,000 in two, the own one 9,000 in three
    quarter = 87_600 + 87_600 + 82_125 + 28_382.40
    first = quarter + 109_500 + 70_080 + 6_000
    assert line(plan, "cash_flow", "opex") == pytest.approx([first, quarter + 15_000, *[quarter + 9_000] * 2])
    assert line(plan, "cash_flow", "capex") == [400_000, 0, 0, 0]
    assert line(plan, "cash_flow", "proceeds") == []


def test_profit_and_loss(plan: Plan) -> None:
    assert line(plan, "profit_and_loss", "rented") == [157_680, 87_600, 87_600, 87_600]
    assert line(plan, "profit_and_loss", "committed") == [197_100] * 4
    assert line(plan, "profit_and_loss", "api") == [28_382.40] * 4
    assert line(plan, "profit_and_loss", "owned_running") == [6_000, 15_000, 9_000, 9_000]
    # 400,000 loses 90 % in 60 months, from its arrival in the second quarter on
    assert line(plan, "profit_and_loss", "depreciation") == [0, 18_000, 18_000, 18_000]
    whole = sum(row.usd for row in plan.statements if row.statement == "profit_and_loss")
    assert whole == pytest.approx(plan.total_usd)


def test_balance(plan: Plan) -> None:
    assert line(plan, "balance", "prepaid") == [0, 82_125, 54_750, 27_375, 0]
    assert line(plan, "balance", "book_value") == [0, 400_000, 382_000, 364_000, 346_000]


def test_commitments(plan: Plan) -> None:
    # 1 year at 50 and 3 years at 40 USD/h: 438,000 + 1,051,200 signed at once
    assert line(plan, "commitments", "signed") == [1_489_200] * 4
    paid = [109_500 + (82_125 + 87_600) * quarters for quarters in (1, 2, 3, 4)]
    assert line(plan, "commitments", "paid") == paid
    assert line(plan, "commitments", "owed_within") == [169_725 * left for left in (3, 2, 1, 0)]
    assert line(plan, "commitments", "owed_beyond") == [700_800] * 4
    for signed, *parts in zip(
        *(line(plan, "commitments", name) for name in ("signed", "paid", "owed_within", "owed_beyond")), strict=True
    ):
        assert signed == pytest.approx(sum(parts))


def test_a_term_signed_late_is_prepaid_beyond_the_horizon() -> None:
    """A year at 50 USD/h all upfront, signed in the last quarter: three quarters of 438,000 lie beyond."""
    plan = fleet({(CLOUD, "reserved_1y", 3): 1}, {}, {}, 0, 1.0).plan()
    assert line(plan, "balance", "prepaid")[-2:] == [0, 328_500]
    assert line(plan, "commitments", "signed") == [0, 0, 0, 438_000]
    assert line(plan, "commitments", "owed_beyond") == []
    (row,) = plan.purchases
    assert row.prepaid_usd == pytest.approx(328_500)


def test_what_arrives_after_the_horizon_keeps_its_price() -> None:
    plan = fleet({(OWN, "owned", 3): 1}, {}, {}, 0, 0.0).plan()
    assert line(plan, "balance", "book_value") == [0, 0, 0, 0, 400_000]
    assert line(plan, "profit_and_loss", "depreciation") == []


def test_nothing_bought_needs_no_balance() -> None:
    plan = fleet({}, {(CLOUD, 0, 0): 1}, {}, 0, 0.0).plan()
    assert {row.statement for row in plan.statements} == {"cash_flow", "profit_and_loss"}


def test_plans_made_before_there_were_statements_still_pass(plan: Plan) -> None:
    from planner.plan.checks import check

    old = plan.model_copy(update={"statements": []})
    assert [one.check for one in check(old) if not one.ok] == []
    assert Plan.model_validate_json(old.model_dump_json()) == old


def test_the_setting_is_the_one_by_hand() -> None:
    assert year.setting().plan().total_usd == pytest.approx(1_415_409.60)
