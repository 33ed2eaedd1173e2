"""From the problem to what running owned and rented nodes costs by the replica, by the start and by the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from planner.candidates.candidate import CandidateSet
from planner.candidates.regions import OWN
from planner.demand.types import Demand
from planner.inputs.problem import Problem
from planner.milp.instance import Deployment, Instance
from planner.milp.ownership import Staff
from planner.units import BYTES_PER_GIB, HOURS_PER_MONTH

MONTHS_PER_YEAR = 12


def with_forms(p: Instance, problem: Problem, demand: Demand, candidates: CandidateSet) -> Instance:
    """The instance with all of it."""
    tokens = {one.id: one.lengths.mean_output for one in demand.classes}
    return replace(
        p,
        switch_usd_per_replica=problem.limits.switch_usd_per_replica,
        staff=_staff(p, problem, candidates),
        charge_factors=_charge_factors(p, candidates),
        deployments=tuple(_with_charges(one, problem, candidates, tokens) for one in p.deployments),
    )


def _staff(p: Instance, problem: Problem, candidates: CandidateSet) -> Staff | None:
    site, time = problem.supply.own.site, p.time
    if site.systems_per_person is None or site.usd_per_person_year is None:
        return None
    factors = _line_factors("staff", p, candidates)
    usd = site.usd_per_person_year / MONTHS_PER_YEAR
    return Staff(site.systems_per_person, tuple(usd * time.months[t] * factors[t] for t in time.periods))


def _charge_factors(p: Instance, candidates: CandidateSet) -> dict[str, tuple[float, ...]]:
    """Of the electricity of owned GPUs at work, where its price moves."""
    factors = _line_factors("idle power", p, candidates)
    return {"owned_power": factors} if set(factors) != {1.0} else {}


def _line_factors(line: str, p: Instance, candidates: CandidateSet) -> tuple[float, ...]:
    """A line of what running owned systems costs, by period over today's: the same for all of them."""
    owned = next((pool.options[0] for pool in candidates.pools.values() if pool.provider == OWN), None)
    return tuple(owned.line_factor(line, p.time.months_before(t)) if owned else 1.0 for t in p.time.periods)


def _with_charges(
    one: Deployment, problem: Problem, candidates: CandidateSet, output_tokens: Mapping[str, float]
) -> Deployment:
    """What a replica costs beside its nodes: electricity of owned GPUs at work; on rented ones, storage and egress."""
    rent, pool = problem.supply.rent, candidates.pools[one.pool]
    if pool.provider == OWN:
        power = candidates.configs[one.config].gpus * pool.options[0].active_usd_per_gpu_hour
        return replace(one, usd_per_hour={"owned_power": power}) if power else one
    if rent is None:
        return one
    storage = rent.storage_usd_per_gib_month / HOURS_PER_MONTH
    egress = rent.egress_usd_per_gib * (rent.egress_bytes_per_token or 0.0) / BYTES_PER_GIB
    answers = one.role != "prefill"
    return replace(
        one,
        usd_per_hour={"storage": storage * candidates.weights_gib[one.config]} if storage else {},
        usd_per_request={name: egress * output_tokens[name] for name in one.rates} if egress and answers else {},
    )
