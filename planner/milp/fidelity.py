"""How finely whole numbers are sought: everywhere, in nodes, or in commitments alone. Every plan is whole.

A coarser search proves a bound with fractions where it saves time, then makes every block whole beside the
commitments found. Its gap compares the whole plan with the bound for fractions, so it is never too good. Where
only commitments couple blocks, coarser searches go to `core`; here are those that need the one model.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from planner.milp.arrays import arrays_from
from planner.milp.highs import Answer, Search, solve_arrays
from planner.milp.instance import Instance
from planner.milp.model import Model
from planner.milp.solve import solve

Fidelity = Literal["replicas", "nodes", "core"]
Asked = Literal["replicas", "nodes", "core", "auto"]

MOST_WHOLE = 20_000
"""Whole numbers up to which `auto` seeks all of a kind."""
_COMMITMENTS = frozenset({"bought", "kept", "sold", "persons", "used"})
_NODES = _COMMITMENTS | {"on_demand", "spot", "held", "started"}
_REPAIR_SHARE = 0.4


def fidelity_for(p: Instance, asked: Asked) -> Fidelity:
    """What is asked; for `auto` the finest whose whole numbers are not too many."""
    if asked != "auto":
        return asked
    slots = len(p.time.months) * len(p.time.block_labels)
    nodes = slots * sum(len(pool.rentals) for pool in p.pools.values())
    if nodes + slots * len(p.deployments) <= MOST_WHOLE:
        return "replicas"
    return "nodes" if nodes <= MOST_WHOLE else "core"


def solve_as(fidelity: Fidelity, p: Instance, m: Model, solver: str, search: Search) -> Answer:
    """Solve `m`, the model of `p`; at a coarser fidelity the bound is that of fractions, the plan is whole."""
    if fidelity == "replicas":
        return solve(p, m, solver, search)
    from planner.milp.decouple import block_by_block

    arrays = arrays_from(m)
    whole = _NODES if fidelity == "nodes" else _COMMITMENTS
    sought = arrays.integer & np.array([column.family in whole for column in m.columns], dtype=bool)
    first = replace(search, time_limit_s=(1 - _REPAIR_SHARE) * search.time_limit_s)
    coarse = solve_arrays(replace(arrays, integer=sought), first)
    if coarse.values is None:
        return coarse
    last = replace(search, time_limit_s=_REPAIR_SHARE * search.time_limit_s)
    guess = np.where(sought, np.round(coarse.values), coarse.values)
    plan = block_by_block(m, arrays, guess, last)
    if plan is None:
        return solve(p, m, solver, search)
    objective = float(arrays.cost @ plan)
    is_proven = objective - coarse.bound <= search.mip_gap * abs(objective)
    return Answer("optimal" if is_proven else "stopped", plan, objective, min(coarse.bound, objective))
