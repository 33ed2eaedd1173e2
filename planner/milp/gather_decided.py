"""From the problem to what it leaves open no more: commitments made just so, and a least number of systems."""

from __future__ import annotations

from dataclasses import replace

from planner.errors import InfeasibleError
from planner.inputs.problem import Problem
from planner.inputs.signed import Signed
from planner.milp.instance import Instance
from planner.milp.solution import Key
from planner.milp.two_stage import without_commitments


def with_decided(p: Instance, problem: Problem) -> Instance:
    """The instance with both; raises InfeasibleError where what is signed is not on offer."""
    p = replace(p, ordered_at_once=problem.supply.own.order_at_once)
    asked = problem.supply.signed
    if asked is None:
        return p
    if missing := [one for one in asked if not _is_offered(p, one)]:
        told = "; ".join(f"{one.pool} ({one.form}) in period {one.period}" for one in missing)
        raise InfeasibleError(
            f"supply.signed names what cannot be signed: {told}. Next: take names, forms and periods from the "
            "purchases of a plan, or allow the form (supply.rent.forms, supply.own.systems)"
        )
    nodes: dict[Key, float] = {(one.pool, one.form, one.period - 1): float(one.nodes) for one in asked}
    there = {(one.pool, str(one.form)) for one in asked} | {(pool.id, "") for pool in p.pools.values() if pool.existing}
    return replace(without_commitments(p, there), signed={"bought": nodes})


def _is_offered(p: Instance, one: Signed) -> bool:
    option = p.pools[one.pool].commitments.get(one.form) if one.pool in p.pools else None
    return option is not None and bool(option.serves[one.period - 1])
