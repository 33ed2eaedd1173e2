"""What planning the hours by blocks can cost: a bound on any plan that treats each of the 168 hours on its own.

A plan for blocks serves every hour of them, so it costs at least what the best hourly plan costs. Whatever an
hourly plan does, its averages over the hours of each block satisfy every linear row with the block's mean
demand (Jensen), so the linear relaxation at the mean demands cannot cost more than it. Rows and bounds whose
coefficients follow the demand (spares, whole buckets, deadlines within the week, starts) are left out there.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.milp.arrays import Arrays, arrays_from
from planner.milp.build import build
from planner.milp.highs import Search, solve_arrays
from planner.milp.instance import Grid, Instance
from planner.milp.model import Model, Row
from planner.milp.prune import prune
from planner.milp.solution import Solution

LINEAR_IN_DEMAND = frozenset(
    {
        "balance_halves",
        "order_at_once",
        "do_work",
        "fill_nodes",
        "keep_commitments",
        "keep_running",
        "limit_spot_share",
        "respect_budgets",
        "respect_carbon",
        "respect_ceilings",
        "respect_gpu_limit",
        "respect_node_limits",
        "respect_power",
        "respect_provider_shares",
        "respect_quotas",
        "retire_for_good",
        "sell_once",
        "serve_demand",
        "share_replicas",
        "staff_systems",
    }
)
"""Families that hold for averages over hours wherever they hold in each hour."""
_BOUNDED_BY_LOAD = frozenset({"running", "working", "work"})
_SHARE_OF_TIME = 0.1


def with_hours(p: Instance, solution: Solution, search: Search) -> Solution:
    """The solution with the bound of the hours in its certificate; as it is where blocks hold equal hours."""
    if not any(one.average and one.average != one.planned for one in p.streams.values()):
        return solution
    brief = replace(search, time_limit_s=_SHARE_OF_TIME * search.time_limit_s)
    small = prune(p)
    lowest, highest = (_relaxed(one, brief) for one in (at_mean_demand(small), small))
    if not np.isfinite(lowest):
        return solution
    error = highest / lowest - 1 if np.isfinite(highest) and lowest > 0 else None
    certificate = replace(solution.certificate, hourly_bound=lowest, clustering_error=error)
    return replace(solution, certificate=certificate)


def at_mean_demand(p: Instance) -> Instance:
    """The same with each block at the mean of its hours; deferrable work arrives as it does."""
    streams = {
        name: one
        if one.deadline_h is not None or not one.average
        else replace(one, planned=one.average, expected_share=_rescaled(one.expected_share, one.planned, one.average))
        for name, one in p.streams.items()
    }
    return replace(p, streams=streams)


def _rescaled(share: Grid, planned: Grid, average: Grid) -> Grid:
    """Requests expected for each request of the average."""
    return tuple(
        tuple(s * most / mean if mean > 0 else 0.0 for s, most, mean in zip(*rows, strict=True))
        for rows in zip(share, planned, average, strict=True)
    )


def _relaxed(p: Instance, search: Search) -> float:
    """Optimum of the first goal without integrality, spares, and rows that are not linear in the demand."""
    bare = replace(p, deployments=tuple(replace(one, spares=0) for one in p.deployments))
    m = build(bare)
    m.rows = [row for row in m.rows if _is_kept(row)]
    return solve_arrays(_unbounded(m, arrays_from(m)).relaxed(), search).bound


def _is_kept(row: Row) -> bool:
    return row.family in LINEAR_IN_DEMAND or (row.family == "meet_deadlines" and row.key[-1] == "week")


def _unbounded(m: Model, a: Arrays) -> Arrays:
    """Without the upper bounds that come from the load of a block."""
    loose = np.array([column.family in _BOUNDED_BY_LOAD for column in m.columns])
    return replace(a, upper=np.where(loose, np.inf, a.upper))
