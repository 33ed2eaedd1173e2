"""A request size that may not be split goes whole to one configuration or hosted API in each block."""

from __future__ import annotations

from collections import defaultdict

from planner.milp.expressions import served
from planner.milp.instance import Instance, Stream
from planner.milp.model import Model, Term, constraint
from planner.milp.variables import most_load, takers


@constraint(
    says="A demand class that may not be split goes to one configuration or hosted API in a block, which takes no "
    "more than all of it.",
    math=r"\sum_{p,k} x_{dcpktb} \le \lambda_{dtb}\, \chi_{dctb},\qquad a_{datb} \le \lambda_{dtb}\, \chi_{datb},"
    r"\qquad \sum_c \chi_{dctb} + \sum_a \chi_{datb} \le 1",
    forall="demand class d of a workload with split_buckets false, configuration c, hosted API a, period t, block b",
    unit="requests/s, or classes",
)
def define_keep_buckets_whole(m: Model, p: Instance) -> None:
    for workload in p.workloads.values():
        if not workload.splits:
            for stream in p.streams_of(workload.id):
                for t, b in p.time.slots:
                    _keep_whole(m, p, stream, t, b)


def _keep_whole(m: Model, p: Instance, stream: Stream, t: int, b: int) -> None:
    most = most_load(p, stream, t, b)
    if most <= 0:
        return
    taken: dict[str, list[Term]] = defaultdict(list)
    for one in p.serving.get(stream.id, ()):
        taken[one.config] += served(m, p, one, stream.id, t, b)
    for api in p.apis:
        if (sent := m.family("api").get((stream.id, api.id, t, b))) is not None:
            taken[api.id].append((sent, 1.0))
    chosen = {name: m.family("chosen")[stream.id, name, t, b] for name in takers(p, stream.id)}
    for name, terms in taken.items():
        if terms:
            m.at_most("keep_buckets_whole", (stream.id, name, t, b), [*terms, (chosen[name], -most)], 0.0)
    if chosen:
        m.at_most("keep_buckets_whole", (stream.id, t, b), [(one, 1.0) for one in chosen.values()], 1.0)
