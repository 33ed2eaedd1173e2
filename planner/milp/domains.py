"""Failure domains: what is lost together, and what is left to serve a workload."""

from __future__ import annotations

from collections import defaultdict

from planner.milp.instance import Deployment, Instance, Pool, Workload
from planner.milp.resilience import Loss

OWN = "own"


def domain_of(pool: Pool, loss: Loss) -> str:
    """The provider, or the provider's region, that a pool is lost with; an own site is one of each."""
    return pool.provider if loss == "provider" else f"{pool.provider}/{pool.region}"


def surviving_workloads(p: Instance) -> list[Workload]:
    """Interactive workloads that must survive a loss."""
    if p.survival is None:
        return []
    return [
        workload
        for workload in p.workloads.values()
        if workload.id in p.survival.workloads and all(one.deadline_h is None for one in p.streams_of(workload.id))
    ]


def survives(p: Instance, workload: str) -> bool:
    """Whether a workload must survive a loss."""
    return any(one.id == workload for one in surviving_workloads(p))


def firm_by_domain(p: Instance, workload: str) -> dict[str, list[Deployment]]:
    """Firm deployments of a workload by failure domain, and the API providers that may fail too, with none.

    Those that do not count (see `stands_by`) are left out.
    """
    found: dict[str, list[Deployment]] = defaultdict(list)
    if p.survival is None:
        return found
    for one in p.deployments:
        if one.workload == workload and stands_by(one):
            found[domain_of(p.pools[one.pool], p.survival.loss)].append(one)
    if p.survival.loss == "provider":
        streams = p.workloads[workload].streams
        for api in p.apis:
            if api.stream in streams and api.provider:
                found.setdefault(api.provider, [])
    return found


def stands_by(one: Deployment) -> bool:
    """Whether replicas count for what survives: spot does not, as a failure elsewhere is when it is taken back, and
    halves of a disaggregated pair do not, as either is nothing without the other.
    """
    return one.kind == "firm" and one.role == "aggregated"


def keeps_a_part(p: Instance, one: Deployment) -> bool:
    """Whether some replicas of a deployment survive the loss of one zone of its region."""
    return p.survival is not None and p.survival.keeps_zones and p.pools[one.pool].provider != OWN


def share_to_serve(p: Instance, stream: str, lost: str) -> float:
    """Share of a stream's demand that replicas must serve when a domain is lost: hosted APIs take the rest."""
    if p.survival is None:
        return 0.0
    hosted = sum(
        api.max_share
        for api in p.apis
        if api.stream == stream and not (p.survival.loss == "provider" and api.provider == lost)
    )
    return max(0.0, p.survival.share - hosted)
