"""The models that serve a workload are good enough on average over its requests."""

from __future__ import annotations

from planner.milp.expressions import served
from planner.milp.instance import Instance, Workload
from planner.milp.model import Model, Term, constraint
from planner.milp.variables import most_load


@constraint(
    says="The mean quality of a block's requests lies no further below the best model's than is asked for; what is "
    "counted is served once, so that the mean is that of the plan.",
    math=r"\sum_{d} \Bigl( \sum_{c,p,k} (\bar q_w - q_c)\, x_{dcpktb} + \sum_a (\bar q_w - q_a)\, a_{datb} \Bigr) "
    r"\le L_w \sum_{d} \Bigl( \sum_{c,p,k} x_{dcpktb} + \sum_a a_{datb} \Bigr),\qquad "
    r"\sum_{c,p,k} x_{dcpktb} + \sum_a a_{datb} \le \lambda_{dtb}\quad(z_{dtb}\text{ for deferrable work})",
    forall="workload w with min_mean_quality, its demand classes d, period t, block b (first row: divided by demand)",
    unit="points of quality, or requests/s",
)
def define_keep_mean_quality(m: Model, p: Instance) -> None:
    for workload in p.workloads.values():
        if workload.quality_limit:
            for t, b in p.time.slots:
                _keep(m, p, workload, t, b)


def _keep(m: Model, p: Instance, workload: Workload, t: int, b: int) -> None:
    loss = p.limits[workload.quality_limit].value
    asked = sum(most_load(p, stream, t, b) for stream in p.streams_of(workload.id))
    lost: list[Term] = []
    for stream in p.streams_of(workload.id):
        scored = _scored(m, p, stream.id, t, b)
        lost += [(variable, (workload.best_quality - score - loss) / asked) for variable, score in scored]
        work = m.family("work").get((stream.id, t, b))
        once = [(variable, 1.0) for variable, _ in scored] + ([] if work is None else [(work, -1.0)])
        if scored:
            side = 0.0 if work is not None else stream.planned[t][b]
            m.at_most("keep_mean_quality", (stream.id, t, b), once, side)
    if any(coefficient for _, coefficient in lost):
        m.at_most("keep_mean_quality", (workload.id, "mean", t, b), lost, 0.0, workload.quality_limit)


def _scored(m: Model, p: Instance, stream: str, t: int, b: int) -> list[Term]:
    """Requests/s by whoever finishes them, each with its score in place of a coefficient."""
    found = [
        (variable, one.quality) for one in p.serving.get(stream, ()) for variable, _ in served(m, p, one, stream, t, b)
    ]
    for api in p.apis:
        if api.stream == stream and (sent := m.family("api").get((stream, api.id, t, b))) is not None:
            found.append((sent, api.quality))
    return found
