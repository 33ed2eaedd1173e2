"""Deferrable work is done by replicas and hosted APIs at the rate chosen for each block."""

from __future__ import annotations

from planner.milp.expressions import sent_to_apis, served
from planner.milp.instance import Instance
from planner.milp.model import Model, constraint


@constraint(
    says="Replicas and hosted APIs do deferrable work at the rate chosen for the block.",
    math=r"\sum_{c,p,k} x_{dcpktb} + \sum_a a_{datb} \ge z_{dtb}",
    forall="deferrable demand class d, period t, block b",
    unit="requests/s",
)
def define_do_work(m: Model, p: Instance) -> None:
    for stream in p.streams.values():
        if stream.deadline_h is None:
            continue
        for t, b in p.time.slots:
            replicas = [term for one in p.serving[stream.id] for term in served(m, p, one, stream.id, t, b)]
            hosted = list(sent_to_apis(m, p, stream.id, t, b))
            work = m.family("work")[stream.id, t, b]
            m.at_least("do_work", (stream.id, t, b), [*replicas, *hosted, (work, -1.0)], 0.0)
