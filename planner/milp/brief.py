"""A good plan and a proven bound in a few seconds, from plans of like questions.

Where like questions are asked again and again, most of a search would be spent on finding a first plan. Here it is
the best of known plans as they are, and of blocks solved with the deployments that these run and the linear
relaxation leans on. A large model that falls apart is proven part by part from there (see `parts_bound`), which takes
a small share of the time that one tree would; of any other all that is left of the time goes to the proof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from planner.milp.arrays import Arrays, Mask, Vector, arrays_from
from planner.milp.build import build
from planner.milp.decouple import block_by_block
from planner.milp.highs import Answer, Search, solve_arrays, solve_relaxed
from planner.milp.instance import Instance
from planner.milp.model import Model
from planner.milp.parts import parts_of
from planner.milp.parts_bound import PartsBound
from planner.milp.parts_search import ROUNDS, search_in_parts
from planner.milp.prune import prune
from planner.milp.recover import Values, recovered
from planner.milp.refuse import refuse_unserved
from planner.milp.solution import Key
from planner.milp.solve import LARGE, settle
from planner.milp.start import together

Counts = Mapping[tuple[str, Key], int]
"""Nodes and replicas by family and key: all that a plan decides in whole numbers, spares left out of replicas."""

_RUNNING = frozenset({"working", "active", "running"})
COUNTED = frozenset({"bought", "kept", "on_demand", "spot", "working"})
_LEANS = 1e-6
_START_SHARE = 0.4
_TOGETHER_SHARE = 0.5
_MOST_KNOWN = 4


@dataclass(frozen=True)
class Brief:
    """What was found: the values by family and counts, what they cost and what nothing costs less than."""

    values: Values
    objective: float
    bound: float
    counts: Counts


def solve_briefly(p: Instance, known: Sequence[Counts], search: Search, floor: float = -np.inf) -> Brief | Answer:
    """A plan of `p` within the time of `search`; an Answer without values where none was found.

    What is known to be below every plan, the `floor`, need not be proven again.

    Raises InfeasibleError where a demand cannot be served at all.
    """
    refuse_unserved(p)
    small = prune(p)
    m = build(small)
    answer = brief_answer(m, known, search, floor=floor)
    if answer.values is None:
        return answer
    return Brief(recovered(m, small, answer.values), answer.objective, answer.bound, counts_in(m, answer.values))


def brief_answer(
    m: Model, known: Sequence[Counts], search: Search, *, rounds: int = ROUNDS, floor: float = -np.inf
) -> Answer:
    """The same for a model, with the values of its columns, integers whole; parts are solved so often at most."""
    ends = perf_counter() + search.time_limit_s
    a = arrays_from(m)
    known = known[:_MOST_KNOWN]
    relaxed, duals = solve_relaxed(a, search)
    if relaxed.values is None:
        return relaxed
    parts = parts_of(m, a) if a.integer.sum() >= LARGE else None
    few = _few(m, a, relaxed.values, known)
    alone = search if parts is None else replace(search, threads=1)  # each part is too small for several
    plans = _plans(m, a, few, known, replace(alone, time_limit_s=_START_SHARE * search.time_limit_s))
    left = replace(search, time_limit_s=max(0.0, ends - perf_counter()))
    if parts is None:
        answer = _as_one(m, a, few, plans, left)
    else:
        answer = search_in_parts(m, PartsBound(parts, relaxed.values, duals, floor), plans, left, rounds)
    bound = max(answer.bound, relaxed.bound, floor)
    if answer.values is None:
        return replace(answer, bound=bound)
    whole = settle(a, answer.values, search)
    objective = float(a.cost @ whole)
    return replace(answer, values=whole, objective=objective, bound=min(bound, objective))


def _as_one(m: Model, a: Arrays, few: Arrays, plans: list[Vector], search: Search) -> Answer:
    """The search of a model that does not fall apart."""
    ends = perf_counter() + search.time_limit_s
    brief = replace(search, time_limit_s=_TOGETHER_SHARE * _START_SHARE * search.time_limit_s)
    first = together(m, few, plans, brief) if plans else None
    answer = solve_arrays(a, replace(search, time_limit_s=max(0.0, ends - perf_counter())), first)
    return answer if answer.values is not None or first is None else replace(answer, values=first)


def counts_in(m: Model, whole: Vector) -> dict[tuple[str, Key], int]:
    """Nodes and replicas of a solved model."""
    columns = zip(m.columns, whole.tolist(), strict=True)
    return {(one.family, one.key): round(x) for one, x in columns if one.family in COUNTED and x > _LEANS}


def _few(m: Model, a: Arrays, relaxed: Vector, known: Sequence[Counts]) -> Arrays:
    """The model with nothing running but what is known or what the relaxation leans on."""
    wanted = {key[:4] for counts in known for family, key in counts if family == "working"}
    wanted |= {one.key[:4] for one, x in zip(m.columns, relaxed, strict=True) if one.family == "working" and x > _LEANS}
    shut = np.array([one.family in _RUNNING and one.key[:4] not in wanted for one in m.columns])
    return a.held(shut, np.zeros(len(shut)))


def _plans(m: Model, a: Arrays, few: Arrays, known: Sequence[Counts], search: Search) -> list[Vector]:
    """Plans to begin with: known ones that are plans of this model too, and blocks on few deployments."""
    plans = [plan for counts in known if (plan := _as_known(m, a, counts, search)) is not None]
    guess = solve_arrays(few.relaxed(), search).values
    if guess is not None:
        plan = block_by_block(m, few, np.where(a.integer & _commitments(m), np.round(guess), guess), search)
        plans += [] if plan is None else [plan]
    return plans


def _as_known(m: Model, a: Arrays, counts: Counts, search: Search) -> Vector | None:
    """A known plan, where it is one of this model too; what it does not say is found."""
    held = np.array([one.family in COUNTED for one in m.columns])
    values = np.array([float(counts.get((one.family, one.key), 0)) for one in m.columns])
    brief = replace(search, time_limit_s=_START_SHARE * search.time_limit_s)
    return solve_arrays(a.held(held, values), brief).values


def _commitments(m: Model) -> Mask:
    return np.array([column.family in {"bought", "kept"} for column in m.columns])
