"""What one node costs under each commitment: discounted terms for the objective, cash for the budgets."""

from __future__ import annotations

import math

from planner.candidates.candidate import ApiOption, PurchaseOption
from planner.candidates.ownership import Flow, ownership
from planner.inputs.problem import Rent
from planner.milp.instance import Commitment, Existing, Grid, Rental, Time
from planner.milp.resale import existing_kept, existing_sale, npv_by_term, owned_sales, running_usd, stay
from planner.units import HOURS_PER_MONTH, MINUTES_PER_HOUR

Offered = list[PurchaseOption]  # by period of signature
Serves = tuple[tuple[int, ...], ...]  # likewise, the periods in which it then serves
OPEX = frozenset({"owned_running", "owned_lease"})
RETIRED = frozenset({"owned_retired"})
FINANCED = frozenset({"owned_loan"})


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
    there = sum(option.serves_after(time.months_before(t)) for t in time.periods)
    serves = there if there < len(time.months) else None
    if not option.may_resell:
        return Existing(option.max_nodes or 0, running, serves=serves)
    return Existing(
        count=option.max_nodes or 0,
        usd=running,
        sales={u: existing_sale(option, time, u) for u in time.periods},
        kept_terms=existing_kept(option, time),
        serves=serves,
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
        return _served(option, time, first)
    ends = time.months_before(signed) + option.term_months
    inside = min(ends, sum(time.months)) - time.months_before(first)
    if inside < time.least_share_of_term * option.term_months:
        return ()
    return tuple(t for t in time.periods if t >= first and time.months_before(t) < ends)


def _served(option: PurchaseOption, time: Time, first: int) -> tuple[int, ...]:
    """Periods in which an owned system serves that arrives in `first`; none where too little of a lease is inside."""
    arrived = time.months_before(first)
    if option.lease and sum(time.months) - arrived < time.least_share_of_term * option.lease.years * 12:
        return ()
    return tuple(t for t in time.periods if t >= first and option.serves_after(time.months_before(t) - arrived))


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
    """Every cost of a node by named term, and when its cash leaves."""
    stays = [stay(time, t, served) for t, served in enumerate(serves)]
    flows = [list(ownership(option, one)) for option, one in zip(offered, stays, strict=True)]
    worth = [npv_by_term(one, time) for one in flows]
    names = sorted({name for terms in worth for name in terms})
    sellable = offered[0].may_resell and not offered[0].lease
    return Commitment(
        serves=serves,
        terms={name: tuple(terms.get(name, 0.0) for terms in worth) for name in names},
        capex=tuple(option.price_usd for option in offered),
        opex=_cash(flows, time, OPEX),
        limit=limit,
        sales=tuple(owned_sales(option, time, one) for option, one in zip(offered, stays, strict=True))
        if sellable
        else (),
        retired=_cash(flows, time, RETIRED) if any(one.leaves < one.end for one in stays) else (),
        financed=_cash(flows, time, FINANCED) if offered[0].loan else (),
    )


def _cash(flows: list[list[Flow]], time: Time, terms: frozenset[str]) -> Grid:
    """[period ordered][period paid] of some terms, undiscounted."""
    return tuple(
        tuple(sum(flow.usd for flow in found if flow.term in terms and flow.period == u) for u in time.periods)
        for found in flows
    )
