"""What the electricity of all nodes at work emits stays within the carbon cap of each period."""

from __future__ import annotations

from planner.milp.expressions import less_excess, node_hours
from planner.milp.instance import Instance
from planner.milp.model import Model, constraint
from planner.milp.objective import worth_of_node_hour


@constraint(
    says="Carbon of the electricity of all nodes at work, rented and owned, at their maximum draw and with their "
    "buildings' overhead, stays within the cap of every period.",
    math=r"\sum_{p,k,b} \kappa_p\, \epsilon_p\, h_{tb}\, N_{pktb} \le C",
    forall="period t, where carbon_kg_per_period is given",
    unit="kg CO2e a period",
)
def define_respect_carbon(m: Model, p: Instance) -> None:
    if p.carbon_limit is None:
        return
    for t in p.time.periods:
        emitted = [
            (node, hours * worth_of_node_hour(pool, "carbon"))
            for pool in p.pools.values()
            for node, hours in node_hours(m, p, pool, t)
        ]
        if emitted:
            emitted += less_excess(m, p.carbon_limit, t)
            m.at_most("respect_carbon", (p.carbon_limit, t), emitted, p.limits[p.carbon_limit].value, p.carbon_limit)
