"""How close the plan comes to every cap of the problem, in the user's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from planner.inputs.problem import Budget, Quota
from planner.plan.capacity import committed_nodes
from planner.plan.carbon import carbon_rows
from planner.plan.case import Case
from planner.plan.fleet import LeftOut
from planner.plan.owning import serving_periods
from planner.plan.plan import CapacityRow, CashRow, LimitRow
from planner.plan.quality import mean_quality_rows
from planner.plan.share_limits import provider_share_rows, unserved_share_rows

_WITHIN = 1e-6


def limit_rows(case: Case, capacity: list[CapacityRow], cash: list[CashRow]) -> list[LimitRow]:
    """One row a cap (a budget: one a period). A cap binds where one more node in use would break it."""
    return [
        *(_quota(case, quota, capacity) for quota in case.problem.supply.quotas),
        *(row for budget in case.problem.limits.budget for row in _budget(case, budget, cash)),
        *_power(case),
        *_carbon(case, capacity),
        *_max_gpus(case, capacity),
        *_max_systems(case),
        *_capacity_blocks(case),
        *_max_configurations(case),
        *_utilization(case),
        *_spot_shares(case),
        *_api_shares(case),
        *mean_quality_rows(case),
        *provider_share_rows(case, capacity),
        *unserved_share_rows(case),
    ]


def _quota(case: Case, quota: Quota, capacity: list[CapacityRow]) -> LimitRow:
    step = _smallest_node(case, lambda name: _in_quota(case, quota, name))
    return _peak(quota.limit_name, "GPU", quota.max_gpus, quota_gpus(case, quota, capacity), step)


def quota_gpus(case: Case, quota: Quota, capacity: list[CapacityRow]) -> dict[tuple[int, int], float]:
    """(period, block) → GPUs rented under a quota."""
    inside = {name for name in case.fleet.pools() if _in_quota(case, quota, name)}
    reserved = _reserved_nodes(case, quota.form)
    used: dict[tuple[int, int], float] = defaultdict(float)
    for row in capacity:
        if row.pool in inside and quota.holds_in(row.period):
            nodes = reserved[row.pool, row.period]
            nodes += row.on_demand_nodes if quota.form in {None, "on_demand"} else 0
            nodes += row.spot_nodes if quota.form in {None, "spot"} else 0
            used[row.period, row.block] += nodes * case.pool(row.pool).gpus_per_node
    return used


def _in_quota(case: Case, quota: Quota, name: str) -> bool:
    pool = case.pool(name)
    return (
        pool.provider != "own"
        and pool.gpu == quota.gpu
        and quota.provider in {None, pool.provider}
        and quota.region in {None, pool.region}
    )


def _reserved_nodes(case: Case, form: str | None) -> dict[tuple[str, int], int]:
    nodes: dict[tuple[str, int], int] = defaultdict(int)
    for buy, count in case.fleet.bought.items():
        if buy.form != "owned" and form in {None, buy.form}:
            for period in serving_periods(case, buy):
                nodes[buy.pool, period] += count
    return nodes


def _budget(case: Case, budget: Budget, cash: list[CashRow]) -> Iterator[LimitRow]:
    for period in case.periods:
        used = sum(row.usd for row in cash if row.period == period.index and budget.kind in {"total", row.kind})
        step = _cheapest_node_usd(case, budget.kind, period.hours)
        yield _row(f"budget {budget.kind}", "USD", budget.usd_per_period, used, period.index, step)


def _cheapest_node_usd(case: Case, kind: str, hours: float) -> float:
    """What one more node of the cheapest pool in use costs for a whole period [USD]."""
    rented = [
        option.usd_per_hour * hours
        for name in case.fleet.pools()
        for option in case.pool(name).options
        if option.form not in {"owned", "existing"} and kind != "capex"
    ]
    bought = [
        option.price_usd
        for name in case.fleet.pools()
        for option in case.pool(name).options
        if option.form == "owned" and kind != "opex" and option.price_usd
    ]
    return min([*rented, *bought], default=0.0)


def owned_kw(case: Case) -> dict[tuple[int, int], float]:
    """(period, 0) → power of owned systems at their maximum."""
    used: dict[tuple[int, int], float] = defaultdict(float)
    for (name, period), nodes in committed_nodes(case).items():
        pool = case.pool(name)
        if pool.provider == "own":
            used[period, 0] += nodes * pool.kw_per_node
    return used


def _power(case: Case) -> Iterator[LimitRow]:
    used = owned_kw(case)
    owned = [pool.kw_per_node for pool in case.candidates.pools.values() if pool.provider == "own"]
    step = min(owned, default=0.0)
    for name, cap in (
        ("power_kw", case.problem.limits.power_kw),
        ("site max_power_kw", case.problem.supply.own.site.max_power_kw),
    ):
        if cap is not None:
            yield _peak(name, "kW", cap, used, step)


def _carbon(case: Case, capacity: list[CapacityRow]) -> Iterator[LimitRow]:
    """The carbon cap by period; it binds where a node of the cleanest pool more, all period, would break it."""
    cap = case.problem.limits.carbon_kg_per_period
    if cap is None:
        return
    kg = [
        pool.kw_per_node * pool.electricity.kg_co2_per_kwh
        for pool in case.candidates.pools.values()
        if pool.electricity
    ]
    step = min(kg, default=0.0)
    for row in carbon_rows(case, capacity):
        hours = case.periods[row.period].hours
        yield _row("carbon_kg_per_period", "kg CO2e", cap, row.kg, row.period, step * hours)


def _max_gpus(case: Case, capacity: list[CapacityRow]) -> Iterator[LimitRow]:
    cap = case.problem.limits.max_gpus
    if cap is None:
        return
    yield _peak("max_gpus", "GPU", cap, gpus_at_work(case, capacity), _smallest_node(case, lambda name: True))


def gpus_at_work(case: Case, capacity: list[CapacityRow]) -> dict[tuple[int, int], float]:
    """(period, block) → GPUs of all nodes."""
    used: dict[tuple[int, int], float] = defaultdict(float)
    for row in capacity:
        nodes = row.committed_nodes + row.on_demand_nodes + row.spot_nodes
        used[row.period, row.block] += nodes * case.pool(row.pool).gpus_per_node
    return used


def _max_systems(case: Case) -> Iterator[LimitRow]:
    for system, cap in case.problem.supply.own.max_systems.items():
        used = sum(
            nodes
            for buy, nodes in case.fleet.bought.items()
            if buy.form == "owned" and case.pool(buy.pool).instance_type == system
        )
        yield _row(f"max_systems {system}", "systems", cap, used, None, 1)


def _capacity_blocks(case: Case) -> Iterator[LimitRow]:
    for number, asked in enumerate(case.problem.supply.capacity_blocks, 1):
        if asked.max_nodes is not None:
            used = sum(
                nodes for buy, nodes in case.fleet.bought.items() if case.option(buy.pool, buy.form).block == number - 1
            )
            yield _row(asked.limit_name(number), "nodes", asked.max_nodes, used, asked.first_period - 1, 1)


def _max_configurations(case: Case) -> Iterator[LimitRow]:
    cap = case.problem.limits.max_distinct_configurations
    if cap is not None:
        used = len({run.config for run in case.fleet.replicas})
        yield _row("max_distinct_configurations", "configurations", cap, used, None, 1)


def _utilization(case: Case) -> Iterator[LimitRow]:
    """The busiest replica's load; `max_requests_per_s` is already the cap's share of the true maximum."""
    load: dict[tuple[str | int, ...], float] = defaultdict(float)
    for route, rate in case.fleet.flows.items():
        most = case.candidates.rates[route.config, route.demand_class].max_requests_per_s
        load[case.classes[route.demand_class].workload, *route[1:]] += rate / most
    cap = case.problem.limits.utilization_cap
    shares = [load[tuple(run)] / count for run, count in case.fleet.replicas.items()]
    if shares:
        yield _row("utilization_cap", "share", cap, cap * max(shares), None, 0)


def _spot_shares(case: Case) -> Iterator[LimitRow]:
    for name, asked in case.problem.workloads.items():
        if asked.interruptible and asked.spot_max_share < 1:
            spot: dict[tuple[int, int], float] = defaultdict(float)
            for route, rate in case.fleet.flows.items():
                if case.classes[route.demand_class].workload == name and route.kind == "spot":
                    spot[route.period, route.block] += rate
            loads = _loads(case, name)
            used = {key: rate / loads[key] for key, rate in spot.items()}
            yield _peak(f"spot_max_share {name}", "share", asked.spot_max_share, used, 0)


def _api_shares(case: Case) -> Iterator[LimitRow]:
    for option in case.candidates.apis:
        if option.max_share < 1:
            used = {
                (route.period, route.block): rate / _asked(case, option.demand_class, route.period, route.block)
                for route, rate in case.fleet.api.items()
                if (route.api, route.demand_class) == (option.id, option.demand_class)
            }
            name = f"api max_share {option.id} {option.demand_class}"
            yield _peak(name, "share", option.max_share, used, 0)


def _loads(case: Case, workload: str) -> dict[tuple[int, int], float]:
    """What is served of a workload by block: batch work as it is done there, the rest as planned."""
    movable = {one.id for one in case.classes_of(workload) if one.batch_deadline_h is not None}
    found: dict[tuple[int, int], float] = defaultdict(float)
    for route, rate in case.fleet.flows.items():
        if route.demand_class in movable and case.finishes(route.config):
            found[route.period, route.block] += rate
    for sent, rate in case.fleet.api.items():
        if sent.demand_class in movable:
            found[sent.period, sent.block] += rate
    for one in case.classes_of(workload):
        if one.id not in movable:
            for t, row in enumerate(one.planned_requests_per_s.tolist()):
                for b, planned in enumerate(row):
                    found[t, b] += planned - case.fleet.unserved.get(LeftOut(one.id, t, b), 0.0)
    return found


def _asked(case: Case, name: str, period: int, block: int) -> float:
    return float(case.classes[name].planned_requests_per_s[period, block])


def _smallest_node(case: Case, counts: Callable[[str], bool]) -> int:
    """GPUs of the smallest node that could be added."""
    return min((pool.gpus_per_node for name, pool in case.candidates.pools.items() if counts(name)), default=1)


def _peak(name: str, unit: str, cap: float, used: dict[tuple[int, int], float], step: float) -> LimitRow:
    """The row of the hour in which most is used."""
    if not used:
        return _row(name, unit, cap, 0.0, None, step)
    period, block = max(used, key=lambda key: (used[key], -key[0]))
    return _row(name, unit, cap, used[period, block], period, step)


def _row(name: str, unit: str, cap: float, used: float, period: int | None, step: float) -> LimitRow:
    binding = used + step > cap * (1 + _WITHIN) if step else used >= cap * (1 - _WITHIN)
    return LimitRow(limit=name, unit=unit, cap=cap, used=used, period=period, binding=binding)
