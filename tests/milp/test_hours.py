"""The bound of the hours: never above what a plan hour by hour costs, and exact where nothing is whole."""

from dataclasses import replace

import pytest
from fleets import EXACT, best, clock, cost, near, pool, question, runs, stream
from test_oracle import random_instance

from planner.errors import InfeasibleError
from planner.milp.coarse import one_block
from planner.milp.hours import with_hours
from planner.milp.instance import Instance, Stream


def clustered(p: Instance) -> Instance:
    """Blocks of equal hours merged into one at its highest demand, which knows the average and what is expected."""
    merged = one_block(p)
    return replace(merged, streams={name: _averaged(p.streams[name], one) for name, one in merged.streams.items()})


def _averaged(fine: Stream, merged: Stream) -> Stream:
    average = tuple((sum(row) / len(row),) for row in fine.planned)
    expected = tuple(
        ((share[0] * mean / most[0] if most[0] else 0.0),)
        for share, (mean,), most in zip(merged.expected_share, average, merged.planned, strict=True)
    )
    return replace(merged, average=average, expected_share=expected)


def test_by_hand() -> None:
    # one hour of three is busy with 6 requests/s, two need 3; a node of 1 USD/h serves one request/s
    time = clock(blocks=3)
    fine = question(
        time, [stream("chat", [[6.0, 3.0, 3.0]])], [pool("p", time, on_demand=1.0)], [runs("chat", "p", 1.0)],
    )  # fmt: skip
    coarse = clustered(fine)
    certificate = with_hours(coarse, best(coarse), EXACT).certificate
    assert certificate.objective == near(6 * 730)
    assert certificate.hourly_bound == near(4 * 730) == cost(fine)
    assert certificate.clustering_error == near(6 / 4 - 1)


def test_equal_hours_need_no_bound() -> None:
    time = clock()
    p = question(time, [stream("chat", [[2.0]])], [pool("p", time, on_demand=1.0)], [runs("chat", "p", 1.0)])
    p = replace(p, streams={"chat": replace(p.streams["chat"], average=((2.0,),))})
    solution = best(p)
    assert with_hours(p, solution, EXACT) is solution


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_never_above_the_plan_hour_by_hour(start: int) -> None:
    compared = 0
    for seed in range(start, start + 50):
        fine = random_instance(seed)
        if len(fine.time.block_labels) == 1:
            continue
        coarse = clustered(fine)
        try:
            exact, solution = cost(fine), best(coarse)
        except InfeasibleError:
            continue
        certificate = with_hours(coarse, solution, EXACT).certificate
        if certificate.hourly_bound is not None:
            assert certificate.hourly_bound <= exact * (1 + 1e-7) + 1e-6, seed
            assert certificate.clustering_error is None or certificate.clustering_error >= -1e-9, seed
            compared += 1
    assert compared >= 5
