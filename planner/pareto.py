"""What a better promise or a smaller footprint costs: whole plans along a front, each checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from planner.candidates.generate import generate_candidates
from planner.catalog.specs import Catalog
from planner.demand.build import build_demand
from planner.demand.types import Demand
from planner.errors import InfeasibleError, InputError, NoCandidateError
from planner.inputs.load import load_problem
from planner.inputs.problem import Problem
from planner.milp.frontier import configuration_frontier, goal_frontier
from planner.milp.gather import instance_from
from planner.milp.instance import Goal
from planner.milp.optimise import optimise, search_for
from planner.pipeline import catalog_from, checked, made_for, sources_for
from planner.plan.assemble import assemble
from planner.plan.plan import Made, Plan

Against = Literal["carbon", "gpus", "energy", "configurations", "ttft", "tpot"]
GOALS: dict[str, Goal] = {"carbon": "carbon", "gpus": "gpus", "energy": "energy"}
LOOSEST = 2.0
STEP = 2**-0.5  # each latency target tried against the one before
_STEPS_A_POINT = 4
_SAME_COST = 1 + 1e-6


@dataclass(frozen=True)
class Point:
    """One plan of the front; `target` is what the latency target was multiplied by, None elsewhere."""

    plan: Plan
    target: float | None = None


@dataclass(frozen=True)
class _Case:
    problem: Problem
    catalog: Catalog
    demand: Demand
    base: Path
    made: Made


def front(path: Path, against: Against, points: int, data: Path | None, as_of: date, command: str) -> list[Point]:
    """Cost against another quantity, from the cheapest plan on; every point is a checked plan.

    Raises InputError where the problem minimises something else than cost, or has no such target.
    """
    problem = load_problem(path, as_of=as_of).base_case
    if problem.goals != ("cost",):
        raise InputError(f"{path}: objective is {', '.join(problem.goals)}; a front needs objective: cost")
    sources = sources_for(problem, path.parent, data, as_of, None)
    catalog = catalog_from(sources)
    demand = build_demand(problem, catalog, path.parent)
    case = _Case(problem, catalog, demand, path.parent, made_for(path, sources, command))
    if against in ("ttft", "tpot"):
        return _by_latency(case, against, points)
    return [Point(plan) for plan in _by_instance(case, against, points)]


def _by_instance(case: _Case, against: str, points: int) -> Iterator[Plan]:
    """Fronts on which only the optimisation changes, not what can serve."""
    problem, demand = case.problem, case.demand
    goal = GOALS.get(against)
    counted = problem.model_copy(update={"objective": [goal, "cost"]}) if goal else problem
    candidates = generate_candidates(counted, case.catalog, demand, case.base)
    p = replace(instance_from(counted, demand, candidates), objective="cost", then=())
    solver, search = problem.solve.solver, search_for(problem)
    found = (
        goal_frontier(p, goal, points, solver, search) if goal else configuration_frontier(p, points, solver, search)
    )
    for solution in found:
        yield checked(assemble(problem, case.catalog, demand, candidates, solution, case.made))


def _by_latency(case: _Case, metric: str, points: int) -> list[Point]:
    """Ever tighter targets until nothing can keep them; of plans that cost the same the one with the tightest."""
    if not any(key[0] == metric for one in case.demand.classes for key in one.slo):
        raise InputError(f"no workload has a {metric} target to vary; add one to its slo")
    found: list[Point] = []
    for step in range(_STEPS_A_POINT * points):
        point = _at_target(case, metric, LOOSEST * STEP**step)
        if point is None:
            break
        if found and point.plan.total_npv_usd <= found[-1].plan.total_npv_usd * _SAME_COST:
            found.pop()
        elif len(found) == points:
            break
        found.append(point)
    if not found:
        raise InfeasibleError(f"no fleet keeps even {LOOSEST:g} times the {metric} targets; `planner plan` says why")
    return found


def _at_target(case: _Case, metric: str, factor: float) -> Point | None:
    """The best plan with every target of a metric multiplied; None where nothing keeps them."""
    demand = scaled(case.demand, metric, factor)
    try:
        candidates = generate_candidates(case.problem, case.catalog, demand, case.base)
        solution = optimise(case.problem, demand, candidates)
    except (NoCandidateError, InfeasibleError):
        return None
    return Point(checked(assemble(case.problem, case.catalog, demand, candidates, solution, case.made)), factor)


def scaled(demand: Demand, metric: str, factor: float) -> Demand:
    """The same demand with every target of a metric multiplied."""
    classes = [
        replace(one, slo={key: value * (factor if key[0] == metric else 1.0) for key, value in one.slo.items()})
        for one in demand.classes
    ]
    return replace(demand, classes=tuple(classes))
