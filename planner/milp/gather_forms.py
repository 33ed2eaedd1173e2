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
        staff=_staff(problem),
        deployments=tuple(_with_charges(one, problem, candidates, tokens) for one in p.deployments),
    )


def _staff(problem: Problem) -> Staff | None:
    site, period = problem.supply.own.site, problem.horizon.months / problem.horizon.periods
    if site.systems_per_person is None or site.usd_per_person_year is None:
        return None
    usd = site.usd_per_person_year * period / MONTHS_PER_YEAR
    return Staff(site.systems_per_person, (usd,) * problem.horizon.periods)


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
