"""Goals in turn: the second decides among the plans that are best for the first, and is never worth a bit of it."""

from dataclasses import replace

import pytest
from fleets import best, clock, near, pool, question, runs, stream

from planner.milp.instance import Instance


def three_ways() -> Instance:
    """Two replicas at 1 GPU a node draw 1 kW each; `dear` draws half of it, `small` holds both on one GPU at 3 USD."""
    time = clock()
    pools = [
        pool("cheap", time, on_demand=1.0),
        replace(pool("thrifty", time, on_demand=1.5), kw=0.5),
        replace(pool("small", time, on_demand=3.5), kw=1.0),
    ]
    where = [runs("chat", "cheap", 1.0), runs("chat", "thrifty", 1.0), runs("chat", "small", 2.0)]
    return question(time, [stream("chat", [[2.0]])], pools, where)


@pytest.mark.parametrize(
    ("goals", "expected"),
    [
        (("cost",), {"cheap": 2}),
        (("gpus",), {"small": 1}),
        (("energy",), {"thrifty": 2}),
        (("energy", "gpus"), {"small": 1}),  # 1 kW either way, on one GPU
        (("gpus", "energy"), {"small": 1}),
        (("energy", "cost"), {"thrifty": 2}),
    ],
)
def test_by_hand(goals: tuple[str, ...], expected: dict[str, int]) -> None:
    p = replace(three_ways(), objective=goals[0], then=goals[1:])  # type: ignore[arg-type]
    rented = best(p).values["on_demand"]
    assert {str(key[0]): count for key, count in rented.items()} == expected


def test_every_goal_is_in_the_certificate_with_its_bound() -> None:
    p = replace(three_ways(), objective="energy", then=("gpus",))
    stages = best(p).certificate.stages
    assert [(stage.goal, stage.value) for stage in stages] == [
        ("energy", near(730)), ("gpus", near(730)), ("cost", near(3.5 * 730)),
    ]  # fmt: skip
    assert all(stage.bound == near(stage.value) for stage in stages)
    assert best(replace(three_ways(), objective="energy")).certificate.stages == ()
