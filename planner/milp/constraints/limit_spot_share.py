"""Of an interruptible workload only a share may run on spot."""

from __future__ import annotations

from planner.milp.expressions import left_unserved, sent_to_apis, served
from planner.milp.instance import Instance, Workload
from planner.milp.model import Model, Term, constraint


@constraint(
    says="Spot serves at most its share of a workload's load in the block (where every replica serves one class, "
    "written as: firm capacity and hosted APIs can serve the rest).",
    math=r"\sum_{d,c,p} x_{dcp\,spot\,tb} \le \sigma_w \sum_d \lambda_{dtb}\quad(z_{dtb}\text{ for deferrable work})",
    forall="workload w with spot_max_share below 1, period t, block b",
    unit="requests/s",
)
def define_limit_spot_share(m: Model, p: Instance) -> None:
    on_spot = {one.workload for one in p.deployments if one.kind == "spot"}
    for workload in p.workloads.values():
        if workload.spot_max_share < 1 and workload.id in on_spot:
            limit = _limit_spot if p.is_shared(workload.id) else _require_firm
            for t, b in p.time.slots:
                limit(m, p, workload, t, b)


def _limit_spot(m: Model, p: Instance, workload: Workload, t: int, b: int) -> None:
    spot = [one for one in p.deployments if one.workload == workload.id and one.kind == "spot"]
    terms: list[Term] = []
    load = 0.0
    for stream in p.streams_of(workload.id):
        terms += [term for one in spot for term in served(m, p, one, stream.id, t, b)]
        work, planned = _load(m, p, stream.id, t, b, -workload.spot_max_share)
        terms += [*work, *left_unserved(m, stream.id, t, b, workload.spot_max_share)]
        load += planned
    if terms:
        m.at_most("limit_spot_share", (workload.id, t, b), terms, workload.spot_max_share * load)


def _require_firm(m: Model, p: Instance, workload: Workload, t: int, b: int) -> None:
    stream = workload.streams[0]
    firm = [one for one in p.serving[stream] if one.kind == "firm"]
    terms = [term for one in firm for term in served(m, p, one, stream, t, b)]
    work, planned = _load(m, p, stream, t, b, workload.spot_max_share - 1)
    if work or planned:
        unserved = left_unserved(m, stream, t, b, 1 - workload.spot_max_share)
        short = [*unserved, *m.short((stream, t, b), 1 - workload.spot_max_share)] if planned else []
        side = (1 - workload.spot_max_share) * planned
        hosted = sent_to_apis(m, p, stream, t, b)
        m.at_least("limit_spot_share", (workload.id, t, b), [*terms, *hosted, *work, *short], side)


def _load(m: Model, p: Instance, stream: str, t: int, b: int, share: float) -> tuple[list[Term], float]:
    """What a stream has served in a block: a share of the chosen work as a term, or the planned demand."""
    if (work := m.family("work").get((stream, t, b))) is not None:
        return [(work, share)], 0.0
    return [], p.streams[stream].planned[t][b]
