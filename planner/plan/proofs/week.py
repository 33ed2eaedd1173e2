"""Starts, hours billed at least and replicas switched on, counted again hour by hour of the typical week."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.plan.plan import Finding
from planner.plan.proofs.book import Book, finding
from planner.units import HOURS_PER_WEEK, MINUTES_PER_HOUR

Charge = tuple[str, str, int, float, float]  # term, subject, period, USD, discounted USD
Place = tuple[str, str, int]  # pool, form, period


def week_charges(book: Book) -> Iterator[Charge]:
    """What starting nodes and replicas costs, and hours that are billed without being rented."""
    for term, subject, period, usd in [*_starts(book), *_unrented(book), *_switches(book)]:
        yield term, subject, period, usd, usd * book.periods[period].discount


def minimum_hours_hold(book: Book) -> Finding:
    """Every rented node that is started stays billed for the least hours, through a week that repeats."""
    least = _rent(book).get("minimum_hours", 1)
    wrong = []
    for place, nodes in billed(book).items():
        started = [max(0, nodes[hour] - nodes[hour - 1]) for hour in range(HOURS_PER_WEEK)]
        for hour in range(HOURS_PER_WEEK):
            recent = sum(started[hour - ago] for ago in range(least))
            if recent > nodes[hour]:
                pool, form, period = place
                wrong.append(
                    f"{form} {pool} {book.when(period)} hour {hour}: {recent} nodes started within {least} h, "
                    f"{nodes[hour]} billed"
                )
    idle = sum(row.nodes for row in book.plan.held)
    return finding("minimum_hours_hold", wrong, f"{idle} node-hours a week billed beyond the hours rented")


def billed(book: Book) -> dict[Place, list[int]]:
    """(pool, form, period) → nodes billed in each hour of the week."""
    found: dict[Place, list[int]] = {}
    hours = {row.index: row.hours_of_week for row in book.plan.blocks}
    for row in book.plan.capacity:
        for form, nodes in (("on_demand", row.on_demand_nodes), ("spot", row.spot_nodes)):
            week = found.setdefault((row.pool, form, row.period), [0] * HOURS_PER_WEEK) if nodes else []
            for hour in hours[row.block] if nodes else ():
                week[hour] += nodes
    for held in book.plan.held:
        found.setdefault((held.pool, held.form, held.period), [0] * HOURS_PER_WEEK)[held.hour] += held.nodes
    return found


def _rent(book: Book) -> dict[str, Any]:
    rent: dict[str, Any] = book.asked("supply").get("rent") or {}
    return rent


def _weeks(book: Book, period: int) -> float:
    return book.periods[period].hours / HOURS_PER_WEEK


def _starts(book: Book) -> Iterator[tuple[str, str, int, float]]:
    minutes = _rent(book).get("start_up_minutes", 0.0)
    for (pool, form, period), nodes in billed(book).items() if minutes else ():
        started = sum(max(0, nodes[hour] - nodes[hour - 1]) for hour in range(HOURS_PER_WEEK))
        each = book.rent(pool, form, period) * minutes / MINUTES_PER_HOUR
        yield f"{form}_start_up", pool, period, started * each * _weeks(book, period)


def _unrented(book: Book) -> Iterator[tuple[str, str, int, float]]:
    for row in book.plan.held:
        usd = book.rent(row.pool, row.form, row.period) * row.nodes
        yield f"{row.form}_minimum_hours", row.pool, row.period, usd * _weeks(book, row.period)


def _switches(book: Book) -> Iterator[tuple[str, str, int, float]]:
    price = book.asked("limits").get("switch_usd_per_replica", 0.0)
    block_of = {hour: row.index for row in book.plan.blocks for hour in row.hours_of_week}
    for place in sorted({key[:4] for key in book.replicas}) if price else ():
        for period in sorted(book.periods):
            on = [book.replicas.get((*place, period, block_of[hour]), 0) for hour in range(HOURS_PER_WEEK)]
            started = sum(max(0, on[hour] - on[hour - 1]) for hour in range(HOURS_PER_WEEK)) * _weeks(book, period)
            if period:
                started += max(0, on[0] - book.replicas.get((*place, period - 1, block_of[HOURS_PER_WEEK - 1]), 0))
            yield "switching", place[2], period, price * started
