"""A question that must survive losses with the cheapest deployments of a few domains alone: a start for the whole.

Where request sizes share replicas every loss has a routing of its own over all that is left, so that a model grows
with the square of what is on offer. What a plan costs at least is proven with everything on offer, but only for the
loss of those few domains.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from planner.milp.arrays import Arrays
from planner.milp.domains import firm_by_domain, surviving_workloads
from planner.milp.highs import Search, solve_arrays
from planner.milp.instance import Deployment, Instance
from planner.milp.model import Model
from planner.milp.prune import prune
from planner.milp.search.nodes import signed_usd_per_hour

MOST_REROUTED = 20_000
"""Columns of routings after a loss up to which the whole question is searched at once."""
_DOMAINS = 6
_A_DOMAIN = 3  # deployments for each size
_SHARE_OF_TIME = 0.2


def nearest(p: Instance, m: Model) -> Instance | None:
    """The question with less on offer; None where its model `m` is small enough as it is."""
    if len(m.family("rerouted")) <= MOST_REROUTED:
        return None
    return with_few_domains(p)


def with_few_domains(p: Instance) -> Instance:
    """The cheapest deployments in the cheapest domains for every workload that is routed anew after a loss."""
    routed = _routed_anew(p)
    kept = {one.key for one in p.deployments if one.workload not in routed}
    kept |= {one.key for workload in routed for one in _cheapest(p, workload)}
    return prune(replace(p, deployments=tuple(one for one in p.deployments if one.key in kept)))


def _routed_anew(p: Instance) -> list[str]:
    return [one.id for one in surviving_workloads(p) if p.is_shared(one.id)]


def _cheapest(p: Instance, workload: str) -> Iterator[Deployment]:
    """For every size the cheapest in each of the cheapest domains; what is on spot in the same pools."""
    for domains in _few(p, workload).values():
        chosen = {one.key: one for ones in domains for one in ones}
        pools = {one.pool for one in chosen.values()}
        yield from chosen.values()
        mine = (one for one in p.deployments if one.workload == workload)
        yield from (one for one in mine if one.kind == "spot" and one.pool in pools)


def _few(p: Instance, workload: str) -> dict[str, list[list[Deployment]]]:
    """The cheapest domains, each with its cheapest deployments for every size."""
    streams = p.workloads[workload].streams
    there = {domain: ones for domain, ones in firm_by_domain(p, workload).items() if ones}
    best = {domain: [_least(p, ones, stream) for stream in streams] for domain, ones in there.items()}
    order = sorted(best, key=lambda name: (_usd_of_all(p, streams, best[name]), name))
    return {domain: best[domain] for domain in order[:_DOMAINS]}


def _least(p: Instance, ones: list[Deployment], stream: str) -> list[Deployment]:
    return sorted(ones, key=lambda one: (_usd(p, one, stream), one.key))[:_A_DOMAIN]


def _usd_of_all(p: Instance, streams: tuple[str, ...], best: list[list[Deployment]]) -> float:
    return sum(_usd(p, ones[0], stream) for stream, ones in zip(streams, best, strict=True))


def _usd(p: Instance, one: Deployment, stream: str) -> float:
    """Of a request/s for an hour on nodes that are full; infinite where it cannot be served."""
    pool = p.pools[one.pool]
    rent = pool.rentals["on_demand"].usd_per_hour if "on_demand" in pool.rentals else np.inf
    node = 0.0 if pool.existing else min(rent, signed_usd_per_hour(p, one.pool))
    return node / pool.gpus * one.gpus / one.rates[stream] if stream in one.rates else np.inf


def bound_with_few_losses(p: Instance, m: Model, a: Arrays, search: Search) -> float:
    """What every plan of `m`, the model of `p`, costs at least that survives the loss of the cheapest domains."""
    every = {domain for workload in _routed_anew(p) for domain in firm_by_domain(p, workload)}
    others = every - {domain for workload in _routed_anew(p) for domain in _few(p, workload)}
    rows = np.flatnonzero([row.family != "survive_loss" or row.key[0] not in others for row in m.rows])
    alone = a.part(np.arange(len(a.cost)), rows, np.zeros(len(a.cost)))
    return solve_arrays(alone, replace(search, time_limit_s=_SHARE_OF_TIME * search.time_limit_s)).bound
