"""What is asked to be ordered at once is ordered."""

from __future__ import annotations

from planner.errors import InfeasibleError
from planner.milp.instance import Instance
from planner.milp.model import Model, constraint


@constraint(
    says="At least order_at_once systems, of whatever kind, are ordered in the first period.",
    math=r"\sum_p U_{p\,owned\,0} \ge m",
    forall="problem with supply.own.order_at_once",
    unit="systems",
)
def define_order_at_once(m: Model, p: Instance) -> None:
    if not p.ordered_at_once:
        return
    ordered = [(node, 1.0) for (_, form, t), node in m.family("bought").items() if (form, t) == ("owned", 0)]
    if not ordered:
        raise InfeasibleError(
            "supply.own.order_at_once asks for systems, but none of supply.own.systems arrives within the horizon or "
            "serves a workload here; plan a longer horizon, shorten lead_time_months, or lower it"
        )
    m.at_least("order_at_once", (), ordered, float(p.ordered_at_once))
