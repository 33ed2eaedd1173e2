"""HiGHS in process: arrays in, an answer with a proven bound out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import highspy
import numpy as np

from planner.milp.arrays import Arrays, Vector


@dataclass(frozen=True)
class Search:
    """How to search: limits and seeds, said once."""

    time_limit_s: float
    mip_gap: float
    threads: int
    seed: int
    fidelity: Literal["replicas", "nodes", "core", "auto"] = "replicas"


FEW_INTEGERS = 50
_SAME = 1e-5  # relative; two sums of one plan's costs
WITHOUT_SEARCHES: Mapping[str, object] = {
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_root_reduced_cost": False,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_allow_restart": False,
}
"""With few integers the tree is done before searches for good plans, each a tree of its own, would pay."""


@dataclass(frozen=True)
class Answer:
    """What a solver returned; `values` is None without a solution, `bound` is proven."""

    status: str  # "optimal", "infeasible", "stopped"
    values: Vector | None
    objective: float
    bound: float


def solve_arrays(a: Arrays, search: Search, start: Vector | None = None, *, tree_only: bool = False) -> Answer:
    """Run HiGHS once; `start` is a full or partial (NaN elsewhere) integer solution to begin from.

    With `tree_only` it is good enough that searches for better ones would not pay, as where there are few integers.

    HiGHS 1.16 misreckons the objective of a start where presolve leaves nothing to search: it is asked again without.
    """
    forget_threads()
    return solve_in_thread(a, search, start, tree_only=tree_only or a.integer.sum() <= FEW_INTEGERS)


def solve_in_thread(a: Arrays, search: Search, start: Vector | None = None, *, tree_only: bool = False) -> Answer:
    """The same in whatever thread this is, beside others: the scheduler is left alone."""
    answer = _run_once(a, search, start, tree_only)
    if start is None or answer.values is None or _adds_up(a, answer):
        return answer
    return _run_once(a, search, None, tree_only)


def _adds_up(a: Arrays, answer: Answer) -> bool:
    """Whether the objective is that of the values."""
    truly = float(a.cost @ answer.values) if answer.values is not None else answer.objective
    return abs(truly - answer.objective) <= _SAME * max(1.0, abs(truly))


def _run_once(a: Arrays, search: Search, start: Vector | None, tree_only: bool) -> Answer:
    highs = session(a, {**_options(search), **(WITHOUT_SEARCHES if tree_only else {})})
    if start is not None:
        known = np.flatnonzero(~np.isnan(start)).astype(np.int32)
        highs.setSolution(len(known), known, start[known])
    if highs.run() == highspy.HighsStatus.kError:
        raise RuntimeError(f"HiGHS failed: {highs.modelStatusToString(highs.getModelStatus())}")
    return _answer(highs, bool(a.integer.any()))


def solve_relaxed(a: Arrays, search: Search) -> tuple[Answer, Vector]:
    """The linear relaxation, and what a unit more on the side of each row adds to its cost."""
    forget_threads()
    highs = session(a.relaxed(), _options(search))
    if highs.run() == highspy.HighsStatus.kError:
        raise RuntimeError(f"HiGHS failed: {highs.modelStatusToString(highs.getModelStatus())}")
    answer = _answer(highs, mip=False)
    duals = np.array(highs.getSolution().row_dual) if answer.values is not None else np.zeros(len(a.row_lower))
    return answer, duals


def session(a: Arrays, options: Mapping[str, object]) -> Any:
    """A silent HiGHS that holds the arrays, for whoever changes and runs it again and again."""
    highs = _new()
    _set(highs, options)
    highs.passModel(_lp(a))
    return highs


def run_again(highs: Any) -> None:
    """Run a session in a thread where solves with another thread count may have run before."""
    highspy.Highs.resetGlobalScheduler(True)
    highs.run()


def _set(highs: Any, options: Mapping[str, object]) -> None:
    for name, value in options.items():
        highs.setOptionValue(name, value)


def forget_threads() -> None:
    """Let the next run decide the number of threads, not the first run in the process; not while any runs."""
    highspy.Highs.resetGlobalScheduler(True)


def _options(search: Search) -> dict[str, object]:
    return {
        "time_limit": float(max(search.time_limit_s, 0.01)),
        "mip_rel_gap": search.mip_gap,
        "mip_abs_gap": 0.0,
        "threads": search.threads,
        "random_seed": search.seed,
    }


def _new() -> Any:
    make: Any = _Silent
    return make()


class _Silent(highspy.Highs):
    """HiGHS 1.16 says who it is on stdout as soon as it has callbacks, before an option can stop it."""

    def enableCallbacks(self) -> None:  # noqa: N802 (its name)
        """Silence first."""
        self.setOptionValue("output_flag", False)
        enable: Any = super().enableCallbacks
        enable()


def _lp(a: Arrays) -> Any:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(a.cost), len(a.row_lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = a.cost, a.lower, a.upper
    lp.row_lower_, lp.row_upper_ = a.row_lower, a.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = a.start, a.index, a.value
    if a.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in a.integer]
    return lp


def _answer(highs: Any, mip: bool) -> Answer:
    status, info = highs.getModelStatus(), highs.getInfo()
    kinds = highspy.HighsModelStatus
    if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
        return Answer("infeasible", None, float("inf"), float("inf"))
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.array(highs.getSolution().col_value) if found else None
    objective = info.objective_function_value if found else float("inf")
    done = status in (kinds.kOptimal, kinds.kModelEmpty)
    bound = info.mip_dual_bound if mip else (objective if done else -float("inf"))
    return Answer("optimal" if done else "stopped", values, objective, bound)


def version() -> str:
    """Version of HiGHS."""
    return str(_new().version())
