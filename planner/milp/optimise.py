"""From a problem, its demand and its candidates to the best fleet, and how far that is proven."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.candidates.candidate import CandidateSet
from planner.demand.types import Demand
from planner.errors import InfeasibleError, OutOfTimeError
from planner.inputs.problem import Problem
from planner.milp.arrays import Vector
from planner.milp.build import build
from planner.milp.counts import least_counts
from planner.milp.fidelity import fidelity_for, solve_as
from planner.milp.gather import instance_from
from planner.milp.highs import Answer, Search
from planner.milp.hours import with_hours
from planner.milp.instance import Instance
from planner.milp.model import Model
from planner.milp.prune import prune
from planner.milp.recover import recovered
from planner.milp.refuse import refuse_unserved
from planner.milp.solution import Certificate, Solution, Verdict
from planner.milp.solve import solver_version
from planner.milp.stages import in_turn, restated
from planner.milp.tidy import tidied

if TYPE_CHECKING:
    from planner.milp.core.solve import CorePlan

_EXACT = 1e-6  # relative; what "proven optimal" means at a gap of zero


def optimise(problem: Problem, demand: Demand, candidates: CandidateSet) -> Solution:
    """The best fleet within the limits of the problem.

    Raises InfeasibleError naming the limits in the way, OutOfTimeError where the clock ran out first.
    """
    p, search = instance_from(problem, demand, candidates), search_for(problem)
    solution = optimise_instance(p, problem.solve.solver, search)
    return solution if solution.certificate.fidelity == "core" else with_hours(p, solution, search)


def optimise_instance(p: Instance, solver: str, search: Search) -> Solution:
    """`optimise` for numbers: leave out what cannot matter, build, solve, break ties, translate back."""
    started = time.perf_counter()
    refuse_unserved(p)
    small = prune(p)
    fidelity = fidelity_for(small, search.fidelity)
    if fidelity != "replicas" and (apart := _apart(small, search)):
        return _in_blocks(apart, search, time.perf_counter() - started)
    model = build(small)
    built = time.perf_counter()
    answer = solve_as(fidelity, small, model, solver, search)
    values, stages = in_turn(model, small, require_answer(answer, small, search), answer, search)
    values = least_counts(model, tidied(model, small, values, search))
    answer, stages = restated(model, small, values, (answer, stages))
    certificate = _certificate(model, answer, search, solver, (built - started, time.perf_counter() - built))
    return Solution(replace(certificate, stages=stages, fidelity=fidelity), recovered(model, small, values))


def _apart(p: Instance, search: Search) -> CorePlan | None:
    """The plan of a question in which only commitments couple blocks; None where more does, or none was found."""
    from planner.milp.core.applies import what_couples_blocks
    from planner.milp.core.solve import solve_apart

    return None if what_couples_blocks(p) else solve_apart(p, search)


def _in_blocks(plan: CorePlan, search: Search, seconds: float) -> Solution:
    """The plan of a question solved block by block, with its certificate."""
    gap = (plan.cost - plan.bound) / max(abs(plan.cost), 1e-9)
    certificate = Certificate(
        verdict=Verdict.OPTIMAL if gap <= max(search.mip_gap, _EXACT) else Verdict.FEASIBLE,
        objective=plan.cost,
        bound=plan.bound,
        gap=gap,
        gap_asked=search.mip_gap,
        time_limit_s=search.time_limit_s,
        build_s=0.0,
        solve_s=seconds,
        rows=plan.rows,
        columns=plan.columns,
        integers=plan.integers,
        solver="highs",
        solver_version=solver_version("highs"),
        threads=search.threads,
        seed=search.seed,
        fidelity="core",
    )
    return Solution(certificate, plan.values)


def require_answer(answer: Answer, p: Instance, search: Search) -> Vector:
    """The values found; raises InfeasibleError with the diagnosis, or OutOfTimeError."""
    if answer.status == "infeasible":
        from planner.milp.diagnose import diagnosis

        raise InfeasibleError(diagnosis(p, search))
    if answer.values is None:
        raise OutOfTimeError(
            f"no fleet found within {search.time_limit_s:g} s; raise solve.time_limit_s, or ask for less detail: "
            "fewer blocks, periods, providers or purchase forms"
        )
    return answer.values


def search_for(problem: Problem) -> Search:
    """How long and how exactly the problem asks to be searched."""
    asked = problem.solve
    return Search(asked.time_limit_s, asked.mip_gap, asked.threads, asked.seed, asked.fidelity)


def _certificate(m: Model, answer: Answer, search: Search, solver: str, seconds: tuple[float, float]) -> Certificate:
    gap = (answer.objective - answer.bound) / max(abs(answer.objective), 1e-9)
    return Certificate(
        verdict=Verdict.OPTIMAL if gap <= max(search.mip_gap, _EXACT) else Verdict.FEASIBLE,
        objective=answer.objective,
        bound=answer.bound,
        gap=gap,
        gap_asked=search.mip_gap,
        time_limit_s=search.time_limit_s,
        build_s=seconds[0],
        solve_s=seconds[1],
        rows=len(m.rows),
        columns=len(m.columns),
        integers=int(np.sum([column.integer for column in m.columns])),
        solver=solver,
        solver_version=solver_version(solver),
        threads=search.threads,
        seed=search.seed,
    )
