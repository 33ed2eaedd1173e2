"""The best commitments over several scenarios, and what each scenario costs with given ones.

1. Every scenario on its own says what it costs at the least, and proposes its commitments.
2. The model of all scenarios together finds and proves the best commitments; commitments tried before are its start.
3. Given commitments, every scenario is solved for itself: that is what it really costs. Of all commitments tried
   the best by the measure are taken, so that deciding together is never worse than deciding for the base case.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.errors import InfeasibleError, OutOfTimeError, PlannerError
from planner.milp.highs import Search
from planner.milp.instance import Instance, Signed
from planner.milp.joint import Joint, solve_joint
from planner.milp.optimise import optimise_instance
from planner.milp.solution import Solution
from planner.milp.two_stage import Aim, Measure, Together, holding, signed_in

__all__ = ["Aim", "Decision", "Measure", "Trial", "best_alone", "decide_together", "tried"]


@dataclass(frozen=True)
class Trial:
    """What every scenario costs with the same commitments; `refusals` say why some cannot be served."""

    signed: Signed
    solutions: Mapping[str, Solution]
    refusals: Mapping[str, str]

    @property
    def costs(self) -> dict[str, float]:
        """By scenario, as far as it can be served [USD]."""
        return {name: one.certificate.objective for name, one in self.solutions.items()}


@dataclass(frozen=True)
class Decision:
    """The commitments taken, the measure they reach, and what is proven of all others."""

    trial: Trial
    best: Mapping[str, float]  # what every scenario costs at the least, as far as that was found
    value: float
    bound: float
    seconds: float
    rows: int
    columns: int


def best_alone(p: Instance, solver: str, search: Search) -> Solution | PlannerError:
    """The best plan of one scenario, or why it has none."""
    try:
        return optimise_instance(p, solver, search)
    except (InfeasibleError, OutOfTimeError) as error:
        return error


def tried(instances: Mapping[str, Instance], signed: Signed, solver: str, search: Search) -> Trial:
    """Every scenario with these commitments."""
    solutions, refusals = {}, {}
    for name, instance in instances.items():
        try:
            solutions[name] = optimise_instance(holding(instance, signed), solver, search)
        except (InfeasibleError, OutOfTimeError) as error:
            refusals[name] = str(error)
    return Trial(signed, solutions, refusals)


def decide_together(q: Together, alone: Trial, own: Mapping[str, Solution], solver: str, search: Search) -> Decision:
    """The best commitments; `alone` are the base case's in every scenario, `own` the best plans of each.

    Raises InfeasibleError where no commitments serve every scenario, OutOfTimeError where none was found.
    """
    started = time.perf_counter()
    joint = solve_joint(q, None if alone.refusals else alone.signed, solver, search)
    trials = [] if joint.signed is None else [tried(q.instances, joint.signed, solver, search)]
    trials += [alone]
    if joint.status != "optimal":
        trials += [tried(q.instances, signed_in(one), solver, search) for one in own.values()]
    sound = [one for one in trials if not one.refusals]
    if not sound:
        raise _no_commitments(joint, trials)
    best = {
        name: min([own[name].certificate.objective, *(one.costs[name] for one in trials if name in one.costs)])
        for name in q.instances
    }
    taken = min(sound, key=lambda one: q.aim.of(q.shares, one.costs, best))
    value = q.aim.of(q.shares, taken.costs, best)
    apart = q.aim.of(q.shares, {name: one.certificate.bound for name, one in own.items()}, best)
    floor = 0.0 if q.aim.measure == "worst_regret" else -np.inf
    proven = max(joint.bound, apart, floor)
    seconds = time.perf_counter() - started
    return Decision(taken, best, value, min(proven, value), seconds, joint.rows, joint.columns)


def _no_commitments(joint: Joint, trials: list[Trial]) -> PlannerError:
    lines = [f"  {name}: {text.splitlines()[0]}" for one in trials[:1] for name, text in one.refusals.items()]
    if joint.status == "infeasible":
        return InfeasibleError("\n".join(["no commitments serve the base case and every scenario.", *lines]))
    return OutOfTimeError(
        "\n".join(["no commitments found that serve every scenario; raise solve.time_limit_s", *lines])
    )
