"""From the problem to what running owned and rented nodes costs by the replica, by the start and by the person."""

from __future__ import annotations

from dataclasses import replace

from planner.candidates.candidate import CandidateSet
from planner.inputs.problem import Problem
from planner.milp.instance import Deployment, Instance, Staff

MONTHS_PER_YEAR = 12


def with_forms(p: Instance, problem: Problem, candidates: CandidateSet) -> Instance:
    """The instance with all of it."""
    return replace(
        p,
        switch_usd_per_replica=problem.limits.switch_usd_per_replica,
        staff=_staff(problem),
        deployments=tuple(_with_hours(one, candidates) for one in p.deployments),
    )


def _staff(problem: Problem) -> Staff | None:
    site, period = problem.supply.own.site, problem.horizon.months / problem.horizon.periods
    if site.systems_per_person is None or site.usd_per_person_year is None:
        return None
    usd = site.usd_per_person_year * period / MONTHS_PER_YEAR
    return Staff(site.systems_per_person, (usd,) * problem.horizon.periods)


def _with_hours(one: Deployment, candidates: CandidateSet) -> Deployment:
    """What a replica costs by the hour beside its nodes: electricity of owned GPUs at work."""
    option = candidates.pools[one.pool].options[0]
    power = candidates.configs[one.config].gpus * option.active_usd_per_gpu_hour
    return replace(one, usd_per_hour={"owned_power": power}) if power else one
