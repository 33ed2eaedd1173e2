"""Ties: on the fleet found, run the fewest distinct configurations, then the fewest GPUs.

Nodes, API calls and deferred work are fixed, so the objective cannot rise; only replicas move.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.milp.arrays import Arrays, Vector, arrays_from
from planner.milp.build import formulate
from planner.milp.expressions import gpus_taken
from planner.milp.highs import Search, solve_arrays
from planner.milp.instance import Instance, Limit
from planner.milp.model import Model
from planner.milp.solution import Key
from planner.milp.stages import coefficients, with_row

COUNTED = frozenset({"held", "started", "switched"})
"""What follows from nodes and replicas, and is paid for."""
FIXED = (
    frozenset(
        {"bought", "kept", "sold", "persons", "on_demand", "spot", "api", "work", "backlog", "unserved", "excess"}
    )
    | COUNTED
)
_SHARE_OF_TIME = 0.1
_MOST_S = 5.0
_NO_MORE = 1e-9

Found = dict[tuple[str, Key], float]


def tidied(m: Model, p: Instance, values: Vector, search: Search) -> Vector:
    """Values of `m`'s columns for the same fleet with ties broken, as far as a tenth of the time allows."""
    found: Found = {(c.family, c.key): float(v) for c, v in zip(m.columns, values, strict=True)}
    tie = _ties(p, _gpus_held(m, found))
    arrays = _no_dearer(
        tie, p, _with_fixed(tie, p, arrays_from(tie), found), float(coefficients(m, p, "cost") @ values)
    )
    brief = replace(search, time_limit_s=min(_MOST_S, _SHARE_OF_TIME * search.time_limit_s), mip_gap=0.0)
    begin = np.array([found.get((column.family, column.key), np.nan) for column in tie.columns])
    answer = solve_arrays(arrays, brief, begin)
    if answer.values is None:
        return values
    best: Found = {(c.family, c.key): float(v) for c, v in zip(tie.columns, answer.values, strict=True)}
    whole = [round(best[c.family, c.key]) if c.integer else best[c.family, c.key] for c in m.columns]
    return np.array(whole, dtype=np.float64)


def _ties(p: Instance, gpus_held: float) -> Model:
    """The formulation with ties as its objective; one configuration weighs more than all GPUs."""
    every = len({one.config for one in p.deployments})
    if p.configuration_limit is None:
        p = replace(p, configuration_limit="every", limits={**p.limits, "every": Limit(every, "configurations")})
    tie = formulate(p)
    gpus = [term for one in p.deployments for t, b in p.time.slots for term in gpus_taken(tie, one, t, b)]
    tie.minimise([*((used, gpus_held + 1) for used in tie.family("used").values()), *gpus])
    return tie


def _gpus_held(m: Model, found: Found) -> float:
    """GPUs of all nodes, added up over blocks: no plan on them takes more."""
    value = [found[column.family, column.key] for column in m.columns]
    held = (-c * value[v] for row in m.rows if row.family == "fill_nodes" for v, c in row.terms if c < 0)
    return sum(held)


def _with_fixed(tie: Model, p: Instance, a: Arrays, found: Found) -> Arrays:
    routes = {"served"} if p.with_egress else set()
    fixed = np.array([column.family in FIXED | routes for column in tie.columns])
    values = np.array([found.get((column.family, column.key), 0.0) for column in tie.columns])
    return a.held(fixed, values)


def _no_dearer(tie: Model, p: Instance, a: Arrays, usd: float) -> Arrays:
    """Where replicas cost something by the hour, the plan may not become dearer."""
    if not any(one.usd_per_hour or one.usd_per_request for one in p.deployments):
        return a
    return with_row(a, coefficients(tie, p, "cost"), usd + _NO_MORE * abs(usd))
