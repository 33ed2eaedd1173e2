"""Replicas over several whole nodes: each node is a stage of a pipeline, the network between nodes hands on tokens.

Tried where one node has too little memory for a model and its requests: nothing fits on it, or the KV cache is what
limits the best replica on it; four nodes, where two are still too few. Where a latency target limits, a pipeline
would not help: its stages follow one another. Only whole nodes that are one fast domain are joined, and only where
the catalogue knows the network.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.candidates.candidate import Pool, Rate, ReplicaConfig
from planner.candidates.layouts import over_nodes
from planner.candidates.links import Fabric
from planner.candidates.own_ground import time_factor_of
from planner.candidates.trials import Case, Facts, Refusal, Trial, config_of, link_domain, refuse
from planner.candidates.words import subject_of
from planner.catalog.specs import Catalog

Node = tuple[str, int, int]  # GPU, link domain, GPUs of the node
Networks = Mapping[Node, Mapping[str, float | None]]  # pool → GB/s of one GPU to other nodes, one way


@dataclass(frozen=True)
class Judged:
    """What came of the trials on so many nodes."""

    trials: Sequence[Trial]
    rates: Sequence[Rate]
    refusals: Sequence[Refusal]


def spanning_trials(
    cases: Sequence[Case], judged: Judged, nodes: int, facts: Facts
) -> tuple[list[Trial], list[Refusal]]:
    """Trials over `nodes` nodes where those of `judged` are too few, and a refusal where no network is known."""
    found: list[Trial] = []
    refusals: dict[tuple[str, str, Node], Refusal] = {}
    networks = {case.name: _networks(case.pools, facts.catalog) for case in cases}
    for trial in _cramped(judged, networks):
        workload, node = trial.demand_class.workload, _node(trial)
        pools = networks[workload][node]
        if speeds := _speeds(trial, pools):
            found += (_spanning(trial, nodes, speed, facts) for speed in speeds)
        else:
            refusals.setdefault((workload, trial.config.model, node), _unknown_network(trial, pools))
    return found, list(refusals.values())


def fits(config: ReplicaConfig, pool: Pool) -> bool:
    """Whether a pool of the right GPUs has the nodes for a configuration: one large enough, or several of its kind."""
    if config.node_gpus == 0:
        return config.gpus <= pool.gpus_per_node
    return (config.node_gpus, config.network_gb_per_s) == (pool.gpus_per_node, pool.network_gb_per_s)


def _networks(pools: Sequence[Pool], catalog: Catalog) -> Networks:
    """Nodes that are one fast domain of several GPUs: those on a known network, and the largest of each GPU."""
    found: dict[Node, dict[str, float | None]] = defaultdict(dict)
    for pool in pools:
        domain = link_domain(pool, catalog)
        if 1 < pool.gpus_per_node <= domain and catalog.gpus[pool.gpu].link_gb_per_s is not None:
            found[pool.gpu, domain, pool.gpus_per_node][pool.id] = pool.network_gb_per_s
    largest: dict[str, int] = defaultdict(int)
    for gpu, _, size in found:
        largest[gpu] = max(largest[gpu], size)
    return {
        node: there
        for node, there in found.items()
        if node[2] == largest[node[0]] or any(speed is not None for speed in there.values())
    }


def _node(trial: Trial) -> Node:
    fabric = trial.replica.fabric
    return fabric.gpu.id, fabric.domain_gpus, fabric.node_gpus or trial.config.gpus


def _speeds(trial: Trial, pools: Mapping[str, float | None]) -> list[float]:
    """Networks between nodes of a trial's kind; the trial's own once it spans some."""
    if trial.config.nodes > 1:
        return [trial.config.network_gb_per_s]
    return sorted({speed for speed in pools.values() if speed is not None})


def _cramped(judged: Judged, networks: Mapping[str, Networks]) -> Iterator[Trial]:
    """Layouts of whole nodes of those ways to run a model for which these nodes have too little memory."""
    ways: dict[tuple[object, ...], list[Trial]] = defaultdict(list)
    for trial in judged.trials:
        config, node = trial.config, _node(trial)
        if config.pp == config.nodes and node in networks[trial.demand_class.workload]:
            speed = config.network_gb_per_s
            ways[trial.demand_class.id, config.model, node, speed, config.weights, config.kv].append(trial)
    rates = {(rate.config, rate.demand_class): rate for rate in judged.rates}
    too_large = {
        (refusal.rejection.workload, refusal.rejection.subject)
        for refusal in judged.refusals
        if refusal.rejection.reason == "memory"
    }
    for trials in ways.values():
        served = [rate for trial in trials if (rate := rates.get((trial.config.id, trial.demand_class.id)))]
        best = max(served, key=lambda rate: rate.max_requests_per_s, default=None)
        if best is not None:
            wanted = best.limited_by == "kv cache"
        else:
            wanted = any((trial.demand_class.workload, subject_of(trial)) in too_large for trial in trials)
        if wanted:
            yield from trials


def _spanning(trial: Trial, nodes: int, network_gb_per_s: float, facts: Facts) -> Trial:
    model, old = trial.replica.model, trial.replica.fabric
    fabric = Fabric(old.gpu, old.domain_gpus, old.node_gpus or trial.config.gpus, network_gb_per_s)
    layout = over_nodes(trial.replica.layout, nodes)
    formats = trial.config.weights, trial.config.kv
    named = config_of(model, fabric, layout, formats, known=trial.config.own_model is None)
    config = replace(named, engine=trial.config.engine)
    factor = time_factor_of(facts.catalog, config)
    return Trial(config, trial.demand_class, replace(trial.replica, fabric=fabric, layout=layout, time_factor=factor))


def _unknown_network(trial: Trial, pools: Mapping[str, float | None]) -> Refusal:
    config = trial.config
    shown = ", ".join(sorted(pools)[:3]) + (f" and {len(pools) - 3} more" if len(pools) > 3 else "")
    detail = f"the catalogue knows no network between nodes of {config.gpus} × {config.gpu}: {shown}"
    subject = f"{config.model} over several nodes of {config.gpus}×{config.gpu}"
    return refuse(trial.demand_class.workload, subject, config.gpu, "layout", detail)
