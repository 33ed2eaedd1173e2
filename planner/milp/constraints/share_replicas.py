"""Request sizes of one workload share its replicas in proportion to the time they take."""

from __future__ import annotations

from planner.milp.instance import Instance
from planner.milp.model import Model, constraint


@constraint(
    says="The load of all request sizes on a deployment fits its working replicas.",
    math=r"\sum_d x_{dcpktb} / r_{dc} \le u_{wcpktb}",
    forall="workload w with several demand classes, configuration c, pool p, kind k, period t, block b",
    unit="replicas",
)
def define_share_replicas(m: Model, p: Instance) -> None:
    for one in p.deployments:
        if not p.is_shared(one.workload):
            continue
        for t, b in p.time.slots:
            working = m.family("working").get((*one.key, t, b))
            if working is not None:
                load = [(m.family("served")[d, *one.key[1:], t, b], 1 / rate) for d, rate in one.rates.items()]
                m.at_most("share_replicas", (*one.key, t, b), [*load, (working, -1.0)], 0.0)
