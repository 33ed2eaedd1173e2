"""Unserved demand and broken caps: how much, and what it costs beside the money that is paid."""

from __future__ import annotations

from collections.abc import Iterator

from planner.inputs.problem import Problem
from planner.plan.carbon import carbon_rows
from planner.plan.case import Case, cost_row
from planner.plan.fleet import LeftOut
from planner.plan.limits import gpus_at_work, owned_kw, quota_gpus
from planner.plan.plan import CapacityRow, CashRow, CostRow, ExcessRow, LimitRow, UnservedRow
from planner.plan.terms import expected_share
from planner.units import HOURS_PER_WEEK, SECONDS_PER_HOUR

_NOTHING = 1e-6  # relative: what a solver's tolerances leave
_REQUESTS_PER_PRICE = 1000


def unserved_rows(case: Case) -> list[UnservedRow]:
    """Demand left unserved, by class, period and block."""
    return [_unserved(case, left, rate) for left, rate in case.fleet.unserved.items()]


def _unserved(case: Case, left: LeftOut, rate: float) -> UnservedRow:
    one, weeks = case.classes[left.demand_class], [block.week_share for block in case.blocks]
    block = None if isinstance(left.when, str) else left.when
    share = expected_share(one, left.period, block or 0, weeks)
    hours = case.periods[left.period].hours if block is None else case.hours(left.period, block)
    mean = rate / HOURS_PER_WEEK if block is None else rate
    return UnservedRow(
        demand_class=one.id,
        workload=one.workload,
        period=left.period,
        block=block,
        requests_per_s=mean,
        requests=mean * share * hours * SECONDS_PER_HOUR,
    )


def excess_rows(case: Case, capacity: list[CapacityRow], cash: list[CashRow]) -> list[ExcessRow]:
    """Every cap with a price that is broken, by period or hour."""
    return [*_by_period(case, capacity, cash), *_by_hour(case, capacity)]


def shadow_rows(case: Case, unserved: list[UnservedRow], excess: list[ExcessRow]) -> list[CostRow]:
    """What all that costs: in the bill, but not cash."""
    usd: dict[tuple[str, str, int], float] = {}
    for row in unserved:
        price = case.problem.workloads[row.workload].unserved_usd_per_1k_requests or 0.0
        key = ("unserved", row.workload, row.period)
        usd[key] = usd.get(key, 0.0) + price * row.requests / _REQUESTS_PER_PRICE
    for broken in excess:
        key = ("excess", broken.limit, broken.period)
        usd[key] = usd.get(key, 0.0) + broken.usd
    return [cost_row(*key, amount, amount * case.periods[key[2]].discount) for key, amount in sorted(usd.items())]


def _by_period(case: Case, capacity: list[CapacityRow], cash: list[CashRow]) -> Iterator[ExcessRow]:
    limits = case.problem.limits
    for budget in limits.budget:
        for period in case.periods:
            paid = sum(row.usd for row in cash if row.period == period.index and budget.kind in {"total", row.kind})
            over = paid - budget.usd_per_period
            yield from _row(f"budget {budget.kind}", "USD", (period.index, None), over, budget.excess_usd_per_usd)
    for row in carbon_rows(case, capacity):
        over = row.kg - limits.carbon_kg_per_period if limits.carbon_kg_per_period is not None else 0.0
        yield from _row("carbon_kg_per_period", "kg CO2e", (row.period, None), over, limits.carbon_excess_usd_per_kg)
    if limits.power_kw is not None and limits.power_excess_usd_per_kw_month is not None:
        for (index, _), kw in owned_kw(case).items():
            price = limits.power_excess_usd_per_kw_month * case.periods[index].months
            yield from _row("power_kw", "kW", (index, None), kw - limits.power_kw, price)


def _by_hour(case: Case, capacity: list[CapacityRow]) -> Iterator[ExcessRow]:
    limits = case.problem.limits
    caps = [(one.limit_name, one.max_gpus, one.excess_usd_per_gpu_hour, quota_gpus(case, one, capacity))
            for one in case.problem.supply.quotas]  # fmt: skip
    if limits.max_gpus is not None:
        caps.append(("max_gpus", limits.max_gpus, limits.gpus_excess_usd_per_gpu_hour, gpus_at_work(case, capacity)))
    for name, cap, price, used in caps:
        for (period, block), gpus in used.items():
            hourly = None if price is None else price * case.hours(period, block)
            yield from _row(name, "GPU", (period, block), gpus - cap, hourly)


def _row(limit: str, unit: str, slot: tuple[int, int | None], over: float, price: float | None) -> Iterator[ExcessRow]:
    if price is not None and over > _NOTHING:
        yield ExcessRow(limit=limit, unit=unit, period=slot[0], block=slot[1], excess=over, usd=over * price)


def with_excess(limits: list[LimitRow], excess: list[ExcessRow], problem: Problem) -> list[LimitRow]:
    """Limit rows with what was paid for breaking those that have a price."""
    prices = prices_of_excess(problem)
    found = []
    for row in limits:
        if row.limit in prices:
            by_period = row.limit.startswith(("budget", "carbon"))
            paid = [one.usd for one in excess if one.limit == row.limit and (not by_period or one.period == row.period)]
            found.append(row.model_copy(update={"excess_usd": sum(paid)}))
        else:
            found.append(row)
    return found


def prices_of_excess(problem: Problem) -> dict[str, float]:
    """Price of a unit over each cap that has one."""
    limits = problem.limits
    prices = {
        "power_kw": limits.power_excess_usd_per_kw_month,
        "carbon_kg_per_period": limits.carbon_excess_usd_per_kg,
        "max_gpus": limits.gpus_excess_usd_per_gpu_hour,
        **{f"budget {one.kind}": one.excess_usd_per_usd for one in limits.budget},
        **{one.limit_name: one.excess_usd_per_gpu_hour for one in problem.supply.quotas},
    }
    return {name: price for name, price in prices.items() if price is not None}
