"""Whether a plan has something, where, and how much of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.candidates.price_factors import HOSTED
from planner.explain.why_not_offers import FORM_WORDS
from planner.explain.why_not_world import Subject
from planner.plan.plan import Plan

_LEAST = 1e-9


def is_chosen(plan: Plan, subject: Subject) -> bool:
    """Whether the plan has any of it at work or paid for."""
    return next(chosen_words(plan, subject), None) is not None


def chosen_words(plan: Plan, subject: Subject) -> Iterator[str]:
    """One line for each place where it is: nodes, replicas or requests at most at once."""
    if subject.kind in {"precision", "cache", "model"}:
        yield from _replicas(plan, subject)
    else:
        yield from _nodes(plan, subject)
    yield from _hosted(plan, subject)


def _nodes(plan: Plan, subject: Subject) -> Iterator[str]:
    pools = {pool.id: pool for pool in plan.pools}
    most: dict[tuple[str, str], int] = defaultdict(int)
    for row in plan.capacity:
        for form, nodes in (("on_demand", row.on_demand_nodes), ("spot", row.spot_nodes)):
            most[row.pool, form] = max(most[row.pool, form], nodes)
    for bought in plan.purchases:
        most[bought.pool, bought.form] += bought.nodes
    for kept in plan.kept:
        most[kept.pool, "existing"] = max(most[kept.pool, "existing"], kept.nodes)
    for (name, form), nodes in most.items():
        pool = pools[name]
        if nodes and subject.name in {"gpu": {pool.gpu}, "provider": {pool.provider}, "form": {form}}[subject.kind]:
            many = "node" if nodes == 1 else "nodes"
            yield f"{nodes:,} {many} × {pool.gpus_per_node} {pool.gpu} of {name}, {FORM_WORDS[form]}"


def _replicas(plan: Plan, subject: Subject) -> Iterator[str]:
    of = {row.config: {"precision": row.weights, "cache": row.kv, "model": row.model} for row in plan.configs}
    most: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in plan.replicas:
        key = row.workload, row.config, row.pool
        most[key] = max(most[key], row.replicas)
    for (workload, config, pool), replicas in most.items():
        if replicas and of[config][subject.kind] == subject.name:
            many = "replica" if replicas == 1 else "replicas"
            yield f"{workload}: {replicas:,} {many} of {config} on {pool}"


def _hosted(plan: Plan, subject: Subject) -> Iterator[str]:
    options = {(row.api, row.demand_class): row for row in plan.api_options}
    most: dict[tuple[str, str], float] = defaultdict(float)
    for row in plan.api:
        key = row.api, row.demand_class
        most[key] = max(most[key], row.requests_per_s)
    for key, rate in most.items():
        named = {"provider": options[key].provider, "form": HOSTED, "model": options[key].model}
        if rate > _LEAST and named.get(subject.kind) == subject.name:
            yield f"{key[1]}: up to {rate:,.3g} requests/s to {key[0]}"
