"""What is known of a question from others: plans of those it is no harder than, bounds of those no harder than it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, prod
from typing import Any

from planner.explain.reply import Reply
from planner.milp.easier import is_no_harder
from planner.milp.instance import Instance


@dataclass(frozen=True)
class Known:
    """A question that was answered."""

    instance: Instance
    reply: Reply


def carried(known: Sequence[Known], p: Instance) -> Reply | None:
    """The cheapest known plan that is one of `p`; None where no plan is known. Nothing is proven of it yet."""
    plans = [one.reply for one in known if is_no_harder(p, one.instance)]
    return replace(min(plans, key=lambda reply: reply.objective), bound=-inf) if plans else None


def highest_bound(known: Sequence[Known], p: Instance) -> float:
    """The highest bound of questions that `p` is no easier than; minus infinity where there is none."""
    return max((one.reply.bound for one in known if is_no_harder(one.instance, p)), default=-inf)


def bound_at_prices(base: Known | None, prices: Mapping[str, float], changes: Mapping[str, Any]) -> float:
    """What lower prices alone leave of the base's bound: a plan costs no less than the least factor times before.

    That holds while nothing can be sold, as what a sale brings does not get less with the prices.
    """
    if base is None or changes.keys() != {"prices"} or _may_sell(base.instance):
        return -inf
    return base.reply.bound * prod(min(1.0, x / prices.get(name, 1.0)) for name, x in changes["prices"].items())


def _may_sell(p: Instance) -> bool:
    offered = [one.sales for pool in p.pools.values() for one in pool.commitments.values()]
    kept = [pool.existing.sales for pool in p.pools.values() if pool.existing]
    return any(map(any, offered)) or any(kept)
