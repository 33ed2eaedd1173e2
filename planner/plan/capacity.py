"""Pools in use, how their nodes are paid, and how many are at work in every block."""

from __future__ import annotations

from collections import defaultdict

from planner.candidates.candidate import PurchaseOption
from planner.plan.carbon import electricity_row
from planner.plan.case import Case, provenance_row
from planner.plan.fleet import Slot
from planner.plan.owning import serving_nodes
from planner.plan.plan import CapacityRow, EnergyRow, HeldRow, OptionRow, PoolRow


def pool_rows(case: Case) -> list[PoolRow]:
    """Pools that hold a node at any time."""
    return [
        PoolRow(
            id=pool.id,
            provider=pool.provider,
            region=pool.region,
            instance_type=pool.instance_type,
            gpu=pool.gpu,
            gpus_per_node=pool.gpus_per_node,
            kw_per_node=pool.kw_per_node,
            geography=pool.geography,
            electricity=electricity_row(pool.electricity),
        )
        for pool in map(case.pool, case.fleet.pools())
    ]


def option_rows(case: Case) -> list[OptionRow]:
    """All ways to pay for the pools in use, chosen or not."""
    return [_option(pool, option) for pool in case.fleet.pools() for option in case.pool(pool).options]


def capacity_rows(case: Case) -> list[CapacityRow]:
    """Nodes at work by pool, period and block; blocks in which a pool has none are left out."""
    committed = committed_nodes(case)
    rows = []
    for pool in case.fleet.pools():
        for period in case.periods:
            for block in case.blocks:
                slot = Slot(pool, period.index, block.index)
                nodes = (
                    committed.get((pool, period.index), 0),
                    case.fleet.on_demand.get(slot, 0),
                    case.fleet.spot.get(slot, 0),
                )
                if any(nodes):
                    rows.append(_capacity(slot, nodes))
    return rows


def committed_nodes(case: Case) -> dict[tuple[str, int], int]:
    """(pool, period) → reserved, owned and existing nodes that serve in it."""
    nodes: dict[tuple[str, int], int] = defaultdict(int)
    for buy, count in case.fleet.bought.items():
        for period, there in serving_nodes(case, buy, count).items():
            nodes[buy.pool, period] += there
    for keep, count in case.fleet.kept.items():
        nodes[keep.pool, keep.period] += count
    return dict(nodes)


def held_rows(case: Case) -> list[HeldRow]:
    """Nodes billed beyond the hours their blocks rent."""
    return [HeldRow.model_validate({**one._asdict(), "nodes": nodes}) for one, nodes in case.fleet.held.items()]


def energy_rows(case: Case, capacity: list[CapacityRow]) -> list[EnergyRow]:
    """Electricity of all nodes at work, rented or owned, period by period [kWh]."""
    kwh = {period.index: 0.0 for period in case.periods}
    for row in capacity:
        nodes = row.committed_nodes + row.on_demand_nodes + row.spot_nodes
        kwh[row.period] += nodes * case.pool(row.pool).kw_per_node * case.hours(row.period, row.block)
    return [EnergyRow(period=period, kwh=total) for period, total in kwh.items()]


def _capacity(slot: Slot, nodes: tuple[int, int, int]) -> CapacityRow:
    committed, on_demand, spot = nodes
    return CapacityRow(
        pool=slot.pool,
        period=slot.period,
        block=slot.block,
        committed_nodes=committed,
        on_demand_nodes=on_demand,
        spot_nodes=spot,
    )


def _option(pool: str, option: PurchaseOption) -> OptionRow:
    return OptionRow(
        pool=pool,
        form=option.form,
        usd_per_hour=option.usd_per_hour,
        term_months=option.term_months,
        lead_months=option.lead_months,
        upfront_share=option.upfront_share,
        capex_usd=option.capex_usd,
        fixed_usd_per_month=option.fixed_usd_per_month,
        life_months=option.life_months,
        residual_share=option.residual_share,
        age_months=option.age_months,
        usable_share=option.usable_share,
        interruptions_per_hour=option.interruptions_per_hour,
        cost_lines=dict(option.cost_lines),
        provenance=provenance_row(option.provenance) if option.provenance else None,
        max_nodes=option.max_nodes,
        block=option.block,
        depreciation_per_year=option.depreciation_per_year,
        active_usd_per_gpu_hour=option.active_usd_per_gpu_hour,
        usd_per_kwh=option.usd_per_kwh,
        trend_per_year=option.trend_per_year,
        line_trends=dict(option.line_trends),
        value_curve=list(option.value_curve),
        room_usd=option.room_usd,
        room_life_months=option.room_life_months,
        service_months=option.service_months,
        tax_shares=list(option.tax.shares) if option.tax else [],
    )
