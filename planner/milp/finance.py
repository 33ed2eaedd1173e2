"""What one node costs under each commitment: discounted terms for the objective, cash for the budgets."""

from __future__ import annotations

import math

from planner.candidates.candidate import ApiOption, PurchaseOption
from planner.inputs.problem import Rent
from planner.milp.instance import Commitment, Existing, Rental, Time
from planner.milp.resale import existing_kept, existing_sale, owned_sales, running_usd
from planner.units import HOURS_PER_MONTH, MINUTES_PER_HOUR

Offered = list[PurchaseOption]  # by period of signature
Serves = tuple[tuple[int, ...], ...]  # likewise, the periods in which it then serves


def rental(option: PurchaseOption, time: Time, rent: Rent | None) -> Rental:
    """Nodes by the hour: what one costs while it starts, and the least hours it is billed for."""
    start_hours = rent.start_up_minutes / MINUTES_PER_HOUR if rent else 0.0
    return Rental(
        usd_per_hour=option.usd_per_hour,
        usable_share=option.usable_share,
        max_nodes=option.max_nodes,
        usd_per_start=option.usd_per_hour * start_hours,
        minimum_hours=rent.minimum_hours if rent else 1,
        factors=price_factors(option, time),
    )


def price_factors(option: PurchaseOption | ApiOption, time: Time) -> tuple[float, ...]:
    """On its price by period; empty where it stays as it is."""
    return tuple(option.price_factor(time.months_before(t)) for t in time.periods) if option.trend_per_year else ()


def commitment(option: PurchaseOption, time: Time, limit: str) -> Commitment:
    """A reserved or owned option, period by period of signature."""
    serves = tuple(serving_periods(option, time, t) for t in time.periods)
    offered = [option.signed_after(time.months_before(t)) for t in time.periods]
    if option.form == "owned":
        return _owned(offered, time, serves, limit)
    return _reserved(offered, time, serves, limit)


def existing(option: PurchaseOption, time: Time) -> Existing:
    """Systems already owned: `max_nodes` of them, at their running cost."""
    running = tuple(running_usd(option, time, t) for t in time.periods)
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
    ends = time.months_before(signed) + option.term_months
    inside = min(ends, sum(time.months)) - time.months_before(first)
    if inside < time.least_share_of_term * option.term_months:
        return ()
    return tuple(t for t in time.periods if t >= first and time.months_before(t) < ends)


def _reserved(offered: Offered, time: Time, serves: Serves, limit: str) -> Commitment:
    """Every hour inside the horizon is charged, used or not; the upfront share of it at signature."""
    upfront_share, form = offered[0].upfront_share, offered[0].form
    charges = [
        [option.usd_per_hour * time.period_hours(u) if u in s else 0.0 for u in time.periods]
        for option, s in zip(offered, serves, strict=True)
    ]
    worth = [
        [(1 - upfront_share) * time.discount[u] + upfront_share * time.discount[t] for u in time.periods]
        for t in time.periods
    ]
    npv = tuple(sum(c * w for c, w in zip(charges[t], worth[t], strict=True)) for t in time.periods)
    upfront = [upfront_share * option.usd_per_hour * HOURS_PER_MONTH * option.term_months for option in offered]
    opex = tuple(
        tuple((1 - upfront_share) * charges[t][u] + (upfront[t] if u == t else 0.0) for u in time.periods)
        for t in time.periods
    )
    return Commitment(serves, {form: npv}, tuple(0.0 for _ in time.periods), opex, limit)


def _owned(offered: Offered, time: Time, serves: Serves, limit: str) -> Commitment:
    """Paid when ordered, run from arrival on, worth its book value when the horizon ends."""
    both = list(zip(offered, serves, strict=True))
    running = [[running_usd(option, time, u) if u in s else 0.0 for u in time.periods] for option, s in both]
    terms = {
        "owned_purchase": tuple(option.capex_usd * time.discount[t] for t, option in enumerate(offered)),
        "owned_value_left": tuple(-value_left_usd(option, time, s) * time.end_discount for option, s in both),
        "owned_running": tuple(sum(usd * time.discount[u] for u, usd in enumerate(row)) for row in running),
    }
    return Commitment(
        serves=serves,
        terms=terms,
        capex=tuple(option.capex_usd for option in offered),
        opex=tuple(map(tuple, running)),
        limit=limit,
        sales=tuple(owned_sales(option, time, s) for option, s in both) if offered[0].may_resell else (),
    )


def value_left_usd(option: PurchaseOption, time: Time, serves: tuple[int, ...]) -> float:
    """Book value of a node at the horizon's end [USD]."""
    return option.book_value_usd(sum(time.months[t] for t in serves))
