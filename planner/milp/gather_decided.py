"""From the problem to what it leaves open no more: commitments made just so, and a least number of systems."""

from __future__ import annotations

from dataclasses import replace

from planner.errors import InfeasibleError
from planner.inputs.problem import Problem
from planner.milp.instance import Instance
from planner.milp.two_stage import without_commitments


def with_decided(p: Instance, problem: Problem) -> Instance:
    """The instance with both; raises InfeasibleError where what is signed is not on offer."""
    p = replace(p, least_systems=problem.supply.own.min_systems)
    if problem.supply.signed is None:
        return p
    nodes = {(one.pool, one.form, one.period - 1): float(one.nodes) for one in problem.supply.signed}
    if missing := [f"{pool} ({form}) in period {t + 1}" for pool, form, t in nodes if not _is_offered(p, pool, form, t)]:
        raise InfeasibleError(
            f"supply.signed names what cannot be signed: {'; '.join(missing)}. Next: take names, forms and periods from "
            "the purchases of a plan, or allow the form (supply.rent.forms, supply.own.systems)"
        )
    signed = {(pool, form) for pool, form, _ in nodes} | {(pool.id, "") for pool in p.pools.values() if pool.existing}
    return replace(without_commitments(p, signed), signed={"bought": dict(nodes)})


def _is_offered(p: Instance, pool: str, form: str, t: int) -> bool:
    option = p.pools[pool].commitments.get(form) if pool in p.pools else None
    return option is not None and bool(option.serves[t])
