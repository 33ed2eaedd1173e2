"""What is asked to be bought is bought."""

from __future__ import annotations

from planner.errors import InfeasibleError
from planner.milp.instance import Instance
from planner.milp.model import Model, constraint


@constraint(
    says="At least min_systems owned systems are bought over the whole horizon, of whatever kind.",
    math=r"\sum_p \sum_t U_{p\,owned\,t} \ge m",
    forall="problem with supply.own.min_systems",
    unit="systems",
)
def define_buy_at_least(m: Model, p: Instance) -> None:
    if not p.least_systems:
        return
    bought = [(node, 1.0) for (_, form, _), node in m.family("bought").items() if form == "owned"]
    if not bought:
        raise InfeasibleError(
            "supply.own.min_systems asks for systems, but none of supply.own.systems arrives within the horizon or "
            "serves a workload here; plan a longer horizon, shorten lead_time_months, or lower min_systems"
        )
    m.at_least("buy_at_least", (), bought, float(p.least_systems))
