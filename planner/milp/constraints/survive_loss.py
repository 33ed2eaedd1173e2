"""When any one zone, region or provider is lost, what is left still serves the share asked for."""

from __future__ import annotations

from planner.milp.domains import firm_by_domain, share_to_serve, stands_by, surviving_workloads
from planner.milp.expressions import left_unserved
from planner.milp.instance import Deployment, Instance, Workload
from planner.milp.model import Model, Term, constraint

Loss = tuple[str, list[Deployment], dict[str, list[Deployment]]]  # the domain, its deployments, all by domain


@constraint(
    says="For every zone, region or provider that may be lost, the firm replicas outside it, what is left of those "
    "inside it where it is one of several zones, and hosted APIs can still serve the share asked for of what is "
    "served. Where sizes share replicas they are routed anew for every loss.",
    math=r"\sum_{c,\,p \notin f} r_{dc}\, u_{wcptb} + \sum_{c,\,p \in f} r_{dc}\, v_{wcptb} \ge "
    r"(\rho - A_{df})\, \lambda_{dtb} - \rho\, m_{dtb},\qquad Z\, v_{wcptb} \le (Z - 1)\, u_{wcptb}",
    forall="interactive workload w, failure domain f, period t, block b",
    unit="requests/s",
)
def define_survive_loss(m: Model, p: Instance) -> None:
    for workload in surviving_workloads(p):
        define = _reroute if p.is_shared(workload.id) else _stand_by
        domains = firm_by_domain(p, workload.id)
        for t, b in p.time.slots:
            _keep_a_part(m, p, workload, t, b)
        for lost, inside in domains.items():
            for t, b in p.time.slots:
                define(m, p, workload, (lost, inside, domains), (t, b))


def _keep_a_part(m: Model, p: Instance, workload: Workload, t: int, b: int) -> None:
    """left[w, c, p, k, t, b]: replicas that survive the loss of one zone of their region. One row a deployment."""
    zones = p.survival.zones if p.survival else 1
    for one in p.deployments:
        key = (*one.key, t, b)
        if one.workload == workload.id and (left := m.family("left").get(key)) is not None:
            working = m.family("working")[key]
            terms = [(left, float(zones)), (working, -float(zones - 1))]
            m.at_most("survive_loss", (*key, "zone"), terms, 0.0)
    standing = m.family("standing").get((workload.id, t, b))
    if standing is not None:
        stream = workload.streams[0]
        able = [(v, -rate) for one in p.serving.get(stream, ()) for v, rate in _able(m, one, stream, t, b)]
        m.at_most("survive_loss", (workload.id, t, b), [(standing, 1.0), *able], 0.0)


def _stand_by(m: Model, p: Instance, workload: Workload, loss: Loss, slot: tuple[int, int]) -> None:
    """One class: all firm replicas together, less those lost. `standing` adds them up once for all domains."""
    (lost, inside, _), (t, b) = loss, slot
    (stream,) = p.streams_of(workload.id)
    standing = m.family("standing").get((workload.id, t, b))
    if standing is not None and (share := share_to_serve(p, stream.id, lost)) > 0:
        gone = [(v, -rate) for one in inside for v, rate in _able(m, one, stream.id, t, b)]
        kept = [term for one in inside for term in _able(m, one, stream.id, t, b, "left")]
        terms = [(standing, 1.0), *gone, *kept, *_less_demand(m, p, stream.id, t, b)]
        m.at_least("survive_loss", (workload.id, lost, t, b), terms, share * stream.planned[t][b])


def _reroute(m: Model, p: Instance, workload: Workload, loss: Loss, slot: tuple[int, int]) -> None:
    """Several classes: for every domain a routing of its own over what is left."""
    (lost, inside, domains), (t, b) = loss, slot
    routed: dict[str, list[Term]] = {name: [] for name in workload.streams}
    for one in (one for ones in domains.values() for one in ones):
        load = []
        for name, rate in one.rates.items():
            if (variable := m.family("rerouted").get((lost, name, *one.key[1:], t, b))) is not None:
                routed[name].append((variable, 1.0))
                load.append((variable, 1 / rate))
        there = m.family("left" if one in inside else "working").get((*one.key, t, b))
        if load and there is not None:
            m.at_most("survive_loss", (lost, *one.key, t, b), [*load, (there, -1.0)], 0.0)
    for name, terms in routed.items():
        share, planned = share_to_serve(p, name, lost), p.streams[name].planned[t][b]
        if share > 0 and planned > 0:
            m.at_least("survive_loss", (lost, name, t, b), [*terms, *_less_demand(m, p, name, t, b)], share * planned)


def _less_demand(m: Model, p: Instance, stream: str, t: int, b: int) -> list[Term]:
    """What is left unserved anyway needs not survive."""
    share = p.survival.share if p.survival else 1.0
    return [*left_unserved(m, stream, t, b, share), *m.short((stream, t, b), share)]


def _able(m: Model, one: Deployment, stream: str, t: int, b: int, family: str = "working") -> list[Term]:
    there = m.family(family).get((*one.key, t, b)) if stands_by(one) else None
    return [] if there is None or stream not in one.rates else [(there, one.rates[stream])]
