"""Layouts that cannot matter: another one on the same GPUs does at least as much for every size of request.

Exchange, replica by replica: where a configuration runs, another of the same model, GPU and number formats may run
in its place in no more GPUs, at no lower rate for any class. Of a replica over several nodes each node may instead
hold replicas of its own. Spares do not stand in the way: whenever enough of the larger replicas are up, so are
enough of the smaller ones on the same GPUs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from planner.candidates.candidate import Rate, ReplicaConfig

Rates = Mapping[str, float]  # demand class → requests/s


def undominated(rates: Sequence[Rate], configs: Mapping[str, ReplicaConfig]) -> set[str]:
    """Configurations that no other one replaces."""
    by_config: dict[str, dict[str, float]] = defaultdict(dict)
    for rate in rates:
        by_config[rate.config][rate.demand_class] = rate.max_requests_per_s
    groups: dict[tuple[object, ...], list[ReplicaConfig]] = defaultdict(list)
    for name in by_config:
        groups[_alike(configs[name])].append(configs[name])
    return {config.id for group in groups.values() for config in _kept(group, by_config)}


def replaces(new: ReplicaConfig, old: ReplicaConfig, rates: Mapping[str, Rates]) -> bool:
    """Whether `new` may run wherever `old` runs, and do as much there for every class."""
    copies = _copies(new, old)
    there = rates[new.id]
    return copies > 0 and all(copies * there.get(name, 0.0) >= rate for name, rate in rates[old.id].items())


def _alike(config: ReplicaConfig) -> tuple[object, ...]:
    """What two configurations must have in common to be compared at all: halves also their role and partners."""
    return config.model, config.gpu, config.link_domain_gpus, config.weights, config.kv, config.role, config.links


def _copies(new: ReplicaConfig, old: ReplicaConfig) -> int:
    """How many of `new` stand where one `old` stood; 0 where they cannot."""
    if new.gpus == old.gpus and (new.node_gpus, new.network_gb_per_s) == (old.node_gpus, old.network_gb_per_s):
        return 1
    if new.node_gpus == 0 and old.node_gpus > 0:
        return old.nodes * (old.node_gpus // new.gpus)
    if 0 < new.nodes < old.nodes and (new.node_gpus, new.network_gb_per_s) == (old.node_gpus, old.network_gb_per_s):
        return old.nodes // new.nodes
    return 0


def _kept(group: list[ReplicaConfig], rates: Mapping[str, Rates]) -> list[ReplicaConfig]:
    """Of two that replace each other the plainer one."""
    kept: list[ReplicaConfig] = []
    for one in sorted(group, key=lambda c: (c.gpus, c.node_gpus, c.pp, c.dp, c.ep, c.id)):
        if not any(replaces(other, one, rates) for other in kept):
            kept = [*(other for other in kept if not replaces(one, other, rates)), one]
    return kept
