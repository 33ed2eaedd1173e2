"""All scenarios in one search for the best commitments: one model, or shared cuts where that would be too large.

Shared cuts (see `core`) need scenarios that differ in demand only and the expected cost as the measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from planner.milp.arrays import Vector, arrays_from
from planner.milp.build import build_together
from planner.milp.core.applies import what_couples_blocks
from planner.milp.core.scenarios import Scenario, commit_for
from planner.milp.cover_together import pruned_together
from planner.milp.highs import Search
from planner.milp.instance import Instance, Signed
from planner.milp.solve import solve_model
from planner.milp.stages import with_row
from planner.milp.two_stage import DECIDED_NOW, Stack, Together

LARGE = 100_000
"""Replica columns of all scenarios together from which shared cuts take over where they can."""
_SECOND_SHARE = 0.25
_NO_MORE = 1e-9


@dataclass(frozen=True)
class Joint:
    """Commitments found, what none can be below, and how that was shown."""

    status: Literal["optimal", "stopped", "infeasible"]
    signed: Signed | None
    bound: float
    rows: int
    columns: int


def solve_joint(q: Together, begin: Signed | None, solver: str, search: Search) -> Joint:
    """The best commitments over all scenarios; `begin` are some that serve all of them."""
    small = replace(q, instances=pruned_together(q.instances))
    instances = list(small.instances.values())
    if solver == "highs" and q.aim.measure == "expected" and _is_large(instances) and _differ_in_demand(instances):
        return _by_shared_cuts(small, search)
    return _in_one_model(small, begin, solver, search)


def _is_large(instances: Sequence[Instance]) -> bool:
    return sum(len(p.deployments) * len(p.time.slots) for p in instances) > LARGE


def _differ_in_demand(instances: Sequence[Instance]) -> bool:
    """Whether scenarios are only other streams, and nothing but commitments couples blocks."""
    first = replace(instances[0], shared=False)
    same = all(replace(p, streams=first.streams, shared=False) == first for p in instances[1:])
    return same and not what_couples_blocks(first)


def _by_shared_cuts(q: Together, search: Search) -> Joint:
    p = replace(next(iter(q.instances.values())), shared=False)
    scenarios = [Scenario(q.shares[name], q.instances[name].streams) for name in q.possible]
    found = commit_for(p, scenarios, search)
    blocks = len(p.time.slots) * len(scenarios)
    size = {"rows": len(p.streams) * blocks, "columns": len(p.deployments) * blocks}
    if found is None:
        return Joint("stopped", None, -np.inf, **size)
    status: Literal["optimal", "stopped"] = "optimal" if found.gap <= search.mip_gap else "stopped"
    return Joint(status, found.signed, found.bound, **size)


def _in_one_model(q: Together, begin: Signed | None, solver: str, search: Search) -> Joint:
    """The joint model solved; where the worst is minimised, then the expected cost among what is as good."""
    stack = build_together(q)
    a = arrays_from(stack)
    size = {"rows": len(stack.rows), "columns": len(stack.columns)}
    answer = solve_model(stack, a, solver, search, None if begin is None else _start(stack, begin))
    if answer.status == "infeasible":
        return Joint("infeasible", None, -np.inf, **size)
    status: Literal["optimal", "stopped"] = "optimal" if answer.status == "optimal" else "stopped"
    if answer.values is None:
        return Joint(status, None, answer.bound, **size)
    values = answer.values
    if q.aim.measure in ("worst_cost", "worst_regret"):
        reached = answer.objective + _NO_MORE * abs(answer.objective)
        held = replace(with_row(a, a.cost, reached), cost=_expected(stack, q))
        brief = replace(search, time_limit_s=_SECOND_SHARE * search.time_limit_s)
        second = solve_model(stack, held, "highs", brief, values).values
        values = values if second is None else second
    return Joint(status, _signed(stack, values), answer.bound, **size)


def _expected(stack: Stack, q: Together) -> Vector:
    found = np.zeros(len(stack.columns))
    for name in q.possible:
        for variable, usd in stack.costs[name]:
            found[variable] += q.shares[name] * usd
    return found


def _start(stack: Stack, signed: Signed) -> Vector:
    """Commitments as a partial solution."""
    begin = np.full(len(stack.columns), np.nan)
    for family in DECIDED_NOW:
        for key, variable in stack.family(family).items():
            begin[variable] = signed.get(family, {}).get(key, 0.0)
    return begin


def _signed(stack: Stack, values: Vector) -> Signed:
    found: dict[str, dict[tuple[str | int, ...], float]] = {family: {} for family in DECIDED_NOW}
    for family in DECIDED_NOW:
        for key, variable in stack.family(family).items():
            if nodes := round(values[variable]):
                found[family][key] = float(nodes)
    return found
