"""What counts as the same fleet: which GPU types there are and how each is paid for, not how many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from planner.milp.instance import Instance
from planner.milp.recover import Values
from planner.milp.solution import Key
from planner.plan.plan import Plan

Fleet = tuple[str, ...]
"""GPU type and purchase form of every node at work or paid for, and hosted APIs, in alphabetical order."""

_RENTED = ("on_demand", "spot")
_LEAST = 1e-9  # requests/s that count as sent


def fleet_of(plan: Plan) -> Fleet:
    """Of a plan: "L40S on_demand", "H100-SXM reserved_1y", "openai:gpt-5 api"."""
    return tuple(sorted(set(_kinds(plan))))


def fleet_found(p: Instance, values: Values) -> Fleet:
    """The same of the solution of `p` with these values."""
    kinds = {(key[0], key[1]) for key, nodes in values.get("bought", {}).items() if nodes}
    kinds |= {(key[0], "existing") for key, nodes in values.get("kept", {}).items() if nodes}
    kinds |= {(key[0], form) for form in _RENTED for key, nodes in values.get(form, {}).items() if nodes}
    hosted = {f"{key[1]} api" for key, rate in values.get("api", {}).items() if rate > _LEAST}
    return tuple(sorted({f"{p.pools[str(pool)].gpu} {form}" for pool, form in kinds} | hosted))


def gpus_of(plan: Plan) -> dict[str, int]:
    """The most GPUs of each kind that a plan has at once, used or not, none of them sold: {"L40S on_demand": 24}."""
    pools = {pool.id: pool for pool in plan.pools}
    nodes: Counted = defaultdict(lambda: defaultdict(float))
    for row in plan.capacity:
        for form in _RENTED:
            nodes[row.pool, form][row.period, row.block] += getattr(row, f"{form}_nodes")
    for bought in plan.purchases:
        for t in range(bought.first_period, bought.last_period + 1):
            nodes[bought.pool, bought.form][t, -1] += bought.nodes
    for kept in plan.kept:
        nodes[kept.pool, "existing"][kept.period, -1] += kept.nodes
    return _most(nodes, {name: (pool.gpu, pool.gpus_per_node) for name, pool in pools.items()})


def gpus_found(p: Instance, values: Values) -> dict[str, int]:
    """The same of the solution of `p` with these values."""
    nodes: Counted = defaultdict(lambda: defaultdict(float))
    for form in _RENTED:
        for (pool, t, b), count in values.get(form, {}).items():
            nodes[str(pool), form][int(t), int(b)] += count
    for (pool, form_, u), count in values.get("bought", {}).items():
        for t in p.pools[str(pool)].commitments[str(form_)].serves[int(u)]:
            nodes[str(pool), str(form_)][t, -1] += count
    for (pool, t), count in values.get("kept", {}).items():
        nodes[str(pool), "existing"][int(t), -1] += count
    return _most(nodes, {name: (pool.gpu, pool.gpus) for name, pool in p.pools.items()})


def counts_of(plan: Plan) -> dict[tuple[str, Key], int]:
    """Nodes and replicas as the optimisation counts them: by family and key, spares not among the replicas."""
    spares = {(row.workload, row.config): row.spare_replicas for row in plan.configs}
    counts: dict[tuple[str, Key], int] = {}
    for row in plan.capacity:
        counts |= {(form, (row.pool, row.period, row.block)): getattr(row, f"{form}_nodes") for form in _RENTED}
    for bought in plan.purchases:
        counts["bought", (bought.pool, bought.form, bought.period)] = bought.nodes
    for kept in plan.kept:
        counts["kept", (kept.pool, kept.period)] = kept.nodes
    for run in plan.replicas:
        key = (run.workload, run.config, run.pool, run.kind, run.period, run.block)
        counts["working", key] = run.replicas - spares[run.workload, run.config]
    return {key: count for key, count in counts.items() if count}


Counted = dict[tuple[str, str], dict[tuple[int, int], float]]
"""Nodes by pool and purchase form, by period and block; block -1 stands for all of a period."""


def _most(nodes: Counted, pools: Mapping[str, tuple[str, int]]) -> dict[str, int]:
    """GPUs by kind, pools of one kind added up slot by slot."""
    found: dict[str, dict[tuple[int, int], float]] = defaultdict(lambda: defaultdict(float))
    for (pool, form), by_slot in nodes.items():
        gpu, gpus = pools[pool]
        for slot, count in by_slot.items():
            found[f"{gpu} {form}"][slot] += gpus * count
    most = {kind: round(max(by_slot.values())) for kind, by_slot in found.items() if by_slot}
    return {kind: count for kind, count in sorted(most.items()) if count}


def _kinds(plan: Plan) -> Iterator[str]:
    gpus = {pool.id: pool.gpu for pool in plan.pools}
    yield from (f"{gpus[row.pool]} {row.form}" for row in plan.purchases if row.nodes)
    yield from (f"{gpus[row.pool]} existing" for row in plan.kept if row.nodes)
    for row in plan.capacity:
        yield from (f"{gpus[row.pool]} {form}" for form in _RENTED if getattr(row, f"{form}_nodes"))
    yield from (f"{row.api} api" for row in plan.api if row.requests_per_s > _LEAST)
