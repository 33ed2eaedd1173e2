"""A deployment that carries load keeps its spare replicas."""

from __future__ import annotations

from planner.milp.instance import Instance
from planner.milp.model import Model, constraint
from planner.milp.variables import most_working


@constraint(
    says="Replicas carry load only where the pool also keeps the spare replicas of the availability target.",
    math=r"u_{wcpktb} \le \lceil \lambda_{wtb} / r_{wc} \rceil\, \delta_{wcpktb}",
    forall="workload w with an availability target, configuration c, pool p, period t, block b",
    unit="replicas",
)
def define_keep_spares(m: Model, p: Instance) -> None:
    for one in p.deployments:
        for t, b in p.time.slots:
            active = m.family("active").get((*one.key, t, b))
            if active is not None:
                working = m.family("working")[*one.key, t, b]
                most = float(most_working(p, one, t, b))
                m.at_most("keep_spares", (*one.key, t, b), [(working, 1.0), (active, -most)], 0.0)
