"""For a router: where each class of requests goes in every block, and replica bounds for every hour of the week."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

from planner.export.commands import as_json
from planner.export.deployments import Deployment, Fleet
from planner.export.escape import plain
from planner.export.files import File
from planner.export.provenance import heading, made
from planner.export.yaml_text import document
from planner.plan.plan import BlockRow, PeriodRow, Plan
from planner.units import HOURS_PER_WEEK

DIGITS = 9
_NOTHING = 1e-9
_HALF_PLANNED = 1e-6


def router_files(fleet: Fleet) -> list[File]:
    """The same as JSON and as YAML."""
    data = routing(fleet)
    says = [
        "Weights: the share of a class's requests that goes to each target; they sum to 1 where anything is served.",
        "A batch class without weights in a block waits for the next block that has some.",
        "Autoscaler: fewest and most replicas in each hour of the week, Monday 00:00 first. The most is what the plan",
        "pays for in that hour; the fewest what the planned demand of that very hour needs, reserve included.",
    ]
    return [File("router.json", as_json(data)), File("router.yaml", document(data, [*says, *heading(fleet.plan)]))]


def routing(fleet: Fleet) -> dict[str, Any]:
    """Everything a router needs to know."""
    plan = fleet.plan
    hours = [0] * HOURS_PER_WEEK
    for block in plan.blocks:
        for hour in block.hours_of_week:
            hours[hour] = block.index
    return {
        "format": 1,
        "plan": made(plan),
        "classes": _classes(fleet),
        "deployments": {one.name: _deployment(one) for one in fleet.deployments},
        "block_of_hour": hours,
        "periods": [_period(fleet, period) for period in plan.periods],
        "overflow": _overflow(plan),
        "after_loss": _after_loss(fleet),
    }


def _classes(fleet: Fleet) -> dict[str, Any]:
    """Each demand class and the request sizes it stands for, where the plan says."""
    sizes = {row.demand_class: row for row in fleet.plan.classes}
    found: dict[str, Any] = {}
    for name, workload in fleet.classes.items():
        found[name] = {"workload": workload, "kind": fleet.workloads[workload].kind}
        if size := sizes.get(name):
            found[name]["tokens"] = {
                "shortest": round(size.shortest_tokens),
                "longest": round(size.longest_tokens),
                "mean_input": round(size.mean_input_tokens, 1),
                "mean_output": round(size.mean_output_tokens, 1),
            }
    return found


def _deployment(one: Deployment) -> dict[str, Any]:
    return {
        "workload": one.workload.id,
        "model": one.config.model,
        "config": one.config.config,
        "role": one.config.role,
        "pool": one.pool.id,
        "provider": one.pool.provider,
        "region": one.pool.region,
        "spot": one.spot,
        "gpus_per_replica": one.config.gpus,
        "max_requests_per_s_per_replica": {row.demand_class: row.max_requests_per_s for row in one.rows},
    }


def _period(fleet: Fleet, period: PeriodRow) -> dict[str, Any]:
    return {
        "label": period.label,
        "start": period.start.isoformat() if period.start else None,
        "months": period.months,
        "blocks": [_block(fleet, period, block) for block in fleet.plan.blocks],
        "autoscaler": {one.name: _bounds(fleet, one, period) for one in fleet.running_in(period)},
    }


def _block(fleet: Fleet, period: PeriodRow, block: BlockRow) -> dict[str, Any]:
    slot = (period.index, block.index)
    unserved = {
        row.demand_class: row.requests_per_s
        for row in fleet.plan.unserved
        if row.period == period.index and row.block in (block.index, None)
    }
    weights = {name: _weights(fleet, name, slot) for name in fleet.classes}
    return {
        "block": block.index,
        "label": plain(block.label),
        "weights": weights,
        **({"planned_unserved_requests_per_s": unserved} if unserved else {}),
    }


def _weights(fleet: Fleet, demand_class: str, slot: tuple[int, int]) -> dict[str, dict[str, float]]:
    """Target → share, for whole requests or their decoding half ("serve") and for the other half ("prefill")."""
    halves: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in fleet.flows.get((demand_class, *slot), []):
        half = "prefill" if row.role == "prefill" else "serve"
        target = fleet.names[fleet.classes[demand_class], row.config, row.pool, row.kind]
        halves[half][target] += row.requests_per_s
    for call in fleet.plan.api:
        if (call.demand_class, call.period, call.block) == (demand_class, *slot):
            halves["serve"][f"api:{call.api}"] += call.requests_per_s
    return {
        half: shares(rates) for half, rates in sorted(halves.items(), reverse=True) if sum(rates.values()) > _NOTHING
    }


def shares(rates: dict[str, float]) -> dict[str, float]:
    """Rates as shares of their sum, rounded so that they add up to 1 exactly to the digits given."""
    total, unit = sum(rates.values()), 10**DIGITS
    whole = {name: math.floor(rate / total * unit) for name, rate in rates.items()}
    missing = unit - sum(whole.values())
    for name in sorted(rates, key=lambda name: (whole[name] - rates[name] / total * unit, name))[:missing]:
        whole[name] += 1
    return {name: whole[name] / unit for name in sorted(rates)}


def _bounds(fleet: Fleet, one: Deployment, period: PeriodRow) -> dict[str, list[int]]:
    most = one.by_hour(period.index, fleet.plan.blocks)
    return {"minimum": _fewest(fleet, one, period, most), "maximum": most}


def _fewest(fleet: Fleet, one: Deployment, period: PeriodRow, most: list[int]) -> list[int]:
    """Replicas the planned demand of each hour needs; deferrable work is done at one pace all through a block."""
    if one.workload.kind == "batch":
        return most
    plan = fleet.plan
    hourly = {row.demand_class: row.requests_per_s for row in plan.hourly_demand if row.period == period.index}
    planned = {
        (row.demand_class, row.block): row.planned_requests_per_s for row in plan.demand if row.period == period.index
    }
    load = [0.0] * HOURS_PER_WEEK
    rates = {row.demand_class: row.max_requests_per_s for row in one.rows}
    for flow in plan.flows:
        key = (flow.config, flow.pool, flow.kind, flow.period)
        if key != (one.config.config, one.pool.id, one.kind, period.index) or flow.demand_class not in rates:
            continue
        for hour in plan.blocks[flow.block].hours_of_week:
            whole = planned[flow.demand_class, flow.block]
            part = min(1.0, hourly[flow.demand_class][hour] / whole) if whole else 1.0
            load[hour] += part * flow.requests_per_s / rates[flow.demand_class]
    return [_needed(work, one.config.spare_replicas, top) for work, top in zip(load, most, strict=True)]


def _needed(work: float, spares: int, most: int) -> int:
    if work <= _NOTHING:
        return 0
    return min(most, math.ceil(work - _HALF_PLANNED) + spares)


def _overflow(plan: Plan) -> dict[str, list[dict[str, Any]]]:
    """Hosted APIs that may take a class's requests when replicas are full, cheapest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(plan.api_options, key=lambda row: (row.demand_class, row.usd_per_request, row.api)):
        option = {
            "api": row.api,
            "model": row.model,
            "usd_per_request": row.usd_per_request,
            "max_share": row.max_share,
        }
        found.setdefault(row.demand_class, []).append(option)
    return found


def _after_loss(fleet: Fleet) -> list[dict[str, Any]]:
    """Weights once a provider or region is lost, where the plan promises to survive it."""
    rates: dict[tuple[str, int, int], dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in fleet.plan.standby:
        target = fleet.names.get((fleet.classes[row.demand_class], row.config, row.pool, row.kind))
        if target is not None and row.requests_per_s > _NOTHING:
            rates[row.lost, row.period, row.block][row.demand_class][target] = row.requests_per_s
    return [
        {
            "lost": lost,
            "period": period,
            "block": block,
            "weights": {name: shares(to) for name, to in sorted(classes.items())},
        }
        for (lost, period, block), classes in sorted(rates.items())
    ]
