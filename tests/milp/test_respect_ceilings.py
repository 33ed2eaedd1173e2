"""A goal held below a ceiling while cost is minimised, and the front that follows from it."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from fleets import EXACT, assert_bites, best, clock, cost, near, pool, question, runs, stream
from test_oracle import optimum, random_instance

from planner.errors import InfeasibleError
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.frontier import configuration_frontier, configurations, goal_frontier, reached, with_ceiling
from planner.milp.highs import solve_arrays
from planner.milp.instance import Goal, Instance
from planner.milp.prune import prune


def two_ways() -> Instance:
    """Four requests/s: cheap nodes draw 2 kW for 1 USD/h, frugal ones 1 kW for 3 USD/h, one request/s each."""
    time = clock()
    pools = [replace(pool(name, time, on_demand=usd), kw=kw) for name, usd, kw in (("cheap", 1, 2), ("frugal", 3, 1))]
    return question(
        time, [stream("chat", [[4.0]])], pools, [runs("chat", "cheap", 1.0), runs("chat", "frugal", 1.0)],
    )  # fmt: skip


@pytest.mark.parametrize(("kw", "usd_per_hour"), [(8, 4), (7, 6), (6.5, 8), (4, 12)])
def test_optimum_by_hand(kw: float, usd_per_hour: float) -> None:
    assert cost(with_ceiling(two_ways(), "energy", kw * 730)) == near(usd_per_hour * 730)


def test_bites() -> None:
    assert_bites(with_ceiling(two_ways(), "energy", 5 * 730), "respect_ceilings")


def test_nothing_is_below_the_least() -> None:
    with pytest.raises(InfeasibleError, match=r"pareto energy: 2,190\.\d* kWh, 2,920 needed"):
        best(with_ceiling(two_ways(), "energy", 3 * 730))


def test_front_by_hand() -> None:
    p = two_ways()
    front = goal_frontier(p, "energy", 5, "highs", EXACT)
    assert [(reached(p, one, "energy"), one.certificate.objective) for one in front[:-1]] == [
        (near(kw * 730), near(usd * 730)) for kw, usd in ((8, 4), (7, 6), (6, 8), (5, 10))
    ]
    assert reached(p, front[-1], "energy") == near(4 * 730)
    assert front[-1].certificate.stages[1].value == near(12 * 730)


@pytest.mark.parametrize("goal", ["gpus", "energy"])
def test_pruning_keeps_the_optimum_under_a_ceiling(goal: Goal) -> None:
    checked = 0
    for seed in range(60):
        p = random_instance(seed)
        unlimited = optimum(p)
        if math.isinf(unlimited):
            continue
        held = with_ceiling(p, goal, 0.8 * reached(p, best(p), goal))
        full, pruned = (solve_arrays(arrays_from(build(one)), EXACT).objective for one in (held, prune(held)))
        assert pruned == pytest.approx(full, rel=1e-6) or (math.isinf(full) and math.isinf(pruned)), seed
        assert pruned >= unlimited * (1 - 1e-6), seed
        checked += 1
    assert checked > 30


def test_fronts_never_turn_back() -> None:
    for seed in range(20):
        p = replace(random_instance(seed), configuration_limit=None)
        try:
            front = goal_frontier(p, "gpus", 4, "highs", EXACT)
        except InfeasibleError:
            continue
        measured = [reached(p, one, "gpus") for one in front]
        assert measured == sorted(measured, reverse=True), seed
        costs = [(one.certificate.stages[1:] or [one.certificate])[0] for one in front]
        usd = [getattr(one, "value", getattr(one, "objective", math.nan)) for one in costs]
        assert all(later >= earlier * (1 - 1e-9) for earlier, later in pairwise(usd)), seed


def test_fewer_configurations_by_hand() -> None:
    """Three workloads' best sizes differ; one configuration each is the least that will do."""
    time = clock()
    pools = [pool(name, time, on_demand=usd) for name, usd in (("a", 1.0), ("b", 3.0))]
    where = [runs("chat", "a", 1.0, config="small"), runs("chat", "b", 4.0, config="large")]
    p = question(time, [stream("chat", [[5.0]])], pools, where)
    front = configuration_frontier(p, 5, "highs", EXACT)
    assert [(len(configurations(one)), one.certificate.objective) for one in front] == [
        (2, near(4 * 730)), (1, near(5 * 730)),
    ]  # fmt: skip
