"""Terraform variables: each pool with its counts by form and period, and the declaration they fit."""

from __future__ import annotations

from typing import Any

from planner.export.commands import as_json
from planner.export.deployments import Fleet
from planner.export.escape import names
from planner.export.files import File
from planner.export.provenance import made
from planner.plan.plan import PeriodRow, Plan, PoolRow

_COMMITTED = ("existing", "owned", "reserved_1y", "reserved_3y", "capacity_block")
_BOUNDS = "object({ minimum = number, maximum = number })"
_PERIOD = (
    "object({ start = string, months = number, committed = object({ "
    + ", ".join(f"{form} = number" for form in _COMMITTED)
    + f" }}), on_demand = {_BOUNDS}, spot = {_BOUNDS} }})"
)
_POOL = (
    "object({ provider = string, region = string, instance_type = string, gpu = string, gpus_per_node = number, "
    f"periods = map({_PERIOD}) }})"
)


def terraform_files(fleet: Fleet) -> list[File]:
    """`fleet.tfvars.json` and the variables it sets."""
    plan = fleet.plan
    values = {"fleet_plan": made(plan), "fleet_pools": pools(plan)}
    variables = {
        "variable": {
            "fleet_plan": {"description": "The plan these numbers come from.", "type": "map(string)"},
            "fleet_pools": {
                "description": "Nodes of each pool by period: committed ones by form, rented ones between bounds.",
                "type": f"map({_POOL})",
            },
        }
    }
    return [File("fleet.tfvars.json", as_json(values)), File("variables.tf.json", as_json(variables))]


def pools(plan: Plan) -> dict[str, Any]:
    """Pools by a name that is a Terraform key as well as a DNS label."""
    called = names({(pool.id,): f"{pool.provider}-{pool.region}-{pool.instance_type}" for pool in plan.pools})
    return {called[(pool.id,)]: _pool(plan, pool) for pool in plan.pools}


def _pool(plan: Plan, pool: PoolRow) -> dict[str, Any]:
    return {
        "provider": pool.provider,
        "region": pool.region,
        "instance_type": pool.instance_type,
        "gpu": pool.gpu,
        "gpus_per_node": pool.gpus_per_node,
        "periods": {period.label: _period(plan, pool, period) for period in plan.periods},
    }


def _period(plan: Plan, pool: PoolRow, period: PeriodRow) -> dict[str, Any]:
    return {
        "start": period.start.isoformat() if period.start else "",
        "months": period.months,
        "committed": {form: committed(plan, pool.id, form, period.index) for form in _COMMITTED},
        "on_demand": _bounds(plan, pool.id, period.index, "on_demand_nodes"),
        "spot": _bounds(plan, pool.id, period.index, "spot_nodes"),
    }


def committed(plan: Plan, pool: str, form: str, period: int) -> int:
    """Nodes of a pool that serve in a period, bought or kept in this form."""
    if form == "existing":
        return sum(row.nodes for row in plan.kept if (row.pool, row.period) == (pool, period))
    bought = sum(
        row.nodes
        for row in plan.purchases
        if (row.pool, row.form) == (pool, form) and row.first_period <= period <= row.last_period
    )
    sold = sum(row.nodes for row in plan.sales if (row.pool, row.form) == (pool, form) and row.period <= period)
    return bought - sold


def _bounds(plan: Plan, pool: str, period: int, field: str) -> dict[str, int]:
    """Fewest and most rented nodes over the blocks."""
    nodes = {row.block: getattr(row, field) for row in plan.capacity if (row.pool, row.period) == (pool, period)}
    counts = [nodes.get(block.index, 0) for block in plan.blocks]
    return {"minimum": min(counts), "maximum": max(counts)}
