"""A given fleet under other demand, prices or limits: what it leaves unserved, what it breaks, what it costs.

Nodes stay as they are and at most the given replicas run; only requests are routed anew. In turn the least demand is
left unserved, the least of the limits is broken, and the least is paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import InfeasibleError
from planner.milp.arrays import Arrays, Mask, Vector, arrays_from
from planner.milp.build import formulate
from planner.milp.counts import least_counts
from planner.milp.highs import Search, solve_arrays
from planner.milp.instance import Instance
from planner.milp.model import Model
from planner.milp.recover import recovered
from planner.milp.solution import Certificate, Key, Solution, Verdict
from planner.milp.solve import solver_version
from planner.milp.stages import coefficients, with_row

NODES = frozenset({"bought", "kept", "sold", "on_demand", "spot", "held"})
Counts = Mapping[str, Mapping[Key, float]]
"""Family of a `Solution` → key → nodes or replicas."""
_NOTHING = 1e-7
_NO_MORE = 1e-9


@dataclass(frozen=True)
class Strain:
    """How a fleet fares: routes and costs, demand left unserved for want of replicas, and limits broken.

    `short` is by (stream, period, block) in requests/s; of deferrable work by (stream, period, "week"), a week's hourly
    shortages added up. `breach` is by limit in its own unit.
    """

    solution: Solution
    short: Mapping[Key, float]
    breach: Mapping[str, float]


def strain(p: Instance, fleet: Counts, search: Search, *, more_replicas: bool = False) -> Strain:
    """The fleet's fate; with `more_replicas` its nodes may run as many as they hold.

    Shares of providers follow from the nodes and are left to whoever reads them off. Raises InfeasibleError where
    no routing keeps to the problem at all.
    """
    p = replace(p, provider_shares=())
    m = formulate(p, relaxed=frozenset(p.limits), may_fall_short=True)
    a = _with_fleet(m, arrays_from(m), p, fleet, more_replicas)
    values: Vector = np.zeros(0)
    for cost in (_shortage(m, p), _breaches(m, p), coefficients(m, p, "cost")):
        answer = solve_arrays(replace(a, cost=cost), replace(search, mip_gap=0.0), values if len(values) else None)
        if answer.values is None:
            raise InfeasibleError("the fleet cannot be operated within the rules of the problem, whatever it serves")
        values = answer.values
        reached = float(cost @ values)
        a = with_row(a, cost, reached + _NO_MORE * max(1.0, abs(reached)))
    values = least_counts(m, np.where(a.integer, np.round(values), values))
    found = recovered(m, p, values)
    return Strain(Solution(_certificate(m, p, values, search), found), _left(m, values, "short"), _breached(m, values))


def _with_fleet(m: Model, a: Arrays, p: Instance, fleet: Counts, more_replicas: bool) -> Arrays:
    """Nodes at their counts; working replicas at most those of the fleet less the spares due."""
    given = np.zeros(len(m.columns))
    fixed: Mask = np.zeros(len(m.columns), dtype=bool)
    upper = a.upper.copy()
    spares = {one.key: one.spares for one in p.deployments}
    for place, column in enumerate(m.columns):
        if column.family in NODES:
            fixed[place], given[place] = True, fleet.get(column.family, {}).get(column.key, 0.0)
        elif column.family in ("working", "running") and not more_replicas:
            replicas = fleet.get("replicas", {}).get(column.key, 0.0)
            key = (str(column.key[0]), str(column.key[1]), str(column.key[2]), str(column.key[3]))
            most = replicas - spares[key] if column.family == "working" else replicas
            upper[place] = min(upper[place], max(0.0, most))
    return replace(a, upper=upper).held(fixed, given)


def _shortage(m: Model, p: Instance) -> Vector:
    """Each shortage as a share of what is asked."""
    cost = np.zeros(len(m.columns))
    for (stream, t, when), variable in m.family("short").items():
        one = p.streams[str(stream)]
        asked = sum(one.arrivals[int(t)]) if when == "week" else one.planned[int(t)][int(when)]
        cost[variable] = 1 / max(asked, _NOTHING)
    return cost


def _breaches(m: Model, p: Instance) -> Vector:
    """Each breach as a share of its limit."""
    cost = np.zeros(len(m.columns))
    for (limit,), variable in m.family("breach").items():
        cost[variable] = 1 / max(p.limits[str(limit)].value, 1.0)
    return cost


def _left(m: Model, values: Vector, family: str) -> dict[Key, float]:
    return {key: float(values[v]) for key, v in m.family(family).items() if values[v] > _NOTHING}


def _breached(m: Model, values: Vector) -> dict[str, float]:
    return {str(key[0]): amount for key, amount in _left(m, values, "breach").items()}


def _certificate(m: Model, p: Instance, values: Vector, search: Search) -> Certificate:
    """Of the routing: the fleet is given."""
    objective = float(coefficients(m, p, p.objective) @ values)
    return Certificate(
        verdict=Verdict.FEASIBLE,
        objective=objective,
        bound=objective,
        gap=0.0,
        gap_asked=0.0,
        time_limit_s=search.time_limit_s,
        build_s=0.0,
        solve_s=0.0,
        rows=len(m.rows),
        columns=len(m.columns),
        integers=0,
        solver="highs",
        solver_version=solver_version("highs"),
        threads=search.threads,
        seed=search.seed,
    )
