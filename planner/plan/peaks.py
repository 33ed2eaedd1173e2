"""The most GPUs at work at once."""

from __future__ import annotations

from collections import defaultdict

from planner.plan.plan import Plan


def most_gpus(plan: Plan) -> int:
    """GPUs of all nodes at work in the block with the most."""
    at_work: dict[tuple[int, int], int] = defaultdict(int)
    for (_, period, block), gpus in _at_work(plan).items():
        at_work[period, block] += gpus
    return max(at_work.values(), default=0)


def most_gpus_by_type(plan: Plan) -> dict[str, int]:
    """GPU type → the most at work in any block, most first."""
    most: dict[str, int] = defaultdict(int)
    for (gpu, _, _), gpus in _at_work(plan).items():
        most[gpu] = max(most[gpu], gpus)
    return dict(sorted(most.items(), key=lambda item: (-item[1], item[0])))


def _at_work(plan: Plan) -> dict[tuple[str, int, int], int]:
    """(GPU type, period, block) → GPUs."""
    pools = {pool.id: pool for pool in plan.pools}
    at_work: dict[tuple[str, int, int], int] = defaultdict(int)
    for row in plan.capacity:
        pool, nodes = pools[row.pool], row.committed_nodes + row.on_demand_nodes + row.spot_nodes
        at_work[pool.gpu, row.period, row.block] += nodes * pool.gpus_per_node
    return at_work
