"""Verdicts, bounds and solvers: what was not proven is not called proven."""

from dataclasses import replace

import numpy as np
import pytest
from fleets import EXACT, clock, near, pool, question, runs, stream
from test_oracle import random_instance

from planner.errors import InputError, OutOfTimeError
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.highs import Answer, Search, solve_arrays
from planner.milp.instance import Instance
from planner.milp.optimise import optimise_instance
from planner.milp.outside import available_solvers
from planner.milp.solution import Verdict
from planner.milp.solve import settle, solve


def hard(blocks: int = 24) -> Instance:
    """Too many ways to fill nodes for a proof in no time."""
    time = clock(blocks=blocks)
    streams = [stream(f"w{i}", [[3.1 + (7 * i + 5 * b) % 11 for b in range(blocks)]]) for i in range(5)]
    pools = [pool(f"p{j}", time, gpus=2**j, on_demand=2.9 * 1.7**j, reserved_1y=1.3 * 1.71**j) for j in range(4)]
    deployments = [
        runs(one.id, f"p{j}", 1.07 * 1.93**size + 0.1 * ((i * j + size) % 3), 2**size, config=f"{one.id}/{size}/{j}")
        for i, one in enumerate(streams) for j in range(4) for size in range(j + 1)
    ]  # fmt: skip
    return question(time, streams, pools, deployments)


def test_a_run_stopped_by_the_clock_is_no_proof() -> None:
    certificate = optimise_instance(hard(), "highs", Search(0.6, 0.0, 1, 1)).certificate
    assert certificate.verdict is Verdict.FEASIBLE
    assert certificate.gap > 1e-6
    assert certificate.bound < certificate.objective
    assert certificate.gap == near((certificate.objective - certificate.bound) / certificate.objective)


def test_no_time_at_all_says_what_to_change() -> None:
    with pytest.raises(OutOfTimeError, match=r"raise solve\.time_limit_s"):
        raise_without_answer()


def raise_without_answer() -> None:
    from planner.milp import optimise as module

    stopped = Answer("stopped", None, float("inf"), 0.0)
    module.require_answer(stopped, hard(2), EXACT)


def test_proof_within_the_asked_gap_is_optimal() -> None:
    certificate = optimise_instance(hard(2), "highs", Search(20, 0.1, 1, 1)).certificate
    assert certificate.verdict is Verdict.OPTIMAL
    assert certificate.gap <= 0.1
    assert certificate.gap_asked == 0.1


def test_certificate_describes_the_model_and_the_run() -> None:
    certificate = optimise_instance(hard(2), "highs", Search(20, 0.1, 2, 7)).certificate
    assert (certificate.solver, certificate.threads, certificate.seed) == ("highs", 2, 7)
    assert certificate.solver_version.count(".") == 2
    assert 0 < certificate.integers <= certificate.columns
    assert certificate.rows > 0


@pytest.mark.parametrize("seed", range(500, 512))
def test_highs_in_process_and_through_pulp_agree(seed: int) -> None:
    """The arrays and the PuLP model are the same model."""
    p = random_instance(seed)
    direct, pulp = (solve(p, build(p), name, EXACT) for name in ("highs", "HiGHS"))
    assert (direct.status, direct.objective) == (pulp.status, near(pulp.objective))


@pytest.mark.skipif("cbc" not in available_solvers(), reason="CBC is not installed")
@pytest.mark.parametrize("seed", range(512, 520))
def test_highs_and_cbc_agree(seed: int) -> None:
    p = random_instance(seed)
    by_highs, by_cbc = (solve(p, build(p), name, EXACT) for name in ("highs", "cbc"))
    assert by_highs.status == by_cbc.status
    assert by_cbc.objective == pytest.approx(by_highs.objective, rel=1e-6)


@pytest.mark.skipif("cbc" not in available_solvers(), reason="CBC is not installed")
def test_cbc_stopped_by_the_clock_is_no_proof() -> None:
    """On a busy machine a second may not even bring a plan; that is said too, and is no proof either."""
    try:
        certificate = optimise_instance(hard(), "cbc", Search(1.0, 0.0, 1, 1)).certificate
    except OutOfTimeError:
        return
    assert certificate.verdict is Verdict.FEASIBLE
    assert certificate.bound < certificate.objective


def test_unknown_solver_lists_those_that_are_there() -> None:
    with pytest.raises(InputError, match=r"'oracle9' is not installed; available here: .*highs"):
        optimise_instance(hard(2), "oracle9", EXACT)


def test_threads_may_change_between_runs() -> None:
    results = [optimise_instance(hard(2), "highs", Search(20, 0.01, threads, 1)) for threads in (1, 2, 1)]
    assert len({round(one.certificate.objective, 6) for one in results}) == 1


def test_integers_are_rounded_and_the_rest_solved_again() -> None:
    time = clock()
    sizes = [stream("w/a", [[1.0]], "w"), stream("w/b", [[1.0]], "w")]
    p = question(time, sizes, [pool("a", time, on_demand=1.0)], [runs("w", "a", {"w/a": 1.0, "w/b": 1.0})])
    a = arrays_from(build(p))
    exact = solve_arrays(a, EXACT).values
    assert exact is not None
    sloppy = np.where(a.integer, exact + 4e-7, exact - 4e-7)
    settled = settle(a, sloppy, EXACT)
    assert settled[a.integer].tolist() == [2.0, 2.0]
    assert settled[~a.integer].tolist() == pytest.approx([1.0, 1.0], abs=1e-9)


def test_same_seed_same_plan() -> None:
    first, second = (optimise_instance(hard(3), "highs", Search(20, 0.01, 1, 3)) for _ in range(2))
    assert first.values == second.values


def test_objectives_count_what_they_say() -> None:
    # 3 req/s: two nodes of 2 GPUs and 1 kW (4 GPUs, 2 kW) or three nodes of 1 GPU and 1 kW (3 GPUs, 3 kW)
    time = clock()
    pools = [pool("two", time, gpus=2, on_demand=1.0), pool("one", time, gpus=1, on_demand=9.0)]
    p = question(
        time, [stream("w", [[3.0]])], [replace(one, kw=1.0) for one in pools],
        [runs("w", "two", 1.5, 2), runs("w", "one", 1.0)],
    )  # fmt: skip
    best = {kind: optimise_instance(replace(p, objective=kind), "highs", EXACT) for kind in ("cost", "gpus", "energy")}
    assert best["cost"].certificate.objective == near(2 * 730)
    assert best["gpus"].certificate.objective == near(3 * 730)
    assert best["energy"].certificate.objective == near(2 * 730)
    assert best["gpus"].values["on_demand"] == {("one", 0, 0): 3}
