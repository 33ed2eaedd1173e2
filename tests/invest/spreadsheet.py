"""Every pure strategy priced from its contract terms as one would in a spreadsheet; nothing of the planner is used.

One GPU a node, one request/s a replica. The day has two halves of 12 hours, `low` and `high` requests/s at the start,
times a multiplier in each period. Enough nodes must be there in each half; which to sign and when is tried through.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HOURS_PER_MONTH = 730.0
INFINITE = math.inf
Plan = tuple[int, ...]  # nodes signed or ordered, by period


@dataclass(frozen=True)
class Terms:
    """What is asked and what everything costs [USD]."""

    low: int
    high: int
    growth: tuple[int, ...]
    months: int  # of a period
    rate: float  # discount a year
    on_demand: float  # an hour
    spot: float  # an hour
    availability: float
    discounts: dict[int, float]  # months of a term → share off the price on demand
    upfront: float  # share of a term that is paid when it is signed
    share_inside: float  # of a term that must lie in the horizon
    system: float  # price, everything included
    running: float  # a month, power, room, staff, maintenance
    life_years: float
    residual: float
    lead: int  # months
    api: float  # a request
    existing: int  # systems

    @property
    def periods(self) -> int:
        return len(self.growth)

    def worth(self, period: int) -> float:
        """Of a dollar at the start of a period."""
        return float((1 + self.rate) ** (-period * self.months / 12))

    def needed(self, period: int) -> tuple[int, int]:
        """Nodes in the quiet and in the busy half of the day."""
        return self.low * self.growth[period], self.high * self.growth[period]

    @property
    def half(self) -> float:
        """Hours of a half of the day in a period."""
        return self.months * HOURS_PER_MONTH / 2


def all_on_demand(x: Terms, there: Sequence[int] | None = None) -> float:
    """By the hour, for what is not there anyway."""
    there = there or [0] * x.periods
    hours = (max(0, need - there[t]) * x.half * x.worth(t) for t in range(x.periods) for need in x.needed(t))
    return sum(hours) * x.on_demand


def all_spot(x: Terms) -> float:
    """Spot where it is cheaper: of its nodes only the share that can be had counts, so more are asked for."""
    total = 0.0
    for t in range(x.periods):
        for need in x.needed(t):
            ways = (
                (math.ceil(on_spot / x.availability - 1e-9) * x.spot + (need - on_spot) * x.on_demand)
                for on_spot in range(need + 1)
            )
            total += min(ways) * x.half * x.worth(t)
    return total


def all_reserved(x: Terms, term: int) -> float:
    """The cheapest schedule of terms that covers every busy half-day."""
    most = [max(x.needed(t)) for t in range(x.periods)]
    return min((signed_cost(x, term, plan) for plan in _schedules(x, term, most)), default=INFINITE)


def _schedules(x: Terms, term: int, most: Sequence[int]) -> Iterator[Plan]:
    allowed = [range(max(most) + 1) if _fits(x, term, t) else range(1) for t in range(x.periods)]
    for plan in itertools.product(*allowed):
        if all(there >= need for there, need in zip(reserved_there(x, term, plan), most, strict=True)):
            yield plan


def _fits(x: Terms, term: int, period: int) -> bool:
    """Whether enough of a term signed then lies inside the horizon to be on offer."""
    left = (x.periods - period) * x.months
    return min(term, left) >= x.share_inside * term


def reserved_there(x: Terms, term: int, plan: Plan) -> list[int]:
    """Nodes under term, by period."""
    return [sum(n for u, n in enumerate(plan) if u <= t < u + term / x.months) for t in range(x.periods)]


def signed_cost(x: Terms, term: int, plan: Plan) -> float:
    """Every hour of a term inside the horizon is charged, used or not; the upfront share of it when it is signed."""
    hour, total = x.on_demand * (1 - x.discounts[term]), 0.0
    for signed, nodes in enumerate(plan):
        for t in range(signed, x.periods):
            if t < signed + term / x.months:
                charge = nodes * hour * x.months * HOURS_PER_MONTH
                total += charge * ((1 - x.upfront) * x.worth(t) + x.upfront * x.worth(signed))
    return total


def all_owned(x: Terms) -> float:
    """Bought in the cheapest schedule; until the first can arrive by the hour; at the end worth its book value."""
    waits = math.ceil(x.lead / x.months)
    best = INFINITE
    most = max(max(x.needed(t)) for t in range(x.periods))
    for plan in itertools.product(range(most + 1), repeat=x.periods):
        there = [x.existing + sum(plan[: max(0, t - waits + 1)]) for t in range(x.periods)]
        if all(there[t] >= max(x.needed(t)) for t in range(waits, x.periods)):
            meanwhile = [there[t] if t < waits else INFINITE for t in range(x.periods)]
            hours = all_on_demand(x, meanwhile) if waits else 0.0
            best = min(best, hours + bought_cost(x, plan, waits) + kept_cost(x, there, plan, waits))
    return best


def bought_cost(x: Terms, plan: Plan, waits: int) -> float:
    """Price, running from arrival on, less what it is worth at the end."""
    end, total = float((1 + x.rate) ** (-x.periods * x.months / 12)), 0.0
    for ordered, nodes in enumerate(plan):
        served = max(0, x.periods - ordered - waits)
        age = served * x.months / 12
        left = x.system * max(x.residual, 1 - (1 - x.residual) * age / x.life_years)
        running = sum(x.running * x.months * x.worth(t) for t in range(ordered + waits, x.periods))
        total += nodes * (x.system * x.worth(ordered) - left * end + running)
    return total


def kept_cost(x: Terms, there: Sequence[int], plan: Plan, waits: int) -> float:
    """Existing systems run as long as they are needed, and not again once they have stopped."""
    if not x.existing:
        return 0.0
    best = INFINITE
    for kept in itertools.product(range(x.existing + 1), repeat=x.periods):
        if list(kept) != sorted(kept, reverse=True):
            continue
        enough = all(kept[t] + there[t] - x.existing >= max(x.needed(t)) for t in range(x.periods) if t >= waits)
        if enough:
            rent = 0.0
            if waits:
                have = [kept[t] + there[t] - x.existing if t < waits else INFINITE for t in range(x.periods)]
                full = [there[t] if t < waits else INFINITE for t in range(x.periods)]
                rent = all_on_demand(x, have) - all_on_demand(x, full)
            best = min(best, rent + sum(k * x.running * x.months * x.worth(t) for t, k in enumerate(kept)))
    return best


def all_api(x: Terms) -> float:
    """Every request at its price."""
    requests = (need * x.half * 3600 * x.worth(t) for t in range(x.periods) for need in x.needed(t))
    return sum(requests) * x.api


def mean_needed(x: Terms) -> list[int]:
    """Nodes that the same requests need when they come evenly."""
    return [math.ceil((x.low + x.high) / 2 * growth - 1e-9) for growth in x.growth]


def reserved_for_the_mean(x: Terms) -> float:
    """What the cheapest mixture of terms for the mean costs: schedules of both terms that together cover it."""
    most, best = mean_needed(x), INFINITE
    terms = [term for term in sorted(x.discounts) if _fits(x, term, 0)]
    choices = [[range(max(most) + 1) if _fits(x, term, t) else range(1) for t in range(x.periods)] for term in terms]
    for plans in itertools.product(*(list(itertools.product(*allowed)) for allowed in choices)):
        there = [
            sum(parts)
            for parts in zip(*(reserved_there(x, t, p) for t, p in zip(terms, plans, strict=True)), strict=True)
        ]
        if all(has >= need for has, need in zip(there, most, strict=True)):
            best = min(best, sum(signed_cost(x, t, p) for t, p in zip(terms, plans, strict=True)))
    return best


def mean_then_peak(x: Terms, plans: dict[int, Plan]) -> float:
    """Given terms, and the rest by the hour."""
    there = [0] * x.periods
    for term, plan in plans.items():
        there = [a + b for a, b in zip(there, reserved_there(x, term, plan), strict=True)]
    return sum(signed_cost(x, term, plan) for term, plan in plans.items()) + all_on_demand(x, there)


def current_fleet(x: Terms) -> float:
    """Existing systems as long as they pay, by the hour for the rest."""
    best = INFINITE
    for kept in itertools.product(range(x.existing + 1), repeat=x.periods):
        if list(kept) == sorted(kept, reverse=True):
            running = sum(k * x.running * x.months * x.worth(t) for t, k in enumerate(kept))
            best = min(best, running + all_on_demand(x, kept))
    return best
