"""Solve a model with HiGHS in process or any solver PuLP knows, and say honestly what was proven.

A solver's words are translated once, here. A run stopped by the clock is never a proof: without a bound
of its own the linear relaxation gives one.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
import pulp

from planner.errors import InputError
from planner.milp.arrays import Arrays, Vector, arrays_from
from planner.milp.bridge import pulp_problem
from planner.milp.decouple import block_by_block
from planner.milp.highs import Answer, Search, solve_arrays, version
from planner.milp.instance import Instance
from planner.milp.model import Model
from planner.milp.search.few import few_nodes
from planner.milp.start import good_start

LARGE = 600
"""Integer columns from which a good plan is sought before the search."""
LAST_SHARE_OF_TIME = 0.05
_PULP_NAMES = {
    "cbc": ("COIN_CMD", "PULP_CBC_CMD"),
    "scip": ("SCIP_PY", "SCIP_CMD"),
    "gurobi": ("GUROBI", "GUROBI_CMD"),
    "cplex": ("CPLEX_PY", "CPLEX_CMD"),
    "xpress": ("XPRESS_PY", "XPRESS"),
    "glpk": ("GLPK_CMD",),
}
_PROVEN = {1, -7}  # optimal, gap limit reached
_INFEASIBLE = -1


def solve(p: Instance, m: Model, solver: str, search: Search) -> Answer:
    """Solve `m`, the model of `p`; integers of the answer are whole, the rest is optimal for them."""
    arrays = arrays_from(m)
    answer = (
        _solve_with_highs(p, m, arrays, search) if solver == "highs" else _solve_with_pulp(m, arrays, solver, search)
    )
    return _settled(arrays, answer, search)


def solve_model(m: Model, a: Arrays, solver: str, search: Search, start: Vector | None) -> Answer:
    """Solve any model, whose arrays are `a`, from a full or partial start that only HiGHS makes use of."""
    answer = solve_arrays(a, search, start) if solver == "highs" else _solve_with_pulp(m, a, solver, search)
    return _settled(a, answer, search)


def _settled(a: Arrays, answer: Answer, search: Search) -> Answer:
    if answer.values is None:
        return answer
    values = settle(a, answer.values, search)
    objective = float(a.cost @ values)
    return replace(answer, values=values, objective=objective, bound=min(answer.bound, objective))


def solver_version(solver: str) -> str:
    """Version of the solver, or of PuLP where PuLP calls it."""
    return version() if solver == "highs" else f"PuLP {pulp.__version__}"


def settle(a: Arrays, values: Vector, search: Search) -> Vector:
    """Integers rounded and fixed, the continuous variables optimised for them.

    Solvers return 6.9999995 for 7; at the tolerance of the rounded rows the rest is solved again.
    """
    whole = np.where(a.integer, np.round(values), values)
    if a.integer.all():
        return whole
    again = solve_arrays(a.held(a.integer, whole).relaxed(), search)
    return whole if again.values is None else np.where(a.integer, whole, again.values)


def _solve_with_highs(p: Instance, m: Model, a: Arrays, search: Search) -> Answer:
    """HiGHS in process; a large model begins from a good plan and ends with every block at its best."""
    if a.integer.sum() < LARGE:
        return solve_arrays(a, search)
    last = replace(search, time_limit_s=LAST_SHARE_OF_TIME * search.time_limit_s)
    ends = perf_counter() + search.time_limit_s - last.time_limit_s
    few = few_nodes(p, m) if p.signed is None else None
    first = few.start(p, m, a, search) if few else None
    if first is None:
        first = good_start(p, m, a, search)
    known = few.with_rows(a, search) if few else a
    bound = solve_arrays(known.relaxed(), search).bound if few else -np.inf
    if first is not None and a.cost @ first - bound <= search.mip_gap * abs(a.cost @ first):
        return Answer("optimal", first, float(a.cost @ first), bound)
    answer = solve_arrays(known, replace(search, time_limit_s=ends - perf_counter()), first)
    answer = replace(answer, bound=max(answer.bound, bound))
    plan = first if answer.values is None else answer.values
    if plan is None or answer.status != "stopped":
        return answer
    better = block_by_block(m, a, plan, last, begin=True)
    best = plan if better is None or a.cost @ better > a.cost @ plan else better
    return replace(answer, values=best, objective=float(a.cost @ best))


def _solve_with_pulp(m: Model, a: Arrays, name: str, search: Search) -> Answer:
    solver = _pulp_solver(name, search)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PuLP 3 announces PuLP 4
        problem = pulp_problem(m)
        outcome = problem.lp.solve(solver)
    status = int(getattr(outcome, "status", outcome))
    if status == _INFEASIBLE:
        return Answer("infeasible", None, float("inf"), float("inf"))
    found = outcome.has_solution if hasattr(outcome, "has_solution") else problem.lp.sol_status in (1, 2)
    proven = status in _PROVEN and getattr(problem.lp, "sol_status", 1) == 1
    bound = _relaxation(a, search)
    if not found:
        return Answer("stopped", None, float("inf"), bound)
    values = np.array([variable.varValue or 0.0 for variable in problem.variables])
    objective = float(a.cost @ values)
    if proven:
        bound = max(bound, objective - search.mip_gap * abs(objective))
    return Answer("optimal" if proven else "stopped", values, objective, bound)


def available_solvers() -> list[str]:
    """Names that `solve.solver` takes here: ours for the common ones, PuLP's for all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        there = pulp.listSolvers(onlyAvailable=True)
    ours = [name for name, theirs in _PULP_NAMES.items() if set(theirs) & set(there)]
    return ["highs", *ours, *sorted(there)]


def _pulp_solver(name: str, search: Search) -> Any:
    """The first available PuLP solver of that name; raises InputError listing those that are there."""
    there = available_solvers()
    options = {"msg": False, "timeLimit": search.time_limit_s, "gapRel": search.mip_gap, "threads": search.threads}
    for pulp_name in _PULP_NAMES.get(name.lower(), (name,)):
        if pulp_name in there:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return pulp.getSolver(pulp_name, **options)
    raise InputError(f"solve.solver: {name!r} is not installed; available here: {', '.join(there)}")


def _relaxation(a: Arrays, search: Search) -> float:
    """Optimum without integrality: a bound that needs no trust in the solver's own."""
    relaxed = solve_arrays(a.relaxed(), search)
    return relaxed.bound
