"""Owned systems again: book values, resales, people by whole persons, electricity of GPUs at work."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

from planner.plan.plan import Finding, OptionRow, PurchaseRow, SaleRow
from planner.plan.proofs.book import CENT, Book, added, finding, usd

Charge = tuple[str, str, int, float, float]  # term, subject, period, USD, discounted USD


def owning_charges(book: Book) -> Iterator[Charge]:
    """What owned systems cost and bring beside their purchase and their fixed running cost."""
    yield from _resales(book, (row for row in book.plan.sales if row.form == "existing"))
    existing = [option for option in book.plan.options if option.form == "existing"] if may_resell(book) else []
    for option in existing:
        worth = book_value(option, option.age_months) * (option.max_nodes or 0)
        yield "existing_value_at_start", option.pool, 0, worth, worth
    last = max(book.periods)
    for kept in book.plan.kept if may_resell(book) else ():
        option = book.options[kept.pool, "existing"]
        if kept.period == last:
            left = book_value(option, option.age_months + months_from(book, 0)) * kept.nodes
            yield "existing_value_left", kept.pool, last, -left, -left * end_discount(book)
    for term, subject, period, amount in [*_power(book), *_staff(book)]:
        yield term, subject, period, amount, amount * book.periods[period].discount


def resales(book: Book, bought: PurchaseRow) -> Iterator[Charge]:
    """What nodes of a purchase are sold for."""
    key = (bought.pool, bought.form, bought.period)
    yield from _resales(book, (row for row in book.plan.sales if (row.pool, row.form, row.ordered) == key))


def _resales(book: Book, rows: Iterable[SaleRow]) -> Iterator[Charge]:
    for row in rows:
        price = _worth(book, row, _age(book, row)) * row.nodes
        yield f"{row.form}_resale", row.pool, row.period, -price, -price * book.periods[row.period].discount


def sales_hold(book: Book) -> Finding:
    """Systems are sold where they may be, after they served, no more than there were, at their book value."""
    wrong = [] if may_resell(book) or not book.plan.sales else ["systems are sold, but may not be"]
    sold = added((row.pool, row.form, row.ordered, row.nodes) for row in book.plan.sales)
    bought = added((row.pool, row.form, row.period, row.nodes) for row in book.plan.purchases)
    for (pool, form, ordered), nodes in sold.items():
        there = bought.get((pool, form, ordered), 0) if form == "owned" else book.options[pool, form].max_nodes or 0
        if nodes > there:
            wrong.append(f"{pool}: {nodes:g} sold of {there:g}")
    arrivals = {(row.pool, row.period): row.first_period for row in book.plan.purchases if row.form == "owned"}
    for row in book.plan.sales:
        if row.form == "owned" and row.period <= arrivals.get((row.pool, row.ordered or 0), row.period):
            wrong.append(f"{row.pool}: sold in {book.when(row.period)}, before it served")
        price = _worth(book, row, _age(book, row)) * row.nodes
        if abs(price - row.usd) > CENT:
            wrong.append(f"{row.pool} sold in {book.when(row.period)}: worth {usd(price)}, claimed {usd(row.usd)}")
    total = sum(row.usd for row in book.plan.sales)
    return finding("sales_hold", wrong, f"{len(book.plan.sales)} sales bring {usd(total)}")


def book_value(option: OptionRow, age_months: float) -> float:
    """Of one node: a straight line over its life, or a share of itself a year, never below the residual share; or as
    the problem lists it by age."""
    if option.value_curve:
        return option.capex_usd * _on_the_curve(option.value_curve, age_months / 12)
    line = 1 - (1 - option.residual_share) * age_months / option.life_months
    curve = math.exp(math.log1p(-option.depreciation_per_year) * age_months / 12)
    return option.capex_usd * max(option.residual_share, curve if option.depreciation_per_year else line)


def _on_the_curve(points: list[tuple[float, float]], years: float) -> float:
    """Straight from point to point, from 1 at the start, and flat after the last one."""
    for (before, high), (after, low) in pairwise([(0.0, 1.0), *points]):
        if years <= after:
            return high + (low - high) * (years - before) / (after - before)
    return points[-1][1]


def value_at(book: Book, row: PurchaseRow, period: int) -> float:
    """Of one bought node when a period starts, past the last one when the horizon ends, its room with it [USD]."""
    return _worth(book, row, months_from(book, row.first_period) - months_from(book, period))


def _worth(book: Book, row: PurchaseRow | SaleRow, age_months: float) -> float:
    """Of one bought node at an age, at the price of the day it was ordered; a leased one is the lessor's."""
    option = book.options[row.pool, row.form]
    ordered = row.period if isinstance(row, PurchaseRow) else row.ordered or 0
    leased = row.form == "owned" and book.asked("supply", "own").get("lease")
    system = 0.0 if leased else book.price_after(option.trend_per_year, ordered) * book_value(option, age_months)
    return system + (option.room_usd * max(0.0, 1 - age_months / option.room_life_months) if option.room_usd else 0.0)


def sold_by(book: Book, row: PurchaseRow, period: int | None = None) -> int:
    """Nodes of a purchase sold when a period starts or before; in all without one."""
    return sum(
        sale.nodes
        for sale in book.plan.sales
        if (sale.pool, sale.form, sale.ordered) == (row.pool, row.form, row.period)
        and (period is None or sale.period <= period)
    )


def sales_of(book: Book, row: PurchaseRow) -> list[tuple[int, int]]:
    """(period, nodes) of a purchase that are sold."""
    key = (row.pool, row.form, row.period)
    return [(one.period, one.nodes) for one in book.plan.sales if (one.pool, one.form, one.ordered) == key]


def end_discount(book: Book) -> float:
    """What a dollar at the horizon's end is worth at its start."""
    return float((1 + book.asked("horizon", "discount_rate_per_year")) ** (-months_from(book, 0) / 12))


def may_resell(book: Book) -> bool:
    """Whether owned systems may be sold, so that existing ones have a value."""
    return bool(book.asked("supply", "own").get("may_resell", False))


def months_from(book: Book, first: int) -> int:
    """Months from the start of a period to the end of the horizon."""
    return sum(period.months for index, period in book.periods.items() if index >= first)


def _age(book: Book, row: SaleRow) -> float:
    """Months of a system when it is sold: since it arrived, or since it was built."""
    if row.form == "existing":
        return book.options[row.pool, row.form].age_months + months_from(book, 0) - months_from(book, row.period)
    arrived = next(
        one.first_period
        for one in book.plan.purchases
        if (one.pool, one.form, one.period) == (row.pool, row.form, row.ordered)
    )
    return float(months_from(book, arrived) - months_from(book, row.period))


def _power(book: Book) -> Iterator[tuple[str, str, int, float]]:
    for row in book.plan.replicas:
        if book.pools[row.pool].provider == "own":
            options = (book.options.get((row.pool, form)) for form in ("owned", "existing"))
            each = sum(option.active_usd_per_gpu_hour for option in options if option)
            if each:
                hours = book.hours(row.period, row.block)
                usd = each * book.gpus[row.config] * row.replicas * hours * _line(book, "idle power", row.period)
                yield "owned_power", row.pool, row.period, usd


def _staff(book: Book) -> Iterator[tuple[str, str, int, float]]:
    site = book.asked("supply", "own", "site")
    each = site.get("systems_per_person")
    if not each:
        return
    systems = added((row.period, row.nodes) for row in book.plan.kept)
    for row in book.plan.purchases:
        if row.form == "owned":
            for period in range(row.first_period, row.last_period + 1):
                systems[period,] = systems.get((period,), 0) + row.nodes - sold_by(book, row, period)
    for (period,), there in sorted(systems.items()):
        persons = math.ceil(there / each - 1e-9)
        usd = site["usd_per_person_year"] * book.periods[period].months / 12
        yield "owned_staff", "own", period, persons * usd * _line(book, "staff", period)


def _line(book: Book, line: str, period: int) -> float:
    """A line of what running owned systems costs in a period, over that of the first."""
    rates = {option.line_trends.get(line, 0.0) for option in book.plan.options if option.form in ("owned", "existing")}
    return book.price_after(max(rates, default=0.0), period)
