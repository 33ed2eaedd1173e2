"""The financial statements: each line re-derived, and three identities that hold whatever the plan is.

What is paid in a period is what it costs plus what is then owned more; the profit and loss account is the bill; and
the discounted cash less what remains when the horizon ends is the bill's present value.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.plan.plan import Finding, PurchaseRow
from planner.plan.proofs.book import CENT, RELATIVE, Book, added, differences, finding, usd
from planner.plan.proofs.financing import lease_periods, lease_usd, owed_by
from planner.plan.proofs.money import charges, payments
from planner.plan.proofs.owning import book_value, end_discount, may_resell, months_from, sold_by, value_at
from planner.units import HOURS_PER_MONTH

_SALES = {"owned_resale", "owned_retired", "existing_resale"}
_SHADOW = {"unserved", "excess", "owned_tax", "owned_tax_left"}
_LOANS = {"owned_loan", "owned_loan_left"}
_VALUE = {"owned_purchase", "owned_value_left", "existing_value_at_start", "existing_value_left", *_SALES}
_OWNED = {"owned_running", "owned_power", "owned_staff", "existing_running"}
_TERMS = {"reserved_1y", "reserved_3y", "capacity_block"}
_ALONE = {"api", "switching"}


def statements_add_up(book: Book) -> Finding:
    """Each line of each statement, derived from payments, costs, purchases and prices."""
    if not book.plan.statements:
        return finding("statements_add_up", [], "no statements are kept")
    found = added(_lines(book))
    told = added((row.statement, row.line, row.period, row.usd) for row in book.plan.statements)
    wrong = [
        f"{statement} {line} {_when(book, period)}: re-derived {usd(f)}, claimed {usd(t)}"
        for (statement, line, period), f, t in differences(told, found, CENT)
    ]
    return finding("statements_add_up", wrong, f"{len(told)} lines")


def statements_balance(book: Book) -> Finding:
    """The claimed statements agree with each other and with the bill, whatever their lines are."""
    if not book.plan.statements:
        return finding("statements_balance", [], "no statements are kept")
    told = added((row.statement, row.period, row.usd) for row in book.plan.statements)
    wrong, before = [], told.get(("balance", None), 0.0)
    for period in book.periods:
        paid, cost = (told.get((name, period), 0.0) for name in ("cash_flow", "profit_and_loss"))
        after = told.get(("balance", period), 0.0)
        if not _same(paid, cost + after - before, paid):
            wrong.append(
                f"{book.when(period)}: paid {usd(paid)}, costs and change of balance {usd(cost + after - before)}"
            )
        before = after
    whole = sum(amount for (name, _), amount in told.items() if name == "profit_and_loss")
    bill = [charge for charge in charges(book) if charge[0] not in _SHADOW]
    priced, discounted = sum(charge[3] for charge in bill), sum(charge[4] for charge in bill)
    if not _same(whole, priced, priced):
        wrong.append(f"profit and loss {usd(whole)}, bill {usd(priced)}")
    worth = _worth(book)
    if not _same(worth, discounted, discounted):
        wrong.append(f"cash less what remains is worth {usd(worth)}, the bill {usd(discounted)}")
    return finding("statements_balance", wrong, f"cost {usd(whole)}, worth {usd(worth)}; what remains {usd(before)}")


def _same(one: float, other: float, scale: float) -> bool:
    return abs(one - other) <= CENT + RELATIVE * 1e-3 * abs(scale)


def _worth(book: Book) -> float:
    """Claimed cash, discounted, with what there was before, less what is left: values at the end, terms when paid."""
    at = {index: period.discount for index, period in book.periods.items()}
    told = added((row.statement, row.line, row.period, row.usd) for row in book.plan.statements)
    cash = sum(amount * at[key[2]] for key, amount in told.items() if key[0] == "cash_flow")
    opening = told.get(("balance", "book_value", None), 0.0)
    last = max(at)
    left = told.get(("balance", "book_value", last), 0.0) + told.get(("balance", "loans", last), 0.0)
    beyond = sum(_prepaid_beyond(book, row) * at[row.period] for row in book.plan.purchases if row.form in _TERMS)
    return cash + opening - left * end_discount(book) - beyond


def _prepaid_beyond(book: Book, row: PurchaseRow) -> float:
    """Of what was paid when a term was signed, the share of hours after the horizon [USD]."""
    option = book.options[row.pool, row.form]
    inside = sum(book.periods[index].hours for index in range(row.first_period, row.last_period + 1))
    usd_per_hour = book.rent(row.pool, row.form, row.period) * row.nodes
    return option.upfront_share * usd_per_hour * (HOURS_PER_MONTH * option.term_months - inside)


def _lines(book: Book) -> Iterator[tuple[str, str, int | None, float]]:
    for kind, term, _, period, amount in payments(book):
        yield "cash_flow", "proceeds" if term in _SALES else kind, period, amount
    for term, _, period, amount, _ in charges(book):
        if term not in _VALUE | _SHADOW | _LOANS:
            yield "profit_and_loss", _line(term), period, amount
    yield from _values(book)
    for row in book.plan.purchases:
        if row.form in _TERMS:
            yield from _term(book, row)
        else:
            yield from _loan(book, row)
            yield from _lease(book, row)


def _loan(book: Book, row: PurchaseRow) -> Iterator[tuple[str, str, int | None, float]]:
    """What is owed on a purchase from when it is ordered, and the interest of each period."""
    rate, _, owed = owed_by(book, row)
    for period in range(row.period, max(book.periods) + 1) if owed else ():
        left = owed[min(period - row.period, len(owed) - 1)] * row.nodes
        yield "profit_and_loss", "interest", period, left * rate
        yield "balance", "loans", period, -left * (1 + rate)


def _lease(book: Book, row: PurchaseRow) -> Iterator[tuple[str, str, int | None, float]]:
    """A lease is a commitment without anything upfront."""
    usd_per_period = lease_usd(book, row) * row.nodes
    number = lease_periods(book) if usd_per_period else 0
    inside = row.last_period + 1 - row.first_period
    for period in range(row.period, max(book.periods) + 1) if number else ():
        run = sum(1 for t in range(row.first_period, row.last_period + 1) if t <= period)
        yield "commitments", "signed", period, usd_per_period * number
        yield "commitments", "paid", period, usd_per_period * run
        yield "commitments", "owed_within", period, usd_per_period * (inside - run)
        yield "commitments", "owed_beyond", period, usd_per_period * (number - inside)


def _line(term: str) -> str:
    """A cost that is neither of owned systems, of a term nor alone is of what is rented."""
    if term in _ALONE:
        return term
    return "owned_running" if term in _OWNED else "committed" if term in _TERMS | {"owned_lease"} else "rented"


def _values(book: Book) -> Iterator[tuple[str, str, int | None, float]]:
    """Book values when periods end, and what they lost within each but for what was bought and sold."""
    before = 0.0
    for option in book.plan.options if may_resell(book) else ():
        if option.form == "existing":
            before += book_value(option, option.age_months) * (option.max_nodes or 0)
    yield "balance", "book_value", None, before
    for period in book.periods:
        after = _value(book, period)
        traded = sum(amount for kind, _, _, when, amount in payments(book) if (kind, when) == ("capex", period))
        yield "balance", "book_value", period, after
        yield "profit_and_loss", "depreciation", period, before + traded - after
        before = after


def _value(book: Book, period: int) -> float:
    """Of all that is owned when a period ends, what is still on its way at its price."""
    total = 0.0
    for row in book.plan.purchases:
        gone = row.first_period <= row.last_period < period
        if row.form == "owned" and row.period <= period and not gone:
            each = value_at(book, row, max(row.first_period, period + 1))
            total += each * (row.nodes - sold_by(book, row, period))
    for kept in book.plan.kept if may_resell(book) else ():
        if kept.period == period:
            option = book.options[kept.pool, "existing"]
            age = option.age_months + months_from(book, 0) - months_from(book, period + 1)
            total += book_value(option, age) * kept.nodes
    return total


def _term(book: Book, row: PurchaseRow) -> Iterator[tuple[str, str, int | None, float]]:
    """A commitment: its price by the hour, so much of each hour paid when signed, the rest as it runs."""
    option = book.options[row.pool, row.form]
    usd_per_hour, upfront = book.rent(row.pool, row.form, row.period) * row.nodes, option.upfront_share
    whole = HOURS_PER_MONTH * option.term_months
    inside = sum(book.periods[index].hours for index in range(row.first_period, row.last_period + 1))
    for period in range(row.period, max(book.periods) + 1):
        run = sum(book.periods[t].hours for t in range(row.first_period, min(period, row.last_period) + 1))
        yield "balance", "prepaid", period, upfront * usd_per_hour * (whole - run)
        yield "commitments", "signed", period, usd_per_hour * whole
        yield "commitments", "paid", period, usd_per_hour * (upfront * whole + (1 - upfront) * run)
        yield "commitments", "owed_within", period, (1 - upfront) * usd_per_hour * (inside - run)
        yield "commitments", "owed_beyond", period, (1 - upfront) * usd_per_hour * (whole - inside)


def _when(book: Book, period: int | None) -> str:
    return "at the start" if period is None else book.when(period)
