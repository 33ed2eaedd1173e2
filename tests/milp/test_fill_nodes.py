"""Replicas fit on the whole nodes of their pool."""

from dataclasses import replace
from itertools import product

import pytest
from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.candidates.candidate import PurchaseOption
from planner.milp.instance import Instance
from planner.milp.packing import footprints


def two_workloads(chat: float, code: float) -> Instance:
    """Nodes of 8 GPUs at 10 USD/h; chat runs on 4 GPUs (10 req/s), code on 2 (3 req/s)."""
    time = clock()
    streams = [stream("chat", [[chat]]), stream("code", [[code]])]
    return question(
        time,
        streams,
        [pool("a", time, gpus=8, on_demand=10.0)],
        [runs("chat", "a", 10.0, 4), runs("code", "a", 3.0, 2)],
    )


def test_workloads_share_a_node() -> None:
    # chat 1 × 4 GPUs, code 2 × 2 GPUs: 8 GPUs, one node
    assert cost(two_workloads(9.0, 6.0)) == near(10 * 730)


def test_a_node_is_rented_whole() -> None:
    # code needs a third replica: 4 + 6 = 10 GPUs, two nodes
    assert cost(two_workloads(9.0, 6.1)) == near(20 * 730)


def test_bites() -> None:
    assert_bites(two_workloads(9.0, 6.1), "fill_nodes")


def test_a_replica_serves_one_workload_only() -> None:
    # 1 req/s each would fit one shared replica, but needs one each: 4 + 2 GPUs
    replicas = best(two_workloads(1.0, 1.0)).values["replicas"]
    assert replicas == {("chat", "chat/tp4", "a", "firm", 0, 0): 1, ("code", "code/tp2", "a", "firm", 0, 0): 1}


def test_of_a_spot_node_only_the_usable_share_counts() -> None:
    # 9 replicas on 8-GPU spot nodes of which 90 % count: 9 > 7.2, so two nodes
    time = clock()
    spot = PurchaseOption("spot", 2.0, usable_share=0.9)
    jobs = [runs("jobs", "a", 1.0, kind="spot")]
    p = question(time, [stream("jobs", [[9.0]])], [pool("a", time, gpus=8, spot=spot)], jobs)
    assert cost(p) == near(2 * 2.0 * 730)
    assert cost(replace(p, streams={"jobs": stream("jobs", [[7.0]])})) == near(2.0 * 730)
    assert cost(replace(p, streams={"jobs": stream("jobs", [[7.5]])})) == near(2 * 2.0 * 730)


def test_replicas_larger_than_a_node_take_whole_nodes() -> None:
    # two replicas of 16 GPUs on nodes of 8: four nodes
    time = clock()
    p = question(
        time, [stream("chat", [[2.0]])], [pool("a", time, gpus=8, on_demand=3.0)], [runs("chat", "a", 1.0, 16)]
    )
    assert cost(p) == near(4 * 3.0 * 730)


@pytest.mark.parametrize(
    ("sizes", "node", "taken"),
    [
        ((1, 2, 4, 8), 8, {1: 1, 2: 2, 4: 4, 8: 8}),
        ((3, 6, 12), 8, {3: 4, 6: 8, 12: 16}),
        ((1, 3), 6, {1: 1, 3: 3}),
        ((1, 2), 6, {1: 1, 2: 2}),
        ((16,), 8, {16: 16}),
        ((8,), 72, {8: 8}),
        ((5,), 7, {5: 7}),
    ],
)
def test_sizes_off_the_chain_are_rounded_up(sizes: tuple[int, ...], node: int, taken: dict[int, int]) -> None:
    assert footprints(sizes, node) == taken


def test_one_row_packs_nodes_exactly() -> None:
    """On chain sizes, total GPUs at most the nodes' GPUs is the same as a packing that exists."""
    for counts in product(range(4), range(4), range(3), range(3)):
        sizes = [size for size, count in zip((8, 4, 2, 1), counts, strict=True) for _ in range(count)]
        for nodes in range(1, 5):
            assert (sum(sizes) <= 8 * nodes) == _fits(sizes, [8] * nodes)


def _fits(sizes: list[int], free: list[int]) -> bool:
    """Depth-first search for a packing, whatever the order."""
    if not sizes:
        return True
    for i, room in enumerate(free):
        if room >= sizes[0] and room not in free[:i]:
            rest = free.copy()
            rest[i] -= sizes[0]
            if _fits(sizes[1:], rest):
                return True
    return False
