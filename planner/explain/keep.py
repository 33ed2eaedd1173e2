"""The same question with nothing on offer but kinds of node and hosted APIs that a fleet has."""

from __future__ import annotations

from planner.explain.breakeven_solve import Offers, without
from planner.explain.fleet import Fleet
from planner.milp.instance import Instance


def keeping(p: Instance, fleet: Fleet) -> Instance:
    """What is there already stays."""
    offered = [(pool, form) for pool in p.pools.values() for form in (*pool.rentals, *pool.commitments)]
    gone = frozenset((pool.id, form) for pool, form in offered if f"{pool.gpu} {form}" not in fleet)
    hosted = frozenset((api.id, api.stream) for api in p.apis if f"{api.id} api" not in fleet)
    return without(p, Offers(gone, hosted))
