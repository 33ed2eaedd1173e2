"""Providers keep to their shares of the GPU-hours at work."""

from __future__ import annotations

from planner.milp.expressions import node_hours
from planner.milp.instance import Instance
from planner.milp.model import Model, constraint


@constraint(
    says="In every period a provider has at most, or at least, its share of the GPU-hours of all nodes at work.",
    math=r"\sum_{p \in v} \sum_{k,b} g_p\, h_{tb}\, N_{pktb} \le \phi_v \sum_{p,k,b} g_p\, h_{tb}\, N_{pktb}"
    r"\quad(\ge\text{ where it is a least share})",
    forall="share asked of provider v, period t",
    unit="GPU-hours a period",
)
def define_respect_provider_shares(m: Model, p: Instance) -> None:
    useful = {one.pool for one in p.deployments}  # no hours are bought where nothing could run
    for asked in p.provider_shares:
        share = p.limits[asked.limit].value
        for t in p.time.periods:
            terms = [
                (node, hours * pool.gpus * ((pool.provider == asked.provider) - share) * (-1 if asked.at_least else 1))
                for pool in p.pools.values()
                if pool.id in useful
                for node, hours in node_hours(m, p, pool, t)
            ]
            if any(coefficient for _, coefficient in terms):
                m.at_most("respect_provider_shares", (asked.limit, t), terms, 0.0)
