"""Replicas that carry load, and their spares, are on; others may stay on rather than start again."""

from __future__ import annotations

from planner.milp.instance import Instance
from planner.milp.model import Model, Term, constraint


@constraint(
    says="Where starting a replica costs something, replicas may stay on without load; those with load and their "
    "spares are on.",
    math=r"u_{wcpktb} + s_{wc}\,\delta_{wcpktb} \le y_{wcpktb}",
    forall="workload w, configuration c, pool p, kind k, period t, block b",
    unit="replicas",
)
def define_keep_running(m: Model, p: Instance) -> None:
    for one in p.deployments:
        for t, b in p.time.slots:
            working = m.family("working").get((*one.key, t, b))
            running = m.family("running").get((*one.key, t, b))
            if working is not None and running is not None:
                needed: list[Term] = [(working, 1.0), (running, -1.0)]
                if (active := m.family("active").get((*one.key, t, b))) is not None:
                    needed.append((active, float(one.spares)))
                m.at_most("keep_running", (*one.key, t, b), needed, 0.0)
