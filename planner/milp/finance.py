"""What one node costs under each commitment: discounted terms for the objective, cash for the budgets."""

from __future__ import annotations

import math

from planner.candidates.candidate import PurchaseOption
from planner.inputs.problem import Rent
from planner.milp.instance import Commitment, Existing, Rental, Time
from planner.milp.resale import existing_kept, existing_sale, owned_sales
from planner.units import HOURS_PER_MONTH, MINUTES_PER_HOUR


def rental(option: PurchaseOption, rent: Rent | None) -> Rental:
    """Nodes by the hour: what one costs while it starts, and the least hours it is billed for."""
    start_hours = rent.start_up_minutes / MINUTES_PER_HOUR if rent else 0.0
    return Rental(
        usd_per_hour=option.usd_per_hour,
        usable_share=option.usable_share,
        max_nodes=option.max_nodes,
        usd_per_start=option.usd_per_hour * start_hours,
        minimum_hours=rent.minimum_hours if rent else 1,
    )


def commitment(option: PurchaseOption, time: Time, limit: str) -> Commitment:
    """A reserved or owned option, period by period of signature."""
    serves = tuple(serving_periods(option, time, t) for t in time.periods)
    if option.form == "owned":
        return _owned(option, time, serves, limit)
    return _reserved(option, time, serves, limit)


def existing(option: PurchaseOption, time: Time) -> Existing:
    """Systems already owned: `max_nodes` of them, at their running cost."""
    running = tuple(option.fixed_usd_per_month * months for months in time.months)
    if not option.may_resell:
        return Existing(option.max_nodes or 0, running)
    return Existing(
        count=option.max_nodes or 0,
        usd=running,
        sales={u: existing_sale(option, time, u) for u in time.periods},
        kept_terms=existing_kept(option, time),
    )


def serving_periods(option: PurchaseOption, time: Time, signed: int) -> tuple[int, ...]:
    """Periods of the horizon in which a node signed or ordered in `signed` serves.

    Owned systems arrive after the lead time, rounded up to whole periods, and stay; a term covers the
    periods that start within it, and none where too little of it lies inside the horizon. A capacity block
    may only be bought when its window starts.
    """
    if option.first_period not in (None, signed):
        return ()
    first = signed + math.ceil(option.lead_months / time.months[signed] - 1e-9)
    if option.form == "owned":
        return tuple(t for t in time.periods if t >= first)
    ends = _months_before(time, signed) + option.term_months
    inside = min(ends, sum(time.months)) - _months_before(time, first)
    if inside < time.least_share_of_term * option.term_months:
        return ()
    return tuple(t for t in time.periods if t >= first and _months_before(time, t) < ends)


def _months_before(time: Time, t: int) -> int:
    return sum(time.months[:t])


def _reserved(option: PurchaseOption, time: Time, serves: tuple[tuple[int, ...], ...], limit: str) -> Commitment:
    """Every hour inside the horizon is charged, used or not; the upfront share of it at signature."""
    charges = [[option.usd_per_hour * time.period_hours(u) if u in s else 0.0 for u in time.periods] for s in serves]
    worth = [
        [(1 - option.upfront_share) * time.discount[u] + option.upfront_share * time.discount[t] for u in time.periods]
        for t in time.periods
    ]
    npv = tuple(sum(c * w for c, w in zip(charges[t], worth[t], strict=True)) for t in time.periods)
    upfront = option.upfront_share * option.usd_per_hour * HOURS_PER_MONTH * option.term_months
    opex = tuple(
        tuple((1 - option.upfront_share) * charges[t][u] + (upfront if u == t else 0.0) for u in time.periods)
        for t in time.periods
    )
    return Commitment(serves, {option.form: npv}, tuple(0.0 for _ in time.periods), opex, limit)


def _owned(option: PurchaseOption, time: Time, serves: tuple[tuple[int, ...], ...], limit: str) -> Commitment:
    """Paid when ordered, run from arrival on, worth its book value when the horizon ends."""
    running = [[option.fixed_usd_per_month * time.months[u] if u in s else 0.0 for u in time.periods] for s in serves]
    terms = {
        "owned_purchase": tuple(option.capex_usd * time.discount[t] for t in time.periods),
        "owned_value_left": tuple(-value_left_usd(option, time, s) * time.end_discount for s in serves),
        "owned_running": tuple(sum(usd * time.discount[u] for u, usd in enumerate(row)) for row in running),
    }
    return Commitment(
        serves=serves,
        terms=terms,
        capex=tuple(option.capex_usd for _ in time.periods),
        opex=tuple(map(tuple, running)),
        limit=limit,
        sales=tuple(owned_sales(option, time, s) for s in serves) if option.may_resell else (),
    )


def value_left_usd(option: PurchaseOption, time: Time, serves: tuple[int, ...]) -> float:
    """Book value of a node at the horizon's end [USD]."""
    return option.book_value_usd(sum(time.months[t] for t in serves))
