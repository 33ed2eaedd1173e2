"""What selling a system at the start of a period changes: its price comes in, running it and its later value go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from planner.candidates.candidate import PurchaseOption
from planner.candidates.ownership import Flow, Stay, ownership
from planner.milp.instance import Time
from planner.milp.ownership import Sale


def running_usd(option: PurchaseOption, time: Time, t: int) -> float:
    """What running one node costs in a period."""
    return option.running_usd(time.months_before(t), time.months[t])


def stay(time: Time, ordered: int, serves: tuple[int, ...]) -> Stay:
    """When a node serves that is ordered in a period; never before the end where it arrives too late."""
    end = len(time.months)
    return Stay(time.months, ordered, serves[0] if serves else end, serves[-1] + 1 if serves else end)


def npv_by_term(flows: Iterable[Flow], time: Time) -> dict[str, float]:
    """Discounted, by named term."""
    worth: dict[str, float] = defaultdict(float)
    for flow in flows:
        worth[flow.term] += flow.usd * (time.end_discount if flow.at_the_end else time.discount[flow.period])
    return dict(worth)


def owned_sales(option: PurchaseOption, time: Time, kept: Stay) -> dict[int, Sale]:
    """By period of sale, for a node that stays so long else: not before it has served for a period."""
    return {u: _sale(option, time, kept, u) for u in kept.serves[1:]}


def _sale(option: PurchaseOption, time: Time, kept: Stay, u: int) -> Sale:
    """What it changes: all that the node costs if sold, less all that it costs if not."""
    sold, else_ = (npv_by_term(ownership(option, one), time) for one in (replace(kept, leaves=u, sold=True), kept))
    terms = {name: sold.get(name, 0.0) - else_.get(name, 0.0) for name in sorted({*sold, *else_})}
    return Sale(
        terms={name: usd for name, usd in terms.items() if usd},
        price=option.book_value_usd(kept.age(u)),
        saved=tuple(running_usd(option, time, t) if u <= t < kept.leaves else 0.0 for t in time.periods),
        forgone={kept.leaves: option.book_value_usd(kept.age(kept.leaves))} if kept.leaves < kept.end else {},
    )


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
