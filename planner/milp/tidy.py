"""Ties: on the fleet found, run the fewest distinct configurations, then the fewest GPUs, then trade the least.

Nodes, API calls and deferred work are fixed, so the objective cannot rise; only replicas move, and owned systems that
may be sold: one that is kept costs no more than one that is sold for the price of the next.
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
    tie = _ties(p, _gpus_held(m, found), sum(value for one, value in found.items() if _is_trade(p, *one)))
    arrays = _with_fixed(tie, p, arrays_from(tie), found)
    if _moves_money(tie, p):
        for goal in dict.fromkeys(("cost", *p.goals)):
            reached = float(coefficients(m, p, goal) @ values)
            arrays = with_row(arrays, coefficients(tie, p, goal), reached + _NO_MORE * abs(reached))
    brief = replace(search, time_limit_s=min(_MOST_S, _SHARE_OF_TIME * search.time_limit_s), mip_gap=0.0)
    begin = np.array([found.get((column.family, column.key), np.nan) for column in tie.columns])
    answer = solve_arrays(arrays, brief, begin)
    if answer.values is None:
        return values
    best: Found = {(c.family, c.key): float(v) for c, v in zip(tie.columns, answer.values, strict=True)}
    whole = [round(best[c.family, c.key]) if c.integer else best[c.family, c.key] for c in m.columns]
    return np.array(whole, dtype=np.float64)


def _ties(p: Instance, gpus_held: float, trades: float) -> Model:
    """The formulation with ties as its objective: a configuration weighs more than all GPUs, a GPU than all trades."""
    every = len({one.config for one in p.deployments})
    if p.configuration_limit is None:
        p = replace(p, configuration_limit="every", limits={**p.limits, "every": Limit(every, "configurations")})
    tie = formulate(p)
    gpus = [term for one in p.deployments for t, b in p.time.slots for term in gpus_taken(tie, one, t, b)]
    traded = [
        (variable, 1 / (trades + 1))
        for family in ("bought", "sold")
        for key, variable in tie.family(family).items()
        if _is_trade(p, family, key)
    ]
    tie.minimise([*((used, gpus_held + 1) for used in tie.family("used").values()), *gpus, *traded])
    return tie


def _is_trade(p: Instance, family: str, key: Key) -> bool:
    """Whether a column counts owned systems that may be sold again as they are bought or sold."""
    return family in {"bought", "sold"} and key[1] == "owned" and bool(p.pools[str(key[0])].commitments["owned"].sales)


def _gpus_held(m: Model, found: Found) -> float:
    """GPUs of all nodes, added up over blocks: no plan on them takes more."""
    value = [found[column.family, column.key] for column in m.columns]
    held = (-c * value[v] for row in m.rows if row.family == "fill_nodes" for v, c in row.terms if c < 0)
    return sum(held)


def _with_fixed(tie: Model, p: Instance, a: Arrays, found: Found) -> Arrays:
    routes = {"served"} if p.with_egress else set()
    fixed = np.array([c.family in FIXED | routes and not _is_trade(p, c.family, c.key) for c in tie.columns])
    values = np.array([found.get((column.family, column.key), 0.0) for column in tie.columns])
    return a.held(fixed, values)


def _moves_money(tie: Model, p: Instance) -> bool:
    """Whether what may move costs something, so that no goal may get worse by it."""
    return any(one.usd_per_hour or one.usd_per_request for one in p.deployments) or any(
        _is_trade(p, column.family, column.key) for column in tie.columns
    )
