"""What is known of a question from others: plans of those it is no harder than, bounds of those no harder than it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

from planner.explain.reply import Reply
from planner.milp.easier import is_no_harder
from planner.milp.instance import Instance


@dataclass(frozen=True)
class Known:
    """A question that was answered."""

    instance: Instance
    reply: Reply


def carried(known: Sequence[Known], p: Instance) -> Reply | None:
    """The cheapest known plan that is one of `p`, with the highest bound known; None where no plan is known."""
    plans = [one.reply for one in known if is_no_harder(p, one.instance)]
    if not plans:
        return None
    best = min(plans, key=lambda reply: reply.objective)
    return replace(best, bound=min(best.objective, highest_bound(known, p)))


def highest_bound(known: Sequence[Known], p: Instance) -> float:
    """The highest bound of questions that `p` is no easier than; minus infinity where there is none."""
    return max((one.reply.bound for one in known if is_no_harder(one.instance, p)), default=-inf)
