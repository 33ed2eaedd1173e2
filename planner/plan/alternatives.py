"""Other fleets as rows: each was a whole plan, of which the nodes and the money are kept."""

from __future__ import annotations

from collections import defaultdict

from planner.plan.plan import Plan
from planner.plan.rows.alternative import HOSTED, AlternativeNodesRow, AlternativeRow

_RENTED = {"on_demand": "on_demand_nodes", "spot": "spot_nodes"}


def alternative_row(plan: Plan, other: Plan, without: frozenset[str]) -> AlternativeRow:
    """What `other`, a plan for the same question without some GPU types, has and costs."""
    nodes = nodes_of(other)
    objective, mine = other.certificate.objective, plan.certificate.objective
    return AlternativeRow(
        without=sorted(without),
        uses=sorted({row.gpu for row in nodes} | ({HOSTED} if other.api else set())),
        nodes=nodes,
        objective=objective,
        more=objective / mine - 1 if mine else 0.0,
        gap=other.certificate.gap,
        usd=other.total_usd,
        npv_usd=other.total_npv_usd,
    )


def nodes_of(plan: Plan) -> list[AlternativeNodesRow]:
    """The most nodes of each pool in each form; of commitments what was signed or kept in all."""
    most: dict[tuple[str, str], int] = defaultdict(int)
    for row in plan.purchases:
        most[row.pool, row.form] += row.nodes
    for kept in plan.kept:
        most[kept.pool, "existing"] = max(most[kept.pool, "existing"], kept.nodes)
    for at_work in plan.capacity:
        for form, field in _RENTED.items():
            most[at_work.pool, form] = max(most[at_work.pool, form], getattr(at_work, field))
    pools = {row.id: row for row in plan.pools}
    return [
        AlternativeNodesRow(
            pool=pool, gpu=pools[pool].gpu, gpus_per_node=pools[pool].gpus_per_node, form=form, nodes=count
        )
        for (pool, form), count in sorted(most.items())
        if count
    ]
