"""Sheets of the statements: profit and loss, balance with its check, and how payments become the bill."""

from __future__ import annotations

from collections.abc import Iterator

from planner.report.commitments import starts
from planner.report.finance_money import COST
from planner.report.given import RATE, discount_rate
from planner.report.lookup import Lookup
from planner.report.money import TERMS
from planner.report.sheets import Field, Formula, Sheet, Value, columns, letter, row_sum
from planner.report.statements import BALANCE, COMMITMENTS, PROFIT, lines, present

Row = tuple[Value, ...]
NOT_RUNNING = ("depreciation", "interest")
BEFORE_CASH = ("existing_value_at_start",)
AFTER_CASH = (
    "owned_value_left",
    "existing_value_left",
    "owned_loan_left",
    "owned_tax",
    "owned_tax_left",
    "unserved",
    "excess",
)
"""Terms of the bill that are no payments, in the order in which they lead from these to it."""


def profit_and_loss(look: Lookup, ledger: Sheet) -> Sheet:
    """Periods by line, added up from the ledger but for value lost and interest."""
    found = lines(look, "profit_and_loss")
    heads = present(PROFIT, found)
    rows: list[Row] = []
    for period in look.plan.periods:
        usd = [found.get((line, period.index), 0.0) for line in heads]
        cells: list[Value] = [
            amount
            if line in NOT_RUNNING
            else ledger.where(COST, {ledger.fields[-1].head: f"{letter(place)}$1", "Charged to": "$A{row}"}, amount)
            for place, (line, amount) in enumerate(zip(heads, usd, strict=True), start=2)
        ]
        rows.append((period.label, period.start, *cells, row_sum("C", letter(1 + len(heads)), usd)))
    fields = (
        Field("Period"),
        Field("Starts", "date"),
        *columns("usd", *heads.values(), "Total", total=True),
    )
    says = "What each period costs, whenever it is paid, before tax."
    return Sheet("Profit and loss", says, fields, tuple(rows) if heads else ())


def balance(look: Lookup, profit: Sheet, cash: Sheet) -> Sheet:
    """What is owned and owed when each period ends, and a check that is 0: paid, less cost, less what is owned more."""
    kept, signed = lines(look, "balance"), lines(look, "commitments")
    owned, terms = present(BALANCE, kept), present(COMMITMENTS, signed)
    net, cost, paid = letter(1 + len(owned)), profit.column("Total"), cash.column("Paid")
    rows: list[Row] = [("At the start", *_held(kept, owned, None), *(None for _ in terms), None)] if owned else []
    for at, period in enumerate(look.plan.periods, start=2):
        check = Formula(f"='{cash.name}'!{paid}{at}-'{profit.name}'!{cost}{at}-({net}{at + 1}-{net}{at})", 0.0)
        shown = [signed.get((line, period.index), 0.0) for line in terms]
        rows.append((period.label, *_held(kept, owned, period.index), *shown, check if owned else None))
    fields = (
        Field("At the end of"),
        *columns("usd", *owned.values(), *(["Owned less owed"] if owned else []), *terms.values()),
        Field("Check: 0", "usd"),
    )
    says = "What is owned, prepaid, signed and owed; the check is cash less costs less what is owned more."
    return Sheet("Balance", says, fields, tuple(rows) if owned or terms else ())


def _held(kept: dict[tuple[str, int | None], float], owned: dict[str, str], period: int | None) -> list[Value]:
    usd = [kept.get((line, period), 0.0) for line in owned]
    return [*usd, row_sum("B", letter(len(owned)), usd)] if owned else []


def cash_to_bill(look: Lookup, ledger: Sheet, cash: Sheet) -> Sheet:
    """What is paid, and step by step what makes it the bill, at face and at present value."""
    paid = [*_paid(look, cash), *_steps(look, ledger), *_prepaid(look)]
    fields = (Field("Step"), Field("Month", "count"), *columns("usd", "Undiscounted", "Present value", total=True))
    says = "From payments to the bill: its sums are those of the sheets Bill and Present value."
    return Sheet("Cash to bill", says, fields, tuple(paid) if len(paid) > 1 else ())


def _paid(look: Lookup, cash: Sheet) -> Iterator[Row]:
    yield "Paid in cash", None, cash.total("Paid"), cash.total("Paid, at present value")


def _steps(look: Lookup, ledger: Sheet) -> Iterator[Row]:
    for term in (*BEFORE_CASH, *AFTER_CASH):
        rows = [row for row in look.plan.costs if row.term == term]
        if rows:
            same = {"Kind": "$A{row}"}
            usd, worth = sum(row.usd for row in rows), sum(row.npv_usd for row in rows)
            yield TERMS[term], None, ledger.where(COST, same, usd), ledger.where("Present value", same, worth)


def _prepaid(look: Lookup) -> Iterator[Row]:
    rate = discount_rate(look)
    for row in look.plan.purchases:
        if row.prepaid_usd:
            month = starts(look)[row.period]
            worth = Formula(f"=C{{row}}*(1+{RATE})^(-B{{row}}/12)", -row.prepaid_usd * (1 + rate) ** (-month / 12))
            yield f"Prepaid beyond the plan: {row.form} {row.pool}", month, -row.prepaid_usd, worth
