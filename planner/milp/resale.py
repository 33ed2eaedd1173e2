"""What selling a system at the start of a period changes: its price comes in, running it and its later value go."""

from __future__ import annotations

from planner.candidates.candidate import PurchaseOption
from planner.milp.instance import Time
from planner.milp.ownership import Sale


def running_usd(option: PurchaseOption, time: Time, t: int) -> float:
    """What running one node costs in a period."""
    return option.running_usd(time.months_before(t), time.months[t])


def owned_sales(option: PurchaseOption, time: Time, serves: tuple[int, ...]) -> dict[int, Sale]:
    """By period of sale, for a node that serves in `serves`: not before it has served for a period."""
    return {u: _sale(option, time, serves, u) for u in serves[1:]}


def _sale(option: PurchaseOption, time: Time, serves: tuple[int, ...], u: int) -> Sale:
    price = option.book_value_usd(sum(time.months[t] for t in serves if t < u))
    left = option.book_value_usd(sum(time.months[t] for t in serves))
    saved = tuple(running_usd(option, time, t) if t >= u else 0.0 for t in time.periods)
    terms = {
        "owned_resale": -price * time.discount[u],
        "owned_value_left": left * time.end_discount,
        "owned_running": -sum(usd * discount for usd, discount in zip(saved, time.discount, strict=True)),
    }
    return Sale(terms, price, saved)


def existing_sale(option: PurchaseOption, time: Time, u: int) -> Sale:
    """Of a system that is there when the horizon starts, worth its book value then; running it goes with keeping it."""
    price = option.book_value_usd(option.age_months + sum(time.months[:u]))
    terms = {
        "existing_value_at_start": option.book_value_usd(option.age_months),
        "existing_resale": -price * time.discount[u],
    }
    return Sale(terms, price, tuple(0.0 for _ in time.periods))


def existing_kept(option: PurchaseOption, time: Time) -> dict[str, float]:
    """Of one that is kept to the end: what it was worth at the start, less what it is worth then."""
    left = option.book_value_usd(option.age_months + sum(time.months))
    return {
        "existing_value_at_start": option.book_value_usd(option.age_months),
        "existing_value_left": -left * time.end_discount,
    }
