"""From the problem to what it asks beyond caps: shares, losses to survive, unserved demand, prices of excess."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from planner.candidates.candidate import CandidateSet
from planner.inputs.problem import Problem
from planner.milp.instance import Instance, Limit
from planner.milp.resilience import ProviderShare, Survival, Unserved

REQUESTS_PER_PRICE = 1000


def with_resilience(p: Instance, problem: Problem, candidates: CandidateSet) -> Instance:
    """The instance with all of it."""
    asked = dict(_provider_shares(problem))
    limits = {name: replace(limit, excess_usd=price_of_excess(problem, name)) for name, limit in p.limits.items()}
    limits |= {share.limit: Limit(value, "share") for share, value in asked.items()}
    providers = {(one.id, one.demand_class): one.provider for one in candidates.apis}
    return replace(
        p,
        limits=limits,
        provider_shares=tuple(asked),
        survival=_survival(problem),
        streams={name: replace(one, unserved=_unserved(problem, one.workload)) for name, one in p.streams.items()},
        apis=tuple(replace(api, provider=providers[api.id, api.stream]) for api in p.apis),
    )


def price_of_excess(problem: Problem, limit: str) -> float | None:
    """What a unit over a cap costs (see `Limit.excess_usd`); None where it may not be broken."""
    limits = problem.limits
    prices = {
        "power_kw": limits.power_excess_usd_per_kw_month,
        "carbon_kg_per_period": limits.carbon_excess_usd_per_kg,
        "max_gpus": limits.gpus_excess_usd_per_gpu_hour,
    }
    prices |= {f"budget {budget.kind}": budget.excess_usd_per_usd for budget in limits.budget}
    for quota in problem.supply.quotas:
        prices[quota.limit_name] = quota.excess_usd_per_gpu_hour
    return prices.get(limit)


def _provider_shares(problem: Problem) -> Iterator[tuple[ProviderShare, float]]:
    for asked in problem.limits.provider_shares:
        if asked.max_share < 1:
            yield ProviderShare(f"share of {asked.provider} at most", asked.provider), asked.max_share
        if asked.min_share > 0:
            yield ProviderShare(f"share of {asked.provider} at least", asked.provider, at_least=True), asked.min_share


def _survival(problem: Problem) -> Survival | None:
    limits = problem.limits
    if limits.survive_loss_of is None:
        return None
    names = frozenset(name for name, one in problem.workloads.items() if one.traffic is not None and one.survives_loss)
    return Survival(limits.survive_loss_of, limits.surviving_share, names, limits.zones_per_region or 1)


def _unserved(problem: Problem, workload: str) -> Unserved | None:
    asked = problem.workloads[workload]
    if asked.unserved_usd_per_1k_requests is None:
        return None
    usd = asked.unserved_usd_per_1k_requests / REQUESTS_PER_PRICE
    return Unserved(usd, asked.max_unserved_share, asked.priority)
