"""From the problem, its demand and its candidates to the numbers of an `Instance`."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from planner.candidates.candidate import CandidateSet
from planner.candidates.candidate import Pool as CandidatePool
from planner.candidates.spares import spare_replicas, target_of_half
from planner.demand.types import Array, Demand, DemandClass
from planner.errors import CatalogError
from planner.inputs.problem import Problem
from planner.inputs.problem import Quota as AskedQuota
from planner.inputs.problem import Workload as AskedWorkload
from planner.milp.finance import commitment, existing, price_factors, rental
from planner.milp.gather_decided import with_decided
from planner.milp.gather_forms import with_forms
from planner.milp.gather_quality import with_quality
from planner.milp.gather_resilience import with_resilience
from planner.milp.instance import (
    Api,
    Budget,
    Deployment,
    Grid,
    Instance,
    Kind,
    Limit,
    Pool,
    Quota,
    Stream,
    Time,
    Workload,
)
from planner.milp.packing import footprints

COMMITTED = ("reserved_1y", "reserved_3y", "capacity_block", "owned")
RENTED = ("on_demand", "spot", "reserved_1y", "reserved_3y", "capacity_block")


def instance_from(problem: Problem, demand: Demand, candidates: CandidateSet) -> Instance:
    """The optimisation problem as numbers."""
    time = _time(problem, demand)
    limits: dict[str, Limit] = {}
    pools = {name: _pool(problem, pool, time, limits) for name, pool in candidates.pools.items()}
    streams = {one.id: _stream(one, demand) for one in demand.classes}
    p = Instance(
        objective=problem.goals[0],
        then=problem.goals[1:],
        time=time,
        workloads=_workloads(problem, demand),
        streams=streams,
        pools=pools,
        deployments=_deployments(problem, demand, candidates),
        apis=tuple(
            Api(a.id, a.demand_class, a.usd_per_request, a.max_share, factors=price_factors(a, time))
            for a in candidates.apis
        ),
        limits=limits,
        quotas=_quotas(problem, pools, limits),
        budgets=_budgets(problem, limits),
        power_limits=_power_limits(problem, limits),
        carbon_limit=_single(
            limits, "carbon_kg_per_period", problem.limits.carbon_kg_per_period, f"kg CO2e a {problem.horizon.period}"
        ),
        gpu_limit=_single(limits, "max_gpus", problem.limits.max_gpus, "GPUs"),
        configuration_limit=_single(
            limits, "max_distinct_configurations", problem.limits.max_distinct_configurations, "configurations"
        ),
    )
    p = with_resilience(with_forms(p, problem, demand, candidates), problem, candidates)
    return with_decided(with_quality(p, problem, candidates), problem)


def _time(problem: Problem, demand: Demand) -> Time:
    line = demand.timeline
    block_of_hour = [0] * 168
    for position, block in enumerate(line.blocks):
        for hour in block.hours_of_week:
            block_of_hour[hour] = position
    months = tuple(period.months for period in line.periods)
    return Time(
        months=months,
        discount=tuple(period.discount for period in line.periods),
        end_discount=float((1 + problem.horizon.discount_rate_per_year) ** (-sum(months) / 12)),
        hours=tuple(tuple(line.hours(period, block) for block in line.blocks) for period in line.periods),
        block_of_hour=tuple(block_of_hour),
        period_labels=tuple(period.label for period in line.periods),
        block_labels=tuple(block.label for block in line.blocks),
        least_share_of_term=problem.horizon.commitment_share_inside,
    )


def _workloads(problem: Problem, demand: Demand) -> dict[str, Workload]:
    streams: dict[str, list[str]] = defaultdict(list)
    for one in demand.classes:
        streams[one.workload].append(one.id)
    return {name: _workload(name, problem.workloads[name], ids) for name, ids in streams.items()}


def _workload(name: str, asked: AskedWorkload, streams: list[str]) -> Workload:
    return Workload(
        id=name, streams=tuple(streams), spot_max_share=asked.spot_max_share, splits=asked.requests.split_buckets
    )


def _stream(one: DemandClass, demand: Demand) -> Stream:
    deadline = None if one.batch_deadline_h is None else math.floor(one.batch_deadline_h + 1e-9)
    return Stream(
        id=one.id,
        workload=one.workload,
        planned=_grid(one.planned_requests_per_s),
        expected_share=_expected_share(one, demand),
        deadline_h=deadline,
        arrivals=() if deadline is None else _grid(one.hourly_requests_per_s),
        average=_averages(one, demand),
    )


def _averages(one: DemandClass, demand: Demand) -> Grid:
    """Planned requests/s, averaged over the hours of each block."""
    hours = [list(block.hours_of_week) for block in demand.timeline.blocks]
    return tuple(tuple(float(week[some].mean()) for some in hours) for week in one.hourly_requests_per_s)


def _expected_share(one: DemandClass, demand: Demand) -> Grid:
    """Requests expected for each request planned: block by block, or over the week where work may move."""
    weeks = [block.week_share for block in demand.timeline.blocks]
    mean, planned = one.mean_requests_per_s, one.planned_requests_per_s
    if one.batch_deadline_h is not None:
        shares = [_ratio(float(m @ weeks), float(p @ weeks)) for m, p in zip(mean, planned, strict=True)]
        return tuple((share,) * len(weeks) for share in shares)
    return tuple(tuple(map(_ratio, m, p)) for m, p in zip(mean.tolist(), planned.tolist(), strict=True))


def _ratio(mean: float, planned: float) -> float:
    return mean / planned if planned > 0 else 0.0


def _grid(values: Array) -> Grid:
    return tuple(map(tuple, values.tolist()))


def _pool(problem: Problem, pool: CandidatePool, time: Time, limits: dict[str, Limit]) -> Pool:
    options = {option.form: option for option in pool.options}
    signed = {
        form: commitment(options[form], time, _node_limit(problem, pool, form, options[form].max_nodes, limits))
        for form in COMMITTED
        if form in options
    }
    return Pool(
        id=pool.id,
        provider=pool.provider,
        region=pool.region,
        gpu=pool.gpu,
        gpus=pool.gpus_per_node,
        kw=pool.kw_per_node,
        rentals={
            form: rental(options[form], time, problem.supply.rent) for form in ("on_demand", "spot") if form in options
        },
        commitments={form: one for form, one in signed.items() if any(one.serves)},
        existing=existing(options["existing"], time) if "existing" in options else None,
        kg_co2_per_kwh=_kg_co2_per_kwh(problem, pool),
    )


def _kg_co2_per_kwh(problem: Problem, pool: CandidatePool) -> float:
    """Carbon of the pool's electricity; CatalogError where the problem asks for it and nobody knows."""
    if pool.electricity is None:
        if "carbon" in problem.goals or problem.limits.carbon_kg_per_period is not None:
            raise CatalogError(f"no carbon figure for {pool.id}: data/carbon.csv needs a row for {pool.region}, or */*")
        return 0.0
    return pool.electricity.kg_co2_per_kwh


def _node_limit(
    problem: Problem, pool: CandidatePool, form: str, max_nodes: int | None, limits: dict[str, Limit]
) -> str:
    """The name of the cap on nodes bought in all under a commitment, entered in `limits`; "" without one."""
    asked = problem.supply.own.max_systems.get(pool.instance_type) if form == "owned" else None
    caps = [cap for cap in (asked, max_nodes) if cap is not None]
    if not caps:
        return ""
    block = next((option.block for option in pool.options if option.form == form), None)
    name = f"max_systems {pool.instance_type}" if form == "owned" else f"nodes {form} {pool.id}"
    if block is not None:
        name = problem.supply.capacity_blocks[block].limit_name(block + 1)
    limits[name] = Limit(min(caps), "systems" if form == "owned" else "nodes")
    return name


def _deployments(problem: Problem, demand: Demand, candidates: CandidateSet) -> tuple[Deployment, ...]:
    """One deployment a workload, configuration, pool and capacity kind the pool has."""
    workload_of = {one.id: one.workload for one in demand.classes}
    rates: dict[tuple[str, str, str, bool], dict[str, float]] = defaultdict(dict)
    for place in candidates.placements:
        key = (workload_of[place.demand_class], place.config, place.pool, place.spot_allowed)
        rates[key][place.demand_class] = candidates.rates[place.config, place.demand_class].max_requests_per_s
    sizes: dict[str, set[int]] = defaultdict(set)
    for _, config, pool, _ in rates:
        sizes[pool].add(candidates.configs[config].gpus)
    packed = {pool: footprints(asked, candidates.pools[pool].gpus_per_node) for pool, asked in sizes.items()}
    found = []
    for (workload, config, pool, spot_allowed), by_stream in rates.items():
        gpus = packed[pool][candidates.configs[config].gpus]
        spares = _spares(problem, demand, candidates, workload, config)
        for kind in _kinds(candidates.pools[pool], spot_allowed):
            one = candidates.configs[config]
            found.append(Deployment(workload, config, pool, kind, gpus, by_stream, spares, one.role, one.group))
    return tuple(found)


def _kinds(pool: CandidatePool, spot_allowed: bool) -> list[Kind]:
    forms = {option.form for option in pool.options}
    firm: list[Kind] = ["firm"] if forms - {"spot"} else []
    return [*firm, "spot"] if spot_allowed and "spot" in forms else firm


def _spares(problem: Problem, demand: Demand, candidates: CandidateSet, workload: str, config: str) -> int:
    """Spare replicas for the availability target, from the replicas the workload's peak would need."""
    target = problem.workloads[workload].availability_target
    if target is None:
        return 0
    if candidates.configs[config].role != "aggregated":
        target = target_of_half(target)
    loads = [
        one.planned_requests_per_s / candidates.rates[config, one.id].max_requests_per_s
        for one in demand.classes
        if one.workload == workload and (config, one.id) in candidates.rates
    ]
    needed = max(1, math.ceil(float(np.sum(loads, axis=0).max()) - 1e-9))
    return spare_replicas(needed, candidates.spare_availability[config], target)


def _quotas(problem: Problem, pools: dict[str, Pool], limits: dict[str, Limit]) -> tuple[Quota, ...]:
    quotas = []
    for asked in problem.supply.quotas:
        members = frozenset(
            (pool.id, form)
            for pool in pools.values()
            for form in (*pool.rentals, *pool.commitments)
            if form in RENTED and _covers(asked, pool, form)
        )
        if members:
            name = asked.limit_name
            limits[name] = Limit(min(asked.max_gpus, limits[name].value if name in limits else math.inf), "GPUs")
            last = None if asked.last_period is None else asked.last_period - 1
            quotas.append(Quota(name, members, (asked.first_period or 1) - 1, last))
    return tuple(quotas)


def _covers(quota: AskedQuota, pool: Pool, form: str) -> bool:
    return (
        quota.gpu == pool.gpu
        and quota.provider in (None, pool.provider)
        and quota.region in (None, pool.region)
        and quota.form in (None, form)
    )


def _budgets(problem: Problem, limits: dict[str, Limit]) -> tuple[Budget, ...]:
    budgets = []
    for asked in problem.limits.budget:
        name = f"budget {asked.kind}"
        cap = min(asked.usd_per_period, limits[name].value if name in limits else math.inf)
        if name not in limits:
            budgets.append(Budget(name, asked.kind))
        limits[name] = Limit(cap, f"USD a {problem.horizon.period}")
    return tuple(budgets)


def _power_limits(problem: Problem, limits: dict[str, Limit]) -> tuple[str, ...]:
    asked = {"power_kw": problem.limits.power_kw, "site max_power_kw": problem.supply.own.site.max_power_kw}
    return tuple(name for name, cap in asked.items() if _single(limits, name, cap, "kW"))


def _single(limits: dict[str, Limit], name: str, cap: float | None, unit: str) -> str | None:
    if cap is None:
        return None
    limits[name] = Limit(cap, unit)
    return name
