"""Coarser searches: still whole plans, and bounds that are never above the optimum."""

from dataclasses import replace

import pytest
from fleets import EXACT, clock, near, pool, question, runs, stream
from test_oracle import random_instance

from planner.errors import InfeasibleError
from planner.milp import fidelity
from planner.milp.instance import Instance
from planner.milp.optimise import optimise_instance
from planner.milp.solution import Verdict


def part_of_a_replica() -> Instance:
    """1.2 replicas' worth of load on nodes of one replica at 4 USD: fractions cost 4.8, whole nodes 8."""
    time = clock()
    return question(
        time, [stream("chat", [[1.2]])], [pool("p", time, gpus=4, on_demand=4.0)], [runs("chat", "p", 1.0, gpus=4)]
    )


@pytest.mark.parametrize("asked", ["replicas", "nodes", "core"])
def test_by_hand(asked: str) -> None:
    solution = optimise_instance(part_of_a_replica(), "highs", replace(EXACT, fidelity=asked))  # type: ignore[arg-type]
    assert solution.certificate.objective == near(8.0 * 730)
    assert solution.certificate.bound == near(8.0 * 730)
    assert solution.certificate.fidelity == ("replicas" if asked == "replicas" else "core")
    assert solution.values["on_demand"] == {("p", 0, 0): 2}


@pytest.mark.parametrize("asked", ["nodes", "core"])
def test_plans_are_whole_and_bounds_hold(asked: str) -> None:
    compared = 0
    for seed in range(70):
        p = random_instance(seed)
        try:
            finest = optimise_instance(p, "highs", EXACT).certificate
        except InfeasibleError:
            with pytest.raises(InfeasibleError):
                optimise_instance(p, "highs", replace(EXACT, fidelity=asked))  # type: ignore[arg-type]
            continue
        solution = optimise_instance(p, "highs", replace(EXACT, fidelity=asked))  # type: ignore[arg-type]
        coarse = solution.certificate
        assert coarse.bound <= finest.objective * (1 + 1e-5) + 1e-6, seed
        assert coarse.objective >= finest.objective * (1 - 1e-5) - 1e-6, seed
        assert (coarse.verdict == Verdict.OPTIMAL) == (coarse.gap <= 1e-6), seed
        for family in ("bought", "kept", "on_demand", "spot", "replicas"):
            assert all(count == round(count) for count in solution.values[family].values()), seed
        compared += 1
    assert compared >= 50


def test_auto_takes_the_finest_that_is_not_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    p = part_of_a_replica()  # one rented form and one deployment in one block
    found = []
    for most in (2, 1, 0):
        monkeypatch.setattr(fidelity, "MOST_WHOLE", most)
        found.append(fidelity.fidelity_for(p, "auto"))
    assert found == ["replicas", "nodes", "core"]
    assert fidelity.fidelity_for(p, "replicas") == "replicas"
