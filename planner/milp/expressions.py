"""Sums that several constraint families share, as (variable, coefficient) terms."""

from __future__ import annotations

from collections.abc import Iterator

from planner.milp.instance import Deployment, Instance, Kind, Pool
from planner.milp.model import Model, Term


def committed_nodes(m: Model, pool: Pool, t: int) -> Iterator[Term]:
    """Nodes of a pool that are there in period t whether used or not."""
    for form in pool.commitments:
        yield from nodes_bought(m, pool, form, t)
    if pool.existing:
        yield m.family("kept")[pool.id, t], 1.0


def nodes_bought(m: Model, pool: Pool, form: str, t: int) -> Iterator[Term]:
    """Nodes of one commitment form that serve in period t."""
    commitment = pool.commitments[form]
    for signed, serves in enumerate(commitment.serves):
        if t in serves:
            yield m.family("bought")[pool.id, form, signed], 1.0
            for u in commitment.sales[signed] if commitment.sales else ():
                if u <= t:
                    yield m.family("sold")[pool.id, form, signed, u], -1.0


def nodes(m: Model, pool: Pool, kind: Kind, t: int, b: int) -> Iterator[Term]:
    """Nodes of a pool at work in a block on one kind of capacity."""
    if kind == "spot":
        yield m.family("spot")[pool.id, t, b], 1.0
        return
    yield from committed_nodes(m, pool, t)
    if "on_demand" in pool.rentals:
        yield m.family("on_demand")[pool.id, t, b], 1.0


def node_hours(m: Model, p: Instance, pool: Pool, t: int) -> Iterator[Term]:
    """Hours of a pool's nodes at work in a period, on both kinds of capacity."""
    kinds: tuple[Kind, ...] = ("firm", "spot") if "spot" in pool.rentals else ("firm",)
    for b in p.time.blocks:
        for kind in kinds:
            yield from ((node, count * p.time.hours[t][b]) for node, count in nodes(m, pool, kind, t, b))


def gpus_taken(m: Model, one: Deployment, t: int, b: int) -> Iterator[Term]:
    """GPUs that replicas of a deployment take, spares and those that only stay on included."""
    yield from ((replica, count * one.gpus) for replica, count in replicas_on(m, one, t, b))


def replicas_on(m: Model, one: Deployment, t: int, b: int) -> Iterator[Term]:
    """Replicas of a deployment that are on: with load, as spares, or because a start would cost more."""
    if (running := m.family("running").get((*one.key, t, b))) is not None:
        yield running, 1.0
        return
    if (working := m.family("working").get((*one.key, t, b))) is not None:
        yield working, 1.0
    if (active := m.family("active").get((*one.key, t, b))) is not None:
        yield active, float(one.spares)


def served(m: Model, p: Instance, one: Deployment, stream: str, t: int, b: int) -> Iterator[Term]:
    """Requests/s of a stream that a deployment serves: routed where replicas are shared, else all they can."""
    if stream not in one.rates:
        return
    if p.is_shared(one.workload):
        if (routed := m.family("served").get((stream, *one.key[1:], t, b))) is not None:
            yield routed, 1.0
    elif (working := m.family("working").get((*one.key, t, b))) is not None:
        yield working, one.rates[stream]


def left_unserved(m: Model, stream: str, t: int, b: int, coefficient: float = 1.0) -> Iterator[Term]:
    """Requests/s of an interactive stream left unserved, where that is allowed."""
    if (variable := m.family("unserved").get((stream, t, b))) is not None:
        yield variable, coefficient


def less_excess(m: Model, limit: str, *slot: int) -> Iterator[Term]:
    """What a cap with a price of excess may be broken by, on the side of what is used."""
    if (variable := m.family("excess").get((limit, *slot))) is not None:
        yield variable, -1.0


def sent_to_apis(m: Model, p: Instance, stream: str, t: int, b: int) -> Iterator[Term]:
    """Requests/s of a stream sent to hosted APIs."""
    for api in p.apis:
        if api.stream == stream and (variable := m.family("api").get((stream, api.id, t, b))) is not None:
            yield variable, 1.0
