"""Caps on shares: of providers in the GPU-hours at work, and of demand left unserved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.plan.case import Case
from planner.plan.plan import CapacityRow, LimitRow

_WITHIN = 1e-6


def provider_share_rows(case: Case, capacity: list[CapacityRow]) -> Iterator[LimitRow]:
    """Each share asked of a provider, by period; it binds where a node more or less would break it."""
    for asked in case.problem.limits.provider_shares:
        for period in case.periods:
            hours: dict[bool, float] = defaultdict(float)
            for row in capacity:
                if row.period == period.index:
                    nodes = row.committed_nodes + row.on_demand_nodes + row.spot_nodes
                    gpus = nodes * case.pool(row.pool).gpus_per_node
                    hours[case.pool(row.pool).provider == asked.provider] += gpus * case.hours(row.period, row.block)
            whole = hours[True] + hours[False]
            used = hours[True] / whole if whole else 0.0
            step = _step(case, whole, period.hours)
            if asked.max_share < 1:
                name = f"share of {asked.provider} at most"
                yield _row(name, asked.max_share, used, period.index, at_least=False, step=step)
            if asked.min_share > 0:
                name = f"share of {asked.provider} at least"
                yield _row(name, asked.min_share, used, period.index, at_least=True, step=step)


def unserved_share_rows(case: Case) -> Iterator[LimitRow]:
    """The largest share of a workload's classes left unserved, where that is capped below all."""
    for name, asked in case.problem.workloads.items():
        if asked.unserved_usd_per_1k_requests is not None and asked.max_unserved_share < 1:
            shares = {
                left.period: rate / _demand(case, left.demand_class, left.period, left.when)
                for left, rate in sorted(case.fleet.unserved.items(), key=lambda item: item[1])
                if case.classes[left.demand_class].workload == name
            }
            period = max(shares, key=lambda one: (shares[one], -one), default=None)
            used = 0.0 if period is None else shares[period]
            limit = f"max_unserved_share {name}"
            yield _row(limit, asked.max_unserved_share, used, period, at_least=False, step=0.0)


def _demand(case: Case, demand_class: str, period: int, when: int | str) -> float:
    """Planned demand that `unserved` is a part of: a block's, or a week's hourly arrivals added up."""
    one = case.classes[demand_class]
    if isinstance(when, str):
        return float(one.hourly_requests_per_s[period].sum())
    return float(one.planned_requests_per_s[period, when])


def _step(case: Case, gpu_hours: float, hours: float) -> float:
    """What the smallest node in use, at work all period, makes of the GPU-hours."""
    gpus = min((case.pool(name).gpus_per_node for name in case.fleet.pools()), default=0)
    return gpus * hours / gpu_hours if gpu_hours else 0.0


def _row(name: str, cap: float, used: float, period: int | None, *, at_least: bool, step: float) -> LimitRow:
    room = used - cap if at_least else cap - used
    return LimitRow(
        limit=name, unit="share", cap=cap, used=used, period=period, at_least=at_least, binding=room < step + _WITHIN
    )
