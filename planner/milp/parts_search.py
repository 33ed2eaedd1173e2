"""The search of a model that falls apart: the bound from its parts, the plan from what parts use at its prices."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from planner.milp.arrays import Arrays, Vector
from planner.milp.decouple import block_by_block
from planner.milp.highs import Answer, Search, solve_arrays, solve_relaxed
from planner.milp.model import Model
from planner.milp.parts import parts_of
from planner.milp.parts_bound import PartsBound

ROUNDS = 12
_PART_GAP = 0.4
"""Of the gap asked for, that a part, or a search of what parts use, may leave open."""
_JOINT_SHARE = 0.25


def by_parts(m: Model, a: Arrays, first: Vector | None, search: Search) -> tuple[Answer, Arrays] | None:
    """A plan and a bound of `m`, whose arrays are `a`, from a first plan if any; None where parts find none.

    Also the arrays with what was proven of parts as rows.
    """
    parts = parts_of(m, a)
    if parts is None:
        return None
    relaxed, duals = solve_relaxed(a, search)
    if relaxed.values is None:
        return None
    bound = PartsBound(parts, relaxed.values, duals)
    answer = search_in_parts(m, bound, [] if first is None else [first], search)
    return None if answer.values is None else (answer, bound.with_rows(a))


def search_in_parts(m: Model, bound: PartsBound, plans: list[Vector], search: Search, rounds: int = ROUNDS) -> Answer:
    """A plan and a bound within the time, from known plans; parts are solved so often at most."""
    a, ends = bound.parts.whole, perf_counter() + search.time_limit_s
    for plan in plans:
        bound.take(plan)
    best = min(plans, key=lambda plan: float(a.cost @ plan), default=None)
    joined = False
    for turn in range(rounds):
        left = replace(search, mip_gap=_PART_GAP * search.mip_gap, time_limit_s=ends - perf_counter())
        if left.time_limit_s <= _JOINT_SHARE * search.time_limit_s or _is_proven(a, best, bound, search):
            break
        if not bound.raise_once(left):
            return Answer("infeasible", None, np.inf, np.inf)
        joined = turn == 0 and not _is_proven(a, best, bound, search)
        if joined:
            best = _better(m, bound, best, _joint(search, ends))
        if bound.is_settled(search.mip_gap):
            break
    if not joined and not _is_proven(a, best, bound, search):
        best = _better(m, bound, best, _joint(search, ends))
    if best is None:
        return solve_arrays(a, replace(search, time_limit_s=max(0.0, ends - perf_counter())))
    return Answer("stopped", best, float(a.cost @ best), bound.proven)


def _joint(search: Search, ends: float) -> Search:
    """A search of what parts use, in one thread: it is too small for several."""
    seconds = min(_JOINT_SHARE * search.time_limit_s, max(0.0, ends - perf_counter()))
    return replace(search, mip_gap=_PART_GAP * search.mip_gap, time_limit_s=seconds, threads=1)


def _better(m: Model, bound: PartsBound, best: Vector | None, search: Search) -> Vector | None:
    """The best plan of columns that some plan of a part, or the relaxation, uses."""
    a = bound.parts.whole
    few = a.held(a.integer & ~bound.used, np.zeros(len(a.cost)))
    guess = np.zeros(len(a.cost))
    guess[bound.parts.shared] = bound.shared
    plan = block_by_block(m, few, np.where(a.integer, np.round(guess), guess), search)
    best = best if plan is None else _cheaper(a, best, plan)
    answer = solve_arrays(few, search, best)
    if answer.values is None:
        return best
    return _cheaper(a, best, np.where(a.integer, np.round(answer.values), answer.values))


def _cheaper(a: Arrays, one: Vector | None, other: Vector) -> Vector:
    return other if one is None or a.cost @ other < a.cost @ one else one


def _is_proven(a: Arrays, plan: Vector | None, bound: PartsBound, search: Search) -> bool:
    return plan is not None and float(a.cost @ plan) - bound.proven <= search.mip_gap * abs(float(a.cost @ plan))
