"""Whether something else always serves as much for less: the exchange that pruning is justified by, as an argument."""

from __future__ import annotations

from dataclasses import dataclass

from planner.explain.breakeven_solve import Offers
from planner.explain.why_not_offers import FORM_WORDS, GPU_HOUR, quote_of
from planner.explain.why_not_world import MARKET, Subject, World
from planner.milp.cover import Covering, Option
from planner.milp.instance import Instance


@dataclass(frozen=True)
class Dominated:
    """By which offer, and why."""

    by: str
    words: str


def dominating(world: World, subject: Subject) -> Dominated | None:
    """What everything that goes by the name could be swapped for, at no loss; None where something could not.

    Swaps hold for every fleet within all limits, so no fleet needs the thing at today's prices.
    """
    found = covered(world.instance, world.offers(subject)) if subject.kind in MARKET else None
    return Dominated(_named(found.new), _words(world, found)) if found else None


@dataclass(frozen=True)
class Swap:
    """One of the swaps: of the cheapest offer that goes by the name."""

    old: Option
    new: Option
    nodes: int
    """Of the new for one of the old."""


def covered(p: Instance, thing: Offers) -> Swap | None:
    """Whether all offers of a thing are covered by others; the swap of the cheapest one, None where one is not."""
    if thing.apis:
        return None
    covering = Covering(p)
    every = covering.dearest_first()[::-1]
    mine = [one for one in every if (one.pool.id, one.form) in thing.options]
    if not mine or len(mine) < len(thing.options):
        return None
    others = [one for one in every if (one.pool.id, one.form) not in thing.options]
    swaps = [_swap(covering, old, mine, others) for old in mine]
    if swaps[0] is None or any(swap is None for swap in swaps):
        return None
    return Swap(mine[0], swaps[0], covering.nodes_for_one(swaps[0], mine[0]) or 1)


def _swap(covering: Covering, old: Option, mine: list[Option], others: list[Option]) -> Option | None:
    """The cheapest other option that covers it; where a side moves as a whole, one on a side that covers all of it."""
    together = covering.moves_as_one(old)
    leaving = [one for one in mine if one.side == old.side] if together else [old]
    if together and any(one.side == old.side for one in others):
        return next((new for new in others if new.side == old.side and covering.covers(new, old)), None)
    for new in others:
        side = [one for one in others if one.side == new.side]
        if covering.covers(new, old) and all(any(covering.covers(n, one) for n in side) for one in leaving):
            return new
    return None


def _named(option: Option) -> str:
    return f"{option.pool.id}, {FORM_WORDS[option.form]}"


def _words(world: World, swap: Swap) -> str:
    old, new, nodes = swap.old, swap.new, swap.nodes
    many = f"{nodes:,} nodes" if nodes > 1 else "one node"
    was, now = _usd_per_node_hour(world, old), nodes * _usd_per_node_hour(world, new)
    return (
        f"whatever one node of {_named(old)} ({old.pool.gpus} × {old.pool.gpu}, ${was:,.2f} an hour) serves, "
        f"{many} of {_named(new)} ({new.pool.gpus} × {new.pool.gpu}, ${now:,.2f} an hour) can serve too"
        + (f", for ${was - now:,.2f} an hour less" if was - now > 0.005 else ", for no more")
    )


def _usd_per_node_hour(world: World, option: Option) -> float:
    pool = world.candidates.pools[option.pool.id]
    quote = quote_of(pool, next(one for one in pool.options if one.form == option.form))
    return quote.usd * pool.gpus_per_node if quote and quote.unit == GPU_HOUR else float("nan")
