"""Owned systems over time: how many are left after resales, what sales bring, and what people and electricity cost."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

from planner.plan.case import Case
from planner.plan.fleet import Buy
from planner.plan.plan import SaleRow
from planner.plan.terms import first_period, last_period, months_before, signed_option

MONTHS_PER_YEAR = 12


def serving_periods(case: Case, buy: Buy) -> range:
    """Periods of the horizon in which a purchase serves; empty where it arrives too late."""
    option = case.option(buy.pool, buy.form)
    return range(first_period(case, option, buy.period), last_period(case, option, buy.period) + 1)


def serving_nodes(case: Case, buy: Buy, nodes: int) -> dict[int, int]:
    """Nodes of a purchase by period in which they serve, those sold again left out."""
    sold = sold_again(case, buy)
    return {t: nodes - sum(n for u, n in sold.items() if u <= t) for t in serving_periods(case, buy)}


def sold_again(case: Case, buy: Buy) -> dict[int, int]:
    """Nodes of a purchase by the period in which they are sold."""
    return {one.period: n for one, n in case.fleet.sold.items() if (one.pool, one.form, one.ordered) == buy}


def resale_usd(case: Case, buy: Buy, period: int) -> float:
    """What one node of a purchase is sold for when a period starts [USD]."""
    arrival = first_period(case, case.option(buy.pool, buy.form), buy.period)
    return signed_option(case, buy).book_value_usd(months_before(case, period) - months_before(case, arrival))


def existing_worth_usd(case: Case, pool: str, period: int) -> float:
    """What one existing system is worth when a period starts; one past the last: when the horizon ends [USD]."""
    option = case.option(pool, "existing")
    return option.book_value_usd(option.age_months + months_before(case, period))


def sale_rows(case: Case) -> list[SaleRow]:
    """What is sold, when, and for how much."""
    rows = []
    for one, nodes in case.fleet.sold.items():
        existing = one.form == "existing"
        each = (
            existing_worth_usd(case, one.pool, one.period)
            if existing
            else resale_usd(case, Buy(one.pool, one.form, one.ordered), one.period)
        )
        ordered = None if existing else one.ordered
        row = {"pool": one.pool, "form": one.form, "ordered": ordered, "period": one.period, "nodes": nodes}
        rows.append(SaleRow.model_validate({**row, "usd": each * nodes}))
    return rows


def owned_systems(case: Case) -> dict[int, int]:
    """Owned systems in place by period, existing ones too."""
    found: dict[int, int] = defaultdict(int)
    for buy, nodes in case.fleet.bought.items():
        if buy.form == "owned":
            for period, there in serving_nodes(case, buy, nodes).items():
                found[period] += there
    for keep, nodes in case.fleet.kept.items():
        found[keep.period] += nodes
    return dict(found)


def staff_usd(case: Case) -> Iterator[tuple[int, float]]:
    """(period, USD) for the whole persons that look after owned systems."""
    site = case.problem.supply.own.site
    if site.systems_per_person is None or site.usd_per_person_year is None:
        return
    for period, systems in sorted(owned_systems(case).items()):
        persons = math.ceil(systems / site.systems_per_person - 1e-9)
        usd = site.usd_per_person_year * case.periods[period].months / MONTHS_PER_YEAR
        yield period, persons * usd * owned_line_factor(case, "staff", period)


def owned_line_factor(case: Case, line: str, period: int) -> float:
    """A line of what running owned systems costs in a period, over today's: the same for all of them."""
    owned = next((pool.options[0] for pool in case.candidates.pools.values() if pool.provider == "own"), None)
    return owned.line_factor(line, months_before(case, period)) if owned else 1.0
