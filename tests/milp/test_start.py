"""A start is feasible, whole and never better than the optimum; coarse plans serve the fine question."""

import math
from dataclasses import replace

import numpy as np
import pytest
from fleets import EXACT, batch, clock, near, pool, question, runs, stream
from test_oracle import random_instance

from planner.candidates.candidate import PurchaseOption
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.coarse import one_block, one_period
from planner.milp.decouple import block_by_block, blocks
from planner.milp.highs import solve_arrays
from planner.milp.instance import Instance
from planner.milp.solve import LARGE, solve
from planner.milp.start import from_coarse, good_start, rounded


def two_quarters() -> Instance:
    """Two periods of two blocks, growing; a reserved node for the base and rented ones for the peaks."""
    time = clock(periods=2, blocks=2, months=6)
    pools = [pool("a", time, gpus=2, on_demand=2.0, reserved_1y=1.2), pool("b", time, on_demand=1.3)]
    deployments = [runs("chat", "a", 1.0), runs("chat", "b", 1.0), runs("jobs", "a", 0.5)]
    streams = [stream("chat", [[1.0, 3.0], [2.0, 5.0]]), batch("jobs", [0.4] * 168, 48, time)]
    return question(time, streams, pools, deployments)


@pytest.mark.parametrize("seed", range(60))
def test_a_start_is_feasible_and_no_better_than_the_optimum(seed: int) -> None:
    p = random_instance(seed)
    m = build(p)
    a = arrays_from(m)
    optimum = solve_arrays(a, EXACT).objective
    relaxed = solve_arrays(a.relaxed(), EXACT).values
    guess = None if relaxed is None else rounded(m, a, relaxed, EXACT)
    for found in (guess, from_coarse(p, m, a, EXACT), good_start(p, m, a, EXACT)):
        if found is not None:
            assert a.worst_breach(found) <= 1e-6
            assert np.all((found >= a.lower - 1e-6) & (found <= a.upper + 1e-6))
            assert np.array_equal(found[a.integer], np.round(found[a.integer]))
            assert float(a.cost @ found) >= optimum * (1 - 1e-6) - 1e-6


def test_most_feasible_questions_get_a_start() -> None:
    started, feasible = 0, 0
    for seed in range(60):
        p = random_instance(seed)
        m = build(p)
        a = arrays_from(m)
        if math.isfinite(solve_arrays(a, EXACT).objective):
            feasible += 1
            started += good_start(p, m, a, EXACT) is not None
    assert started >= 0.9 * feasible


def test_the_coarse_question_is_never_cheaper() -> None:
    p = two_quarters()
    costs = [
        solve_arrays(arrays_from(build(one)), EXACT).objective
        for one in (p, one_period(p), one_block(p), one_block(one_period(p)))
    ]
    fine, single_period, single_block, flat = costs
    assert fine <= single_period <= flat
    assert fine <= single_block <= flat


def test_what_is_ordered_at_once_but_arrives_later_does_not_stop_the_coarse_question() -> None:
    p = two_quarters()
    own = PurchaseOption("owned", 0.0, lead_months=6.0, capex_usd=9000.0, life_months=48.0, residual_share=0.1)
    later = pool("own", p.time, gpus=2, owned=own)
    deployments = (*p.deployments, runs("chat", "own", 1.0))
    p = replace(p, pools={**p.pools, "own": later}, deployments=deployments, ordered_at_once=1)
    m = build(p)
    a = arrays_from(m)
    from_coarse(p, m, a, EXACT)
    assert math.isfinite(solve_arrays(a, EXACT).objective)


def test_blocks_fall_apart_once_commitments_are_held() -> None:
    p = two_quarters()
    m = build(p)
    a = arrays_from(m)
    held = np.array([column.family in {"bought", "work", "backlog"} for column in m.columns])
    found = list(blocks(a, held, np.ones(len(m.rows), dtype=bool)))
    assert len(found) == 4
    for columns, _ in found:
        assert len({m.columns[i].key[-2:] for i in columns}) == 1


def test_each_block_is_at_its_best() -> None:
    # nothing is reserved: chat needs 1, 3, 2, 5 and jobs 1 replica; 365 × 6 h a block; b at 1.3 for chat, or both on a
    p = two_quarters()
    m = build(p)
    a = arrays_from(m)
    even = np.array([0.4 if column.family == "work" else 0.0 for column in m.columns])
    plan = block_by_block(m, a, even, EXACT)
    assert plan is not None
    # jobs and one chat share a node of a (2.0); the others rent b: 0, 2, 1, 4 of them; or two chats a node of a
    per_hour = [2.0, 2.0 + 2.0, 2.0 + 1.3, 2.0 + 2 * 2.0]
    assert float(a.cost @ plan) == near(sum(per_hour) * 365 * 6)


def test_a_whole_plan_never_gets_worse() -> None:
    p = two_quarters()
    m = build(p)
    a = arrays_from(m)
    best = solve_arrays(a, EXACT).values
    assert best is not None
    again = block_by_block(m, a, best, EXACT, begin=True)
    assert again is not None
    assert float(a.cost @ again) == near(float(a.cost @ best))


def test_a_broken_budget_gives_no_plan() -> None:
    p = random_instance(0)
    m = build(p)
    a = arrays_from(m)
    impossible = replace(a, row_upper=np.where(np.isfinite(a.row_upper), a.row_upper - 1e6, a.row_upper))
    assert block_by_block(m, impossible, np.zeros(len(a.cost)), EXACT) is None


def test_large_models_are_solved_from_a_start_to_the_same_optimum() -> None:
    time = clock(periods=2, blocks=8, months=6)
    grid = [[1.0 + (3 * b + t) % 5 for b in range(8)] for t in range(2)]
    pools = [pool(f"p{i}", time, gpus=2**i, on_demand=1.0 * 1.9**i, reserved_1y=0.6 * 1.9**i) for i in range(4)]
    deployments = [
        runs(f"w{j}", f"p{i}", 1.0 + 0.3 * j + 0.1 * i, 1, config=f"w{j}/{i}") for i in range(4) for j in range(10)
    ]
    p = question(time, [stream(f"w{j}", grid) for j in range(10)], pools, deployments)
    m = build(p)
    a = arrays_from(m)
    assert a.integer.sum() >= LARGE
    close = replace(EXACT, mip_gap=0.01)
    direct, started = solve_arrays(a, close), solve(p, m, "highs", close)
    assert started.objective <= direct.objective * 1.011
    assert started.bound <= direct.objective * (1 + 1e-9)
    assert direct.bound <= started.objective * (1 + 1e-9)
