"""A good plan to begin the search from: without one, a solver may find none for minutes.

Two guesses at the commitments: those of the linear relaxation in whole nodes (right where little is
committed), and those of coarser questions, one block or one period at the highest demand (right where much
is). Given commitments each block is solved on its own; then all blocks together on the deployments that some
guess uses. Where whole replicas or halves may serve, the plan with whole replicas alone is a guess too: it has far
fewer ways to go wrong. The proof is left to the full search.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from planner.milp.arrays import Arrays, Vector, arrays_from
from planner.milp.build import build
from planner.milp.coarse import carried, one_block, one_period
from planner.milp.complete import with_existing_sold
from planner.milp.decouple import block_by_block
from planner.milp.highs import Search, solve_arrays
from planner.milp.instance import Instance
from planner.milp.model import Model
from planner.milp.nearest import nearest
from planner.milp.prune import prune

_BLOCKS_SHARE = 0.35
_FLAT_SHARE = 0.04
_PERIOD_SHARE = 0.15
_TOGETHER_SHARE = 0.15
_WHOLE_SHARE = 0.35
_NEAREST_SHARE = 0.5
_COARSE_GAP = 0.005
_FEW_COMMITMENTS = 0.02
_TOLERANCE = 1e-6


def good_start(p: Instance, m: Model, a: Arrays, search: Search) -> Vector | None:
    """A feasible plan with whole numbers for `m`, the model of `p`; None where these steps find none."""
    if (fewer := nearest(p, m)) is not None:
        return from_fewer(fewer, m, a, _part(search, _NEAREST_SHARE))
    relaxed = solve_arrays(a.relaxed(), search).values
    if relaxed is None:
        return None
    guesses = [rounded(m, a, relaxed, search)]
    open_question = p.signed is None  # coarser questions are about what to sign
    if open_question and (guesses[0] is None or _committed_share(m, a, relaxed) > _FEW_COMMITMENTS):
        guesses.append(from_coarse(p, m, a, search))
    if (whole := without_halves(p)) is not None:
        guesses.append(from_fewer(whole, m, a, _part(search, _WHOLE_SHARE)))
    plans = [plan for plan in guesses if plan is not None]
    return together(m, a, plans, _part(search, _TOGETHER_SHARE)) if plans else None


def _part(search: Search, share: float) -> Search:
    return replace(search, time_limit_s=share * search.time_limit_s)


def _committed_share(m: Model, a: Arrays, values: Vector) -> float:
    """What the commitments of a plan make of its objective."""
    bought = np.array([column.family == "bought" for column in m.columns])
    whole = float(a.cost @ values)
    return float(a.cost[bought] @ values[bought]) / whole if whole > 0 else 0.0


def rounded(m: Model, a: Arrays, relaxed: Vector, search: Search) -> Vector | None:
    """The relaxation's commitments rounded, or rounded up where that is too few, with the blocks solved."""
    for whole in (np.round(relaxed), np.ceil(relaxed - _TOLERANCE)):
        guess = with_existing_sold(m, np.where(a.integer, whole, relaxed))
        plan = block_by_block(m, a, guess, _part(search, _BLOCKS_SHARE))
        if plan is not None:
            return plan
    return None


def from_coarse(p: Instance, m: Model, a: Arrays, search: Search) -> Vector | None:
    """The plan of coarser questions, each started from the one before, carried to `m` and improved."""
    coarse: Instance | None = None
    model, plan = m, None
    for finer, share in _ladder(p):
        finer_model = build(finer)
        arrays = arrays_from(finer_model)
        begin = None if plan is None or coarse is None else _carried(coarse, model, plan, finer_model, arrays, search)
        answer = solve_arrays(arrays, replace(_part(search, share), mip_gap=_COARSE_GAP), begin)
        if answer.values is None:
            return None
        coarse, model, plan = finer, finer_model, answer.values
    if coarse is None or plan is None:
        return None
    begin = _carried(coarse, model, plan, m, a, search)
    if begin is None:
        return None
    better = block_by_block(m, a, begin, _part(search, _BLOCKS_SHARE), begin=True)
    return begin if better is None or a.cost @ better > a.cost @ begin else better


def without_halves(p: Instance) -> Instance | None:
    """The same with whole replicas alone; None where there are no halves, or something is served by halves alone."""
    whole = tuple(one for one in p.deployments if one.role == "aggregated")
    if not p.in_halves <= {one.workload for one in whole}:
        return None
    return prune(replace(p, deployments=whole)) if p.in_halves else None


def from_fewer(fewer: Instance, m: Model, a: Arrays, search: Search) -> Vector | None:
    """The plan of a question with fewer deployments, searched like any large one, carried to `m`."""
    model = build(fewer)
    arrays = arrays_from(model)
    answer = solve_arrays(arrays, search, good_start(fewer, model, arrays, search))
    if answer.values is None:
        return None
    found = {(c.family, c.key): round(float(v)) for c, v in zip(model.columns, answer.values, strict=True)}
    whole = np.array([float(found.get((c.family, c.key), 0)) if c.integer else 0.0 for c in m.columns])
    return _completed(a, with_existing_sold(m, whole), search)


def _ladder(p: Instance) -> Iterator[tuple[Instance, float]]:
    """Coarser questions with the share of the time each may take, the coarsest first."""
    if len(p.time.block_labels) > 1:
        yield one_block(one_period(p)), _FLAT_SHARE
    if len(p.time.months) > 1:
        yield one_period(p), _PERIOD_SHARE


def _carried(coarse: Instance, model: Model, plan: Vector, finer: Model, a: Arrays, search: Search) -> Vector | None:
    """A feasible point of the finer model with the coarse plan's integers; None where there is none."""
    found = {(c.family, c.key): float(v) for c, v in zip(model.columns, plan, strict=True)}
    return _completed(a, with_existing_sold(finer, np.round(carried(coarse, found, finer))), search)


def _completed(a: Arrays, whole: Vector, search: Search) -> Vector | None:
    """The plan with these integers; None where there is none."""
    answer = solve_arrays(a.held(a.integer, whole).relaxed(), search)
    return None if answer.values is None else np.where(a.integer, whole, answer.values)


def together(m: Model, a: Arrays, plans: list[Vector], search: Search) -> Vector:
    """All blocks at once on the deployments that some plan uses, from the cheapest plan."""
    best = min(plans, key=lambda plan: float(a.cost @ plan))
    used = {c.key[:4] for plan in plans for c, v in zip(m.columns, plan, strict=True) if c.family == "working" and v}
    shut = np.array(
        [column.family in {"working", "active", "running"} and column.key[:4] not in used for column in m.columns]
    )
    answer = solve_arrays(a.held(shut, np.zeros(len(shut))), search, best)
    if answer.values is None or answer.objective > float(a.cost @ best):
        return best
    return np.where(a.integer, np.round(answer.values), answer.values)
