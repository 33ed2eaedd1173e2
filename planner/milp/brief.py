"""A good plan and a proven bound in a few seconds, from what plans of like questions run.

Where like questions are asked again and again, most of a search would be spent on finding a first plan. Here the
blocks are solved with the deployments that known plans run and the linear relaxation leans on, and all that is left
of the time goes to the proof, from there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from planner.milp.arrays import Arrays, Mask, Vector, arrays_from
from planner.milp.build import build
from planner.milp.decouple import block_by_block
from planner.milp.highs import Answer, Search, solve_arrays
from planner.milp.instance import Instance
from planner.milp.model import Model
from planner.milp.prune import prune
from planner.milp.recover import Values, recovered
from planner.milp.refuse import refuse_unserved
from planner.milp.solve import settle
from planner.milp.start import together

Run = tuple[str, str, str, str]
"""Workload, configuration, pool and capacity kind of a deployment."""

_RUNNING = frozenset({"working", "active", "running"})
_LEANS = 1e-6
_START_SHARE = 0.35
_TOGETHER_SHARE = 0.5


@dataclass(frozen=True)
class Brief:
    """What was found: the values by family, what they cost and what nothing costs less than; the runs at work."""

    values: Values
    objective: float
    bound: float
    runs: frozenset[Run]


def solve_briefly(p: Instance, known: Collection[Run], search: Search) -> Brief | Answer:
    """A plan of `p` within the time of `search`; an Answer without values where none was found.

    Raises InfeasibleError where a demand cannot be served at all.
    """
    ends = perf_counter() + search.time_limit_s
    refuse_unserved(p)
    small = prune(p)
    m = build(small)
    a = arrays_from(m)
    relaxed = solve_arrays(a.relaxed(), search)
    if relaxed.values is None:
        return relaxed
    first = _started(m, a, relaxed.values, known, replace(search, time_limit_s=_START_SHARE * search.time_limit_s))
    left = replace(search, time_limit_s=max(0.0, ends - perf_counter()))
    answer = solve_arrays(a, left, first)
    bound = max(answer.bound, relaxed.bound)
    values = first if answer.values is None else answer.values
    if values is None:
        return replace(answer, bound=bound)
    whole = settle(a, values, search)
    objective = float(a.cost @ whole)
    runs = frozenset(_runs(m, whole > _LEANS))
    return Brief(recovered(m, small, whole), objective, min(bound, objective), runs)


def _started(m: Model, a: Arrays, relaxed: Vector, known: Collection[Run], search: Search) -> Vector | None:
    """The best plan that runs nothing but what is known or what the relaxation leans on; None where none is found."""
    wanted = {*known, *_runs(m, relaxed > _LEANS)}
    shut = np.array([one.family in _RUNNING and one.key[:4] not in wanted for one in m.columns])
    few = a.held(shut, np.zeros(len(shut)))
    guess = solve_arrays(few.relaxed(), search).values
    if guess is None:
        return None
    plan = block_by_block(m, few, np.where(a.integer & _commitments(m), np.round(guess), guess), search)
    if plan is None:
        return None
    return together(m, few, [plan], replace(search, time_limit_s=_TOGETHER_SHARE * search.time_limit_s))


def _commitments(m: Model) -> Mask:
    return np.array([column.family in {"bought", "kept"} for column in m.columns])


def _runs(m: Model, at_work: Mask) -> set[Run]:
    found = (one.key for one, works in zip(m.columns, at_work, strict=True) if works and one.family == "working")
    return {(str(key[0]), str(key[1]), str(key[2]), str(key[3])) for key in found}
