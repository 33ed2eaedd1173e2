"""Ties: the fewest distinct configurations, then the fewest GPUs, on the fleet found."""

from dataclasses import replace

import pytest
from fleets import best, clock, near, pool, question, runs, stream


def test_fewest_configurations_then_fewest_gpus() -> None:
    # one node of 4 GPUs either way: chat and code could run different sizes, or both workloads one size each
    time = clock()
    deployments = [
        runs("chat", "a", 1.0, 1, config="model/tp1"),
        runs("chat", "a", 2.5, 2, config="model/tp2"),
        runs("code", "a", 1.0, 1, config="model/tp1"),
    ]
    streams = [stream("chat", [[2.0]]), stream("code", [[1.0]])]
    solution = best(question(time, streams, [pool("a", time, gpus=4, on_demand=1.0)], deployments))
    assert solution.certificate.objective == near(730)
    assert {key[1] for key in solution.values["replicas"]} == {"model/tp1"}
    assert sum(solution.values["replicas"].values()) == 3


def test_no_replica_runs_without_need() -> None:
    # 2 GPUs are reserved for the peak block; the quiet block runs one replica on them, not two
    time = clock(blocks=2)
    p = question(
        time, [stream("chat", [[2.0, 1.0]])], [pool("a", time, gpus=2, reserved_1y=1.0)], [runs("chat", "a", 1.0)]
    )
    replicas = best(p).values["replicas"]
    assert [replicas["chat", "chat/tp1", "a", "firm", 0, b] for b in (0, 1)] == [2, 1]


@pytest.mark.parametrize("objective", ["gpus", "energy"])
def test_of_equal_fleets_the_cheapest(objective: str) -> None:
    # 4 GPUs of 1 kW either way: four nodes at 2 USD/h or two at 3 USD/h
    time = clock()
    pools = [pool("dear", time, on_demand=2.0), pool("cheap", time, gpus=2, on_demand=3.0)]
    deployments = [runs("chat", "dear", 1.0), runs("chat", "cheap", 2.0, 2, config="chat/tp2")]
    p = question(time, [stream("chat", [[4.0]])], pools, deployments)
    solution = best(replace(p, objective=objective))
    assert solution.certificate.objective == near(4 * 730)
    assert solution.values["on_demand"] == {("cheap", 0, 0): 2}
