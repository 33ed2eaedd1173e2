"""What counts as the same fleet: which GPU types there are and how each is paid for, not how many."""

from __future__ import annotations

from collections.abc import Iterator

from planner.milp.instance import Instance
from planner.milp.solution import Solution
from planner.plan.plan import Plan

Fleet = tuple[str, ...]
"""GPU type and purchase form of every node at work or paid for, and hosted APIs, in alphabetical order."""

_RENTED = ("on_demand", "spot")
_LEAST = 1e-9  # requests/s that count as sent


def fleet_of(plan: Plan) -> Fleet:
    """Of a plan: "L40S on_demand", "H100-SXM reserved_1y", "openai:gpt-5 api"."""
    return tuple(sorted(set(_kinds(plan))))


def fleet_found(p: Instance, solution: Solution) -> Fleet:
    """The same of a solution of `p`."""
    values = solution.values
    kinds = {(key[0], key[1]) for key, nodes in values.get("bought", {}).items() if nodes}
    kinds |= {(key[0], "existing") for key, nodes in values.get("kept", {}).items() if nodes}
    kinds |= {(key[0], form) for form in _RENTED for key, nodes in values.get(form, {}).items() if nodes}
    hosted = {f"{key[1]} api" for key, rate in values.get("api", {}).items() if rate > _LEAST}
    return tuple(sorted({f"{p.pools[str(pool)].gpu} {form}" for pool, form in kinds} | hosted))


def _kinds(plan: Plan) -> Iterator[str]:
    gpus = {pool.id: pool.gpu for pool in plan.pools}
    yield from (f"{gpus[row.pool]} {row.form}" for row in plan.purchases if row.nodes)
    yield from (f"{gpus[row.pool]} existing" for row in plan.kept if row.nodes)
    for row in plan.capacity:
        yield from (f"{gpus[row.pool]} {form}" for form in _RENTED if getattr(row, f"{form}_nodes"))
    yield from (f"{row.api} api" for row in plan.api if row.requests_per_s > _LEAST)
