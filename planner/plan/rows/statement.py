"""Financial statements: what is paid, what it costs, what is owned and owed, period by period."""

from typing import Literal

from planner.plan.rows.row import Row


class StatementRow(Row):
    """One line of a statement in one period.

    `cash_flow` is money that leaves the account in the period. `profit_and_loss` is what the period costs whenever it
    is paid: value lost within it is depreciation. `balance` is what is paid and not yet used up when the period ends.
    `commitments` counts terms by their whole price when the period ends: signed until then, paid of it, and still to
    pay, within the horizon and beyond.
    """

    statement: Literal["cash_flow", "profit_and_loss", "balance", "commitments"]
    line: Literal[
        "opex",
        "capex",
        "proceeds",
        "financing",
        "rented",
        "committed",
        "api",
        "owned_running",
        "switching",
        "depreciation",
        "interest",
        "prepaid",
        "book_value",
        "loans",
        "signed",
        "paid",
        "owed_within",
        "owed_beyond",
    ]
    period: int | None
    """None: when the horizon starts."""
    usd: float
