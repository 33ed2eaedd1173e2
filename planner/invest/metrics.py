"""The figures of one strategy, from its plan's rows alone."""

from __future__ import annotations

from itertools import accumulate

from planner.plan.alternatives import nodes_of
from planner.plan.plan import Plan
from planner.plan.rows.investment import StrategyRow
from planner.plan.rows.money import AT_THE_END
from planner.units import HOURS_PER_WEEK

_TERMS = frozenset({"reserved_1y", "reserved_3y", "capacity_block"})


def cash_by_period(plan: Plan) -> list[float]:
    """Money that leaves the account in each period [USD]."""
    return [sum(row.usd for row in plan.cash if row.period == period.index) for period in plan.periods]


def flows_of(plan: Plan) -> list[float]:
    """What the horizon is charged, when it is paid: by period, and last what is left at its end (negative) [USD].

    Of a prepaid term the part beyond the horizon is left out, as in the bill. Discounted they are the plan's cost.
    """
    found = [0.0] * (len(plan.periods) + 1)
    for row in plan.costs:
        if row.term in AT_THE_END:
            found[-1] += row.usd
        elif row.term not in _TERMS:
            found[row.period] += row.usd
    for paid in plan.cash:
        if paid.term in _TERMS:
            found[paid.period] += paid.usd
    for bought in plan.purchases:
        if bought.form in _TERMS:
            found[bought.period] -= bought.prepaid_usd
    return found


def utilisation(plan: Plan) -> float | None:
    """Expected work as a share of what the GPUs at work could do, over the horizon; None without GPUs."""
    hours = {
        (t.index, b.index): t.hours * len(b.hours_of_week) / HOURS_PER_WEEK for t in plan.periods for b in plan.blocks
    }
    size = {pool.id: pool.gpus_per_node for pool in plan.pools}
    there = sum(
        (row.committed_nodes + row.on_demand_nodes + row.spot_nodes) * size[row.pool] * hours[row.period, row.block]
        for row in plan.capacity
    )
    configs = {(row.config, row.demand_class): row for row in plan.configs}
    planned = {(row.demand_class, row.period, row.block): row for row in plan.demand}
    busy = 0.0
    for flow in plan.flows:
        config, asked = configs[flow.config, flow.demand_class], planned[flow.demand_class, flow.period, flow.block]
        share = asked.mean_requests_per_s / asked.planned_requests_per_s if asked.planned_requests_per_s else 0.0
        replicas = flow.requests_per_s * share / config.max_requests_per_s
        busy += replicas * config.gpus * hours[flow.period, flow.block]
    return busy / there if there else None


def peak_funding_usd(cash: list[float], renting: list[float]) -> float:
    """The most that has been paid by any period's end beyond what renting has been paid by then [USD]."""
    ahead = accumulate(mine - theirs for mine, theirs in zip(cash, renting, strict=True))
    return max(0.0, *ahead)


def figures_of(row: StrategyRow, plan: Plan, renting: list[float] | None) -> StrategyRow:
    """The row with its plan's figures; `renting` is what best renting pays by period, if there is any."""
    cash = cash_by_period(plan)
    tokens = sum(one.million_tokens for one in plan.workload_costs)
    return row.model_copy(
        update={
            "usd": plan.total_usd,
            "npv_usd": plan.total_npv_usd,
            "bound_usd": plan.certificate.bound,
            "cash_usd": cash,
            "flows_usd": flows_of(plan),
            "peak_funding_usd": None if renting is None else peak_funding_usd(cash, renting),
            "most_in_a_period_usd": max(cash),
            "million_tokens": tokens,
            "usd_per_million_tokens": plan.total_usd / tokens if tokens else None,
            "utilisation": utilisation(plan),
            "nodes": nodes_of(plan),
        }
    )
