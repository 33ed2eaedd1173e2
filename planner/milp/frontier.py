"""What less of one goal costs: the cheapest plan under ever lower ceilings on it (the ε-constraint method)."""

from __future__ import annotations

from dataclasses import replace

from planner.errors import InfeasibleError
from planner.milp.highs import Search
from planner.milp.instance import Goal, Instance, Limit
from planner.milp.objective import worth_of_node_hour
from planner.milp.optimise import optimise_instance
from planner.milp.solution import Solution

UNITS: dict[Goal, str] = {"cost": "USD", "gpus": "GPU-hours", "energy": "kWh", "carbon": "kg CO2e"}
_SLACK = 1e-9


def goal_frontier(p: Instance, goal: Goal, points: int, solver: str, search: Search) -> list[Solution]:
    """From the cheapest plan to the one with the least of `goal`, under evenly spaced ceilings; at most `points`.

    `p` minimises cost. The ends are optima of the one goal and then of the other; a ceiling that the plan before
    already keeps has no plan of its own.
    """
    cheapest = optimise_instance(p, solver, search)
    least = optimise_instance(replace(p, objective=goal, then=("cost",)), solver, search)
    high, low = reached(p, cheapest, goal), reached(p, least, goal)
    if high <= low * (1 + _SLACK):
        return [cheapest]
    steps = [low + (high - low) * (points - 1 - i) / (points - 1) for i in range(1, points - 1)]
    found = [cheapest]
    for step in steps:
        if reached(p, found[-1], goal) > step * (1 + _SLACK):
            found.append(optimise_instance(with_ceiling(p, goal, step), solver, search))
    return [*found, least] if reached(p, found[-1], goal) > low * (1 + _SLACK) else found


def configuration_frontier(p: Instance, points: int, solver: str, search: Search) -> list[Solution]:
    """The cheapest plan with any number of configurations, then with ever fewer, down to the fewest that will do."""
    found = [optimise_instance(p, solver, search)]
    while len(found) < points and (most := len(configurations(found[-1])) - 1) > 0:
        limit = Limit(float(most), "configurations")
        fewer = replace(p, configuration_limit="pareto", limits={**p.limits, "pareto": limit})
        try:
            found.append(optimise_instance(fewer, solver, search))
        except InfeasibleError:
            break
    return found


def with_ceiling(p: Instance, goal: Goal, most: float) -> Instance:
    """The same with a goal held at or below `most`."""
    name = f"pareto {goal}"
    limits = {**p.limits, name: Limit(most * (1 + _SLACK), UNITS[goal])}
    return replace(p, limits=limits, ceilings=(*p.ceilings, (goal, name)))


def configurations(solution: Solution) -> set[str]:
    """Configurations that run anywhere."""
    return {str(key[1]) for key in solution.values["replicas"]}


def reached(p: Instance, solution: Solution, goal: Goal) -> float:
    """What the nodes of a solution add up to in GPU-hours, kWh or kg CO2e."""
    total = 0.0
    for family in ("on_demand", "spot"):
        for (pool, t, b), nodes in solution.values[family].items():
            total += nodes * worth_of_node_hour(p.pools[str(pool)], goal) * p.time.hours[int(t)][int(b)]
    for (pool, form, t), nodes in solution.values["bought"].items():
        owner = p.pools[str(pool)]
        hours = sum(map(p.time.period_hours, owner.commitments[str(form)].serves[int(t)]))
        total += nodes * worth_of_node_hour(owner, goal) * hours
    for (pool, t), nodes in solution.values["kept"].items():
        total += nodes * worth_of_node_hour(p.pools[str(pool)], goal) * p.time.period_hours(int(t))
    return total
