"""Whether something else always serves as much for less: the exchange that pruning is justified by, as an argument."""

from __future__ import annotations

from dataclasses import dataclass

from planner.explain.why_not_offers import FORM_WORDS, GPU_HOUR, quote_of
from planner.explain.why_not_world import MARKET, Subject, World
from planner.milp.cover import Covering, Option


@dataclass(frozen=True)
class Dominated:
    """By which offer, and why."""

    by: str
    words: str


def dominating(world: World, subject: Subject) -> Dominated | None:
    """What everything that goes by the name could be swapped for, at no loss; None where something could not.

    Swaps hold for every fleet within all limits, so no fleet needs the thing at today's prices.
    """
    thing = world.offers(subject) if subject.kind in MARKET else None
    if not thing or thing.apis:
        return None
    covering = Covering(world.instance)
    every = covering.dearest_first()[::-1]
    mine = [one for one in every if (one.pool.id, one.form) in thing.options]
    if len(mine) < len(thing.options):
        return None
    others = [one for one in every if (one.pool.id, one.form) not in thing.options]
    swaps = {_key(old): _swap(covering, old, mine, others) for old in mine}
    first = mine[0]
    new = swaps[_key(first)]
    if new is None or any(swap is None for swap in swaps.values()):
        return None
    return Dominated(_named(new), _words(world, covering, first, new))


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


def _key(option: Option) -> tuple[str, str]:
    return option.pool.id, option.form


def _named(option: Option) -> str:
    return f"{option.pool.id}, {FORM_WORDS[option.form]}"


def _words(world: World, covering: Covering, old: Option, new: Option) -> str:
    nodes = covering.nodes_for_one(new, old) or 1
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
