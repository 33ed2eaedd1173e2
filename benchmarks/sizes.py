"""How large a fleet can be planned and proven: time, memory and certified gaps as the question grows.

Run `python -m benchmarks.sizes [a b60 b c growth]` in the checkout; prints Markdown rows. Every plan is
re-derived from the instance and its own numbers: cost, demand, capacity and caps.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter, process_time

from benchmarks.large_instances import CASES, Size, demand_scenarios, large_instance
from planner.milp.core.scenarios import Scenario, commit_for
from planner.milp.core.solve import solve_apart
from planner.milp.highs import Search
from planner.milp.instance import Instance
from planner.milp.prune import prune
from tests.milp.rederive import cost_of, worst_breach

SEED = 0
THREADS = 2
SCENARIOS = 20
HEAD = (
    "| case | workloads × configurations × blocks | nodes bought | gap, fractions | gap, whole plan | wall s | CPU s "
    "| peak MB | re-derived: cost, worst breach |\n|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Clock:
    """Wall and processor seconds since it was made."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{perf_counter() - self.wall:.1f} | {process_time() - self.cpu:.1f}"


def started() -> Clock:
    """A clock that starts now."""
    return Clock(perf_counter(), process_time())


def planned(name: str, size: Size, search: Search) -> None:
    """One instance planned in whole nodes and replicas, pruning included."""
    p = large_instance(size, SEED)
    clock = started()
    plan = solve_apart(prune(p), search)
    took = f"{clock} | {peak_mb()}"
    if plan is None:
        say(f"| {name} | {described(size)} | no plan | | | {took} | |")
        return
    off = abs(cost_of(p, plan.values) - plan.cost) / plan.cost
    fractions, whole = 1 - plan.fraction_bound / plan.fraction_cost, 1 - plan.bound / plan.cost
    say(
        f"| {name} | {described(size)} | {sum(plan.values['bought'].values()):,.0f} "
        f"| {fractions:.2%} | {whole:.2%} | {took} "
        f"| {off:.0e}, {worst_breach(p, plan.values):.0e} |"
    )


def committed(name: str, size: Size, search: Search) -> None:
    """One set of commitments for many demands; rents and replicas as fractions."""
    p = large_instance(size, SEED)
    scenarios = [Scenario(1 / SCENARIOS, streams) for streams in demand_scenarios(p, SCENARIOS, SEED)]
    clock = started()
    found = commit_for(prune(p), scenarios, search)
    took = f"{clock} | {peak_mb()}"
    if found is None:
        say(f"| {name} | {described(size)} × {SCENARIOS} | no commitments | | | {took} | |")
        return
    nodes = sum(found.signed["bought"].values())
    off = abs(expected_cost(p, scenarios, found.signed["bought"], found.scenario_cost) - found.expected_cost)
    say(
        f"| {name} | {described(size)} × {SCENARIOS} scenarios | {nodes:,.0f} | {found.gap:.2%} | – | {took} "
        f"| {off / found.expected_cost:.0e}, – |"
    )


def expected_cost(
    p: Instance, scenarios: list[Scenario], bought: dict[tuple[str | int, ...], float], costs: tuple[float, ...]
) -> float:
    """The mean of the scenarios' costs, none of them below what is signed."""
    signed = cost_of(p, {"bought": bought, "kept": {}, "on_demand": {}, "spot": {}, "api": {}})
    if min(costs) < signed:
        raise ValueError("a scenario costs less than what is signed in it")
    return sum(one.probability * usd for one, usd in zip(scenarios, costs, strict=True))


def described(size: Size) -> str:
    """10 × 300 × 12·24."""
    return f"{size.workloads} × {size.configs:,} × {size.periods}·{size.blocks}"


def peak_mb() -> str:
    """Peak memory of the process so far."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f}"


def growth() -> None:
    """The same question at growing numbers of blocks, workloads and configurations, and of nodes."""
    middle = replace(CASES["a"], scale=100.0)
    search = Search(40.0, 0.005, THREADS, 1)
    for blocks in (6, 24, 84, 168):
        planned(f"blocks {blocks}", replace(middle, blocks=blocks), search)
    for workloads, configs, pools in ((5, 150, 20), (20, 800, 45), (40, 1600, 70)):
        planned(f"{workloads} workloads", replace(middle, workloads=workloads, configs=configs, pools=pools), search)
    for scale in (3.0, 10.0, 30.0, 300.0):
        planned(f"demand × {scale / 100:g}", replace(middle, scale=scale), search)


CASES_TO_RUN: dict[str, Callable[[], None]] = {
    "a": lambda: planned("(a)", replace(CASES["a"], scale=100.0), Search(60.0, 0.005, THREADS, 1)),
    "b60": lambda: planned("(b), 1 %", replace(CASES["b"], scale=100.0), Search(55.0, 0.01, THREADS, 1)),
    "b": lambda: planned("(b), 0.3 %", replace(CASES["b"], scale=100.0), Search(170.0, 0.003, THREADS, 1)),
    "c": lambda: committed("(c)", replace(CASES["a"], scale=100.0), Search(60.0, 0.001, THREADS, 1)),
    "growth": growth,
}


def say(line: str) -> None:
    """Print at once, so that a long run shows its progress."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    say(HEAD)
    for name in sys.argv[1:] or CASES_TO_RUN:
        CASES_TO_RUN[name]()
