"""The bill as an accountant keeps it: cash flow, profit and loss, balance, and commitments still to pay.

Over the horizon the profit and loss account is the bill without prices that are no cash and before tax; in each period
what is paid is what it costs and what is owned more, or owed less, when it ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from planner.invest.arithmetic import rate_per_period
from planner.plan.case import Case
from planner.plan.fleet import Buy
from planner.plan.owning import existing_worth_usd, sold_again
from planner.plan.plan import CashRow, CostRow, StatementRow
from planner.plan.terms import TERM_FORMS, first_period, last_period, months_before, signed_option
from planner.units import HOURS_PER_MONTH

RUNNING = {
    "on_demand": "rented",
    "spot": "rented",
    "on_demand_start_up": "rented",
    "spot_start_up": "rented",
    "on_demand_minimum_hours": "rented",
    "spot_minimum_hours": "rented",
    "egress": "rented",
    "storage": "rented",
    "reserved_1y": "committed",
    "reserved_3y": "committed",
    "capacity_block": "committed",
    "api": "api",
    "switching": "switching",
    "owned_running": "owned_running",
    "owned_power": "owned_running",
    "owned_staff": "owned_running",
    "existing_running": "owned_running",
    "owned_lease": "committed",
}
"""Cost term → line of the profit and loss account."""
VALUE = (
    "owned_purchase",
    "owned_resale",
    "owned_retired",
    "owned_value_left",
    "existing_value_at_start",
    "existing_resale",
    "existing_value_left",
)
"""Terms whose difference is depreciation."""
PROCEEDS = ("owned_resale", "owned_retired", "existing_resale")
LOANS = ("owned_loan", "owned_loan_left")
"""Terms whose sum is interest."""
NO_MONEY = ("unserved", "excess", "owned_tax", "owned_tax_left")
"""Prices that are in the bill, but never paid, and taxes, before which the statements are."""

_REPAID = 1e-6  # USD; less is rounding

Line = tuple[str, str, int | None]  # statement, line, period


def statement_rows(case: Case, costs: Sequence[CostRow], cash: Sequence[CashRow]) -> list[StatementRow]:
    """Every line that is not zero throughout, with all its periods."""
    usd: dict[Line, float] = defaultdict(float)
    for paid in cash:
        usd["cash_flow", "proceeds" if paid.term in PROCEEDS else paid.kind, paid.period] += paid.usd
    for cost in costs:
        if cost.term in RUNNING:
            usd["profit_and_loss", RUNNING[cost.term], cost.period] += cost.usd
    opening, values = _book_value(case)
    usd["balance", "book_value", None] = opening
    before = opening
    for period in case.periods:
        traded = sum(row.usd for row in cash if row.period == period.index and row.term in VALUE)
        usd["profit_and_loss", "depreciation", period.index] = before + traded - values[period.index]
        usd["balance", "book_value", period.index] = before = values[period.index]
    for line, amount in [*_loans(case, cash), *_promises(case), *_leases(case)]:
        usd[line] += amount
    kept = {line[:2] for line, amount in usd.items() if abs(amount) > 0}
    whens: list[int | None] = [None, *(period.index for period in case.periods)]
    return [
        StatementRow.model_validate({"statement": name, "line": line, "period": when, "usd": usd[name, line, when]})
        for name, line in dict.fromkeys(key[:2] for key in usd)
        for when in whens
        if (name, line) in kept and (when is not None or name == "balance")
    ]


def _book_value(case: Case) -> tuple[float, list[float]]:
    """Of all owned systems: when the horizon starts, and when each period ends; sunk ones have none [USD]."""
    values = [0.0 for _ in case.periods]
    for buy, nodes in case.fleet.bought.items():
        if buy.form == "owned":
            for index, there in _owned(case, buy, nodes):
                values[index] += _worth(case, buy, index) * there
    if not case.problem.supply.own.may_resell:
        return 0.0, values
    for keep, nodes in case.fleet.kept.items():
        values[keep.period] += existing_worth_usd(case, keep.pool, keep.period + 1) * nodes
    pools = {keep.pool for keep in case.fleet.kept} | {one.pool for one in case.fleet.sold if one.form == "existing"}
    lots = [(pool, case.option(pool, "existing").max_nodes or 0) for pool in sorted(pools)]
    return sum(existing_worth_usd(case, pool, 0) * count for pool, count in lots), values


def _owned(case: Case, buy: Buy, nodes: int) -> Iterator[tuple[int, int]]:
    """Nodes of a purchase that are still owned when each period ends, on their way or there."""
    sold, option = sold_again(case, buy), signed_option(case, buy)
    arrives, last = first_period(case, option, buy.period), last_period(case, option, buy.period)
    for index in range(buy.period, len(case.periods) if arrives > last else last + 1):
        yield index, nodes - sum(count for when, count in sold.items() if when <= index)


def _worth(case: Case, buy: Buy, period: int) -> float:
    """Of one bought node when a period ends; its value falls from its arrival on [USD]."""
    option = signed_option(case, buy)
    arrival = first_period(case, option, buy.period)
    age = months_before(case, period + 1) - months_before(case, arrival) if arrival <= period else 0
    return option.book_value_usd(age)


def _loans(case: Case, cash: Sequence[CashRow]) -> Iterator[tuple[Line, float]]:
    """What is owed when each period ends, its interest with it: all loans bear the same rate."""
    loan, owed = case.problem.supply.own.loan, 0.0
    for period in case.periods if loan else ():
        rate = rate_per_period(loan.rate_per_year, period.months) if loan else 0.0
        left = owed - sum(row.usd for row in cash if (row.kind, row.period) == ("financing", period.index))
        left = left if abs(left) > _REPAID else 0.0
        owed = left * (1 + rate)
        yield ("profit_and_loss", "interest", period.index), left * rate
        yield ("balance", "loans", period.index), -owed


def _leases(case: Case) -> Iterator[tuple[Line, float]]:
    """Leases as commitments: signed when ordered, paid period by period."""
    for buy, nodes in case.fleet.bought.items():
        option = signed_option(case, buy)
        if option.lease is None:
            continue
        each, number = option.lease_usd(case.periods[0].months) * nodes, option.lease_periods(case.periods[0].months)
        arrives, last = first_period(case, option, buy.period), last_period(case, option, buy.period)
        inside = max(0, last + 1 - arrives)
        for period in case.periods[buy.period :]:
            paid = max(0, min(period.index, last) + 1 - arrives)
            yield ("commitments", "signed", period.index), each * number
            yield ("commitments", "paid", period.index), each * paid
            yield ("commitments", "owed_within", period.index), each * (inside - paid)
            yield ("commitments", "owed_beyond", period.index), each * (number - inside)


def _promises(case: Case) -> Iterator[tuple[Line, float]]:
    """Terms: what is prepaid and not used up, and how much is signed, paid and owed when each period ends."""
    for buy, nodes in case.fleet.bought.items():
        if buy.form not in TERM_FORMS:
            continue
        option = signed_option(case, buy)
        whole = option.usd_per_hour * HOURS_PER_MONTH * option.term_months * nodes
        served = range(first_period(case, option, buy.period), last_period(case, option, buy.period) + 1)
        rents = [option.usd_per_hour * one.hours * nodes if one.index in served else 0.0 for one in case.periods]
        upfront, used = option.upfront_share, 0.0
        within = (1 - upfront) * sum(rents)
        for period in case.periods[buy.period :]:
            used += rents[period.index]
            yield ("balance", "prepaid", period.index), upfront * (whole - used)
            yield ("commitments", "signed", period.index), whole
            yield ("commitments", "paid", period.index), upfront * whole + (1 - upfront) * used
            yield ("commitments", "owed_within", period.index), within - (1 - upfront) * used
            yield ("commitments", "owed_beyond", period.index), (1 - upfront) * (whole - sum(rents))
