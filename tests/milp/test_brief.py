"""A brief search: its plan is one, its bound is one, known plans are begun from, refusals stay refusals."""

from dataclasses import replace

import numpy as np
import pytest
from fleets import EXACT, best, clock, pool, question, runs, stream
from test_oracle import random_instance

from planner.errors import InfeasibleError
from planner.milp.arrays import arrays_from
from planner.milp.brief import Brief, solve_briefly
from planner.milp.build import build
from planner.milp.highs import solve_arrays
from planner.milp.instance import Instance, Limit
from planner.milp.prune import prune


@pytest.mark.parametrize("start", range(0, 80, 20))
def test_plan_and_bound_enclose_the_optimum(start: int) -> None:
    found = 0
    for seed in range(start, start + 20):
        p = random_instance(seed)
        try:
            optimum = best(p).certificate.objective
        except InfeasibleError:
            continue
        answer = solve_briefly(p, [], EXACT)
        assert isinstance(answer, Brief), seed
        assert answer.objective == pytest.approx(optimum, rel=1e-6, abs=1e-6), seed
        assert answer.bound <= optimum + 1e-6
        found += 1
    assert found >= 10


def small(dollars: float = 1.0) -> Instance:
    """3 requests/s by replicas of 1 on nodes of one GPU, at so much an hour, or at 2 $ elsewhere."""
    time = clock()
    pools = [pool("a", time, on_demand=dollars), pool("b", time, on_demand=2.0)]
    deployments = [runs("chat", name, {"chat": 1.0}) for name in ("a", "b")]
    return question(time, [stream("chat", [[3.0]])], pools, deployments)


def test_a_known_plan_is_found_again_at_other_prices() -> None:
    """Dear nodes are known to run: the plan that has them is begun from, and given up for the cheap ones."""
    first = solve_briefly(small(), [], EXACT)
    assert isinstance(first, Brief)
    assert first.counts == {
        ("on_demand", ("a", 0, 0)): 3,
        ("working", ("chat", "chat/tp1", "a", "firm", 0, 0)): 3,
    }
    dear = solve_briefly(small(5.0), [first.counts], EXACT)
    assert isinstance(dear, Brief)
    assert dear.objective == pytest.approx(3 * 2.0 * 730) == pytest.approx(dear.bound)
    assert {key[0] for family, key in dear.counts if family == "on_demand"} == {"b"}


def test_demand_that_nothing_serves_is_refused() -> None:
    p = small()
    with pytest.raises(InfeasibleError):
        solve_briefly(replace(p, deployments=()), [], EXACT)


def test_caps_that_leave_nothing_are_told_from_too_little_time() -> None:
    p = replace(small(), limits={"max_gpus": Limit(2, "GPUs")}, gpu_limit="max_gpus")
    answer = solve_briefly(p, [], EXACT)
    assert not isinstance(answer, Brief) and answer.status == "infeasible"


def test_a_start_that_presolve_uses_up_is_not_misreckoned() -> None:
    """HiGHS 1.16 calls this start optimal, at a cost that is not its own."""
    p = prune(random_instance(9))
    m = build(p)
    a = arrays_from(m)
    start = np.array([0.0, 0, 0, 2, 3, 0, 0, 1, 2])
    assert a.cost @ start > 1.05 * solve_arrays(a, EXACT).objective
    answer = solve_arrays(a, EXACT, start)
    assert answer.objective == pytest.approx(solve_arrays(a, EXACT).objective) == pytest.approx(answer.bound)
