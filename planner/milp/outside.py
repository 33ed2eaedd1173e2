"""Any solver PuLP knows, by its name. Its words are translated once, here.

A run stopped by the clock is never a proof: without a bound of its own the linear relaxation gives one.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pulp

from planner.errors import InputError
from planner.milp.arrays import Arrays
from planner.milp.bridge import pulp_problem
from planner.milp.highs import Answer, Search, solve_arrays
from planner.milp.model import Model

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


def solve_with_pulp(m: Model, a: Arrays, name: str, search: Search) -> Answer:
    """Solve `m`, whose arrays are `a`; raises InputError where no solver of that name is installed."""
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


def pulp_version() -> str:
    """Version of PuLP, which calls the solver."""
    return f"PuLP {pulp.__version__}"


def _relaxation(a: Arrays, search: Search) -> float:
    """Optimum without integrality: a bound that needs no trust in the solver's own."""
    relaxed = solve_arrays(a.relaxed(), search)
    return relaxed.bound
