"""Leases, loans and taxes of owned systems again, by closed forms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from planner.plan.plan import OptionRow, PurchaseRow
from planner.plan.proofs.book import Book

At = tuple[str, int, float, bool]  # term, period, USD of one node, whether it counts when the horizon ends


def financing(book: Book, row: PurchaseRow, leaves: int) -> Iterator[At]:
    """Of one node of a purchase that is gone when period `leaves` starts, past the last one: not within the horizon."""
    yield from _lease(book, row, leaves)
    yield from _loan(book, row)
    yield from _tax(book, row, leaves)


def lease_usd(book: Book, row: PurchaseRow) -> float:
    """A node's payment a period: the price less the residual's worth, over the worth of a dollar each period."""
    lease = asked_of(book, "lease")
    if not lease:
        return 0.0
    periods = lease_periods(book)
    worth = (1 + lease["rate_per_year"]) ** (-book.periods[0].months / 12)
    system = _system_usd(book, row)
    return float(
        (system - lease["residual_share"] * system * worth**periods) / sum(worth**number for number in range(periods))
    )


def lease_periods(book: Book) -> int:
    """Periods of a lease."""
    years = float(asked_of(book, "lease")["years"])
    return round(years * 12 / book.periods[0].months)


def price_usd(book: Book, row: PurchaseRow) -> float:
    """What is paid for one node when it is ordered."""
    system = 0.0 if asked_of(book, "lease") else _system_usd(book, row)
    return system + book.options[row.pool, row.form].room_usd


def asked_of(book: Book, name: str) -> dict[str, Any]:
    found: dict[str, Any] = book.asked("supply", "own").get(name) or {}
    return found


def _system_usd(book: Book, row: PurchaseRow) -> float:
    option = book.options[row.pool, row.form]
    return option.capex_usd * book.price_after(option.trend_per_year, row.period)


def _lease(book: Book, row: PurchaseRow, leaves: int) -> Iterator[At]:
    if asked_of(book, "lease"):
        for period in range(row.first_period, min(leaves, len(book.periods))):
            yield "owned_lease", period, lease_usd(book, row), False


def owed_by(book: Book, row: PurchaseRow) -> tuple[float, float, list[float]]:
    """Rate a period, payment, and what one node's loan still owes after so many payments."""
    loan = asked_of(book, "loan")
    if not loan:
        return 0.0, 0.0, []
    length = book.periods[0].months
    rate, periods = (1 + loan["rate_per_year"]) ** (length / 12) - 1, round(loan["years"] * 12 / length)
    drawn = loan["share"] * price_usd(book, row)
    payment = drawn * rate / (1 - (1 + rate) ** -periods) if rate else drawn / periods
    worth = [(1 - (1 + rate) ** (left - periods)) / rate if rate else periods - left for left in range(periods + 1)]
    return rate, payment, [payment * one for one in worth]


def _loan(book: Book, row: PurchaseRow) -> Iterator[At]:
    rate, payment, owed = owed_by(book, row)
    if not owed:
        return
    yield "owned_loan", row.period, -owed[0], False
    last, paid = len(book.periods) - 1, min(len(owed) - 1, len(book.periods) - 1 - row.period)
    for period in range(row.period + 1, row.period + 1 + paid):
        yield "owned_loan", period, payment, False
    if paid < len(owed) - 1:
        yield "owned_loan_left", last, owed[paid] * (1 + rate), True


def _tax(book: Book, row: PurchaseRow, leaves: int) -> Iterator[At]:
    """On everything paid but not yet deducted: price less what the years so far deduct, less what is still owed."""
    rate = asked_of(book, "tax").get("rate", 0.0)
    times, (_, _, owed) = rate / (1 - rate), owed_by(book, row)
    if not rate:
        return
    last = len(book.periods) - 1
    gone = min(leaves, last + 1)
    before = 0.0
    for period in range(row.period, last + 1):
        still = owed[min(period - row.period, len(owed) - 1)] if owed else 0.0
        there = row.first_period <= period < gone
        value = price_usd(book, row) if period < row.first_period else _undeducted(book, row, period + there)
        own = (value if period < gone else 0.0) - still
        yield "owned_tax", period, times * (own - before), False
        before = own
    yield "owned_tax_left", last, -times * before, True


def _undeducted(book: Book, row: PurchaseRow, period: int) -> float:
    """What of one node's price is not deducted when a period starts."""
    option, since = book.options[row.pool, row.form], row.first_period
    months = sum(one.months for index, one in book.periods.items() if since <= index < period)
    room = option.room_usd * max(0.0, 1 - months / option.room_life_months) if option.room_usd else 0.0
    if asked_of(book, "lease"):
        return room
    return _system_usd(book, row) * (1 - _deducted(option, months / 12)) + room


def _deducted(option: OptionRow, years: float) -> float:
    """Of the price, by an age: whole years, and of the one that runs in proportion."""
    sums = [0.0, *accumulate(option.tax_shares)]
    whole = min(math.floor(years), len(option.tax_shares))
    more = (years - whole) * option.tax_shares[whole] if whole < len(option.tax_shares) else 0.0
    return sums[whole] + more
