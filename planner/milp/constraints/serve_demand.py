"""Interactive demand is met in every block, by replicas and hosted APIs."""

from __future__ import annotations

from planner.milp.expressions import left_unserved, sent_to_apis, served
from planner.milp.instance import Instance
from planner.milp.model import Model, constraint


@constraint(
    says="Replicas and hosted APIs together serve the planned demand of every block, less what is left unserved for "
    "its price.",
    math=r"\sum_{c,p,k} x_{dcpktb} + \sum_a a_{datb} + m_{dtb} \ge \lambda_{dtb}",
    forall="interactive demand class d, period t, block b",
    unit="requests/s",
)
def define_serve_demand(m: Model, p: Instance) -> None:
    for stream in p.streams.values():
        if stream.deadline_h is not None:
            continue
        for t, b in p.time.slots:
            if stream.planned[t][b] <= 0:
                continue
            replicas = [term for one in p.serving[stream.id] for term in served(m, p, one, stream.id, t, b)]
            hosted = list(sent_to_apis(m, p, stream.id, t, b))
            missing = [*left_unserved(m, stream.id, t, b), *m.short((stream.id, t, b))]
            m.at_least("serve_demand", (stream.id, t, b), [*replicas, *hosted, *missing], stream.planned[t][b])
