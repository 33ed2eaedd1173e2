"""The purchase list: every dollar of the bill once, the right day, and text that stays text."""

import csv
from datetime import date
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import B200, L4, OWN, P5, TITLE, fields, small_plan

from planner.errors import PlannerError
from planner.export.deployments import Fleet
from planner.export.orders import KEEP, OTHER, RENT, SIGN, Orders, months_earlier, orders_of
from planner.export.purchase_list import page, purchase_files, table

SPREADSHEET_STARTS = ("=", "+", "-", "@", "\t", "\r")


def rows(orders: Orders) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(table(orders))))


def test_total_is_the_bill(plan: Any) -> None:
    orders = orders_of(plan)
    assert orders.usd == pytest.approx(plan.total_usd, abs=1e-6)
    assert sum(float(row["total_usd"]) for row in rows(orders)) == pytest.approx(plan.total_usd, abs=1e-6)
    assert f"\\${plan.total_usd:,.0f}" in page(orders)


def test_total_is_the_bill_of_stored_plans(stored: Fleet) -> None:
    assert orders_of(stored.plan).usd == pytest.approx(stored.plan.total_usd, rel=1e-9, abs=1e-3)


COST = st.tuples(
    st.sampled_from(
        [("on_demand", P5), ("on_demand", B200), ("spot", L4), ("spot_minimum_hours", L4), ("owned_running", OWN),
         ("owned_staff", "own"), ("switching", P5), ("excess", "budget"), ("existing_resale", OWN), ("reserved_1y", P5)]
    ),
    st.integers(0, 1),
    st.integers(-10_000, 1_000_000).map(lambda cents: cents / 100),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(COST, max_size=12))
def test_no_dollar_is_lost_or_counted_twice(more: list[Any]) -> None:
    extra = [
        {"term": term, "subject": name, "period": t, "usd": usd, "npv_usd": usd} for (term, name), t, usd in more
    ]  # fmt: skip
    plan = small_plan(costs=fields()["costs"] + extra)
    assert orders_of(plan).usd == pytest.approx(plan.total_usd, abs=1e-6)


def test_lines_of_the_small_plan(plan: Any) -> None:
    lines = {(line.section, line.action, line.subject): line for line in orders_of(plan).lines}
    signed = lines[SIGN, "sign for 1 year", P5]
    assert (signed.by, signed.quantity, signed.unit_price) == (date(2027, 1, 1), 1, 30.0)
    assert signed.usd == pytest.approx(2 * 2190 * 30)
    assert signed.usd_after == pytest.approx(2 * 2190 * 30)
    bought = lines[SIGN, "buy", OWN]
    assert bought.by == date(2027, 1, 17)  # two and a half months before the first of April
    assert bought.usd == pytest.approx(800_000 - 700_000 + 54_000)
    assert lines[RENT, "rent on spot", L4].quantity == 2
    assert lines[RENT, "rent on spot", L4].usd == pytest.approx(10011.428571 + 12, abs=1e-4)  # start-up included
    assert lines[OTHER, "unserved", "agents"].usd == 77


def test_late_orders_are_called_overdue() -> None:
    plan = small_plan(made=fields()["made"] | {"as_of": "2027-02-01"})
    bought = next(line for line in orders_of(plan).lines if line.subject == OWN)
    assert (bought.by, bought.by_words) == (date(2027, 1, 17), "overdue")


def test_without_a_calendar_deadlines_are_words() -> None:
    base = fields()
    periods = [row | {"start": None, "label": f"quarter {row['index'] + 1}"} for row in base["periods"]]
    lines = orders_of(small_plan(periods=periods)).lines
    bought = next(line for line in lines if line.subject == OWN)
    assert (bought.by, bought.by_words) == (None, "2.5 months before the start of quarter 2")


def test_kept_systems_and_changing_rents_have_a_line_for_each_run_of_periods() -> None:
    base = fields()
    kept = {"pool": OWN, "form": "existing", "fixed_usd_per_month": 100.0}
    options = [*base["options"], next(row for row in base["options"] if row["pool"] == OWN) | kept]
    capacity = [
        row | ({"on_demand_nodes": 3} if row["pool"] == B200 and row["period"] == 1 else {}) for row in base["capacity"]
    ]
    extra = [{"term": "existing_running", "subject": OWN, "period": t, "usd": 600.0, "npv_usd": 600.0} for t in (0, 1)]
    plan = small_plan(
        options=options, capacity=capacity, costs=base["costs"] + extra,
        kept=[{"pool": OWN, "period": t, "nodes": 2} for t in (0, 1)],
    )  # fmt: skip
    lines = orders_of(plan).lines
    (kept_line,) = [line for line in lines if line.section == KEEP]
    assert (kept_line.quantity, kept_line.usd, kept_line.serves) == (2, 1200.0, "2027-Q1 to 2027-Q2")
    rented = [(line.quantity, line.serves) for line in lines if line.subject == B200]
    assert rented == [(2, "2027-Q1"), (3, "2027-Q2")]


def test_sections_and_days_are_in_order(stored: Fleet) -> None:
    lines = orders_of(stored.plan).lines
    order = [(SIGN, RENT, KEEP, OTHER).index(line.section) for line in lines]
    assert order == sorted(order)
    for section in (SIGN, RENT):
        days = [line.by for line in lines if line.section == section and line.by]
        assert days == sorted(days)


def test_no_cell_is_a_formula_and_no_cell_of_a_table_breaks_it(plan: Any) -> None:
    for line in csv.reader(StringIO(table(orders_of(plan)))):
        for text in line:
            assert not text.startswith(SPREADSHEET_STARTS) or text.lstrip("-").replace(".", "").isdigit()
    text = next(file.text for file in purchase_files(Fleet(plan)) if file.path.endswith(".md"))
    assert "<script>" not in text.replace("\\<script\\>", "")
    heads = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in heads} == {10}
    assert TITLE not in text


def test_a_purchase_without_a_price_is_refused() -> None:
    with pytest.raises(PlannerError, match="does not say at what price"):
        orders_of(small_plan(options=[]))


@pytest.mark.parametrize(
    "day, months, before",
    [
        (date(2027, 4, 1), 3, date(2027, 1, 1)),
        (date(2027, 1, 1), 1, date(2026, 12, 1)),
        (date(2027, 3, 31), 1, date(2027, 2, 28)),
        (date(2027, 4, 1), 0.5, date(2027, 3, 17)),
    ],
)
def test_months_earlier(day: date, months: float, before: date) -> None:
    assert months_earlier(day, months) == before
