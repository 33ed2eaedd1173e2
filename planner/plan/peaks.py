"""The most GPUs at work at once."""

from __future__ import annotations

from collections import defaultdict

from planner.plan.plan import Plan


def most_gpus(plan: Plan) -> int:
    """GPUs of all nodes at work in the block with the most."""
    return sum(busiest_gpus(plan).values())


def busiest_gpus(plan: Plan) -> dict[str, int]:
    """GPU type → how many are at work in the block with the most of all types, most first."""
    at_work: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    for (gpu, period, block), gpus in _at_work(plan).items():
        at_work[period, block][gpu] = gpus
    busiest = max(at_work.values(), key=lambda one: sum(one.values()), default={})
    return {gpu: count for gpu, count in sorted(busiest.items(), key=lambda item: (-item[1], item[0])) if count}


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
