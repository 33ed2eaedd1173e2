"""The decisions: nouns, one `define_<family>` each. Bounds come from data, never from a guess."""

from __future__ import annotations

import math

from planner.milp.instance import Deployment, Instance, Stream
from planner.milp.model import Model


def define_bought(m: Model, p: Instance) -> None:
    """bought[p, o, t]: nodes signed or ordered in t; none where they would serve no period."""
    for pool in p.pools.values():
        for form, commitment in pool.commitments.items():
            for t, serves in enumerate(commitment.serves):
                if serves:
                    m.define("bought", (pool.id, form, t))


def define_kept(m: Model, p: Instance) -> None:
    """kept[p, t]: existing nodes kept running in t."""
    for pool in p.pools.values():
        if pool.existing:
            for t in p.time.periods:
                m.define("kept", (pool.id, t), upper=pool.existing.count)


def define_rented(m: Model, p: Instance) -> None:
    """on_demand[p, t, b], spot[p, t, b]: nodes rented in a block."""
    for pool in p.pools.values():
        for form, rental in pool.rentals.items():
            for t, b in p.time.slots:
                m.define(form, (pool.id, t, b), upper=rental.max_nodes)


def define_working(m: Model, p: Instance) -> None:
    """working[w, c, p, k, t, b]: replicas that carry load, never more than the whole load needs."""
    for one in p.deployments:
        for t, b in p.time.slots:
            if most := most_working(p, one, t, b):
                m.define("working", (*one.key, t, b), upper=most)


def define_active(m: Model, p: Instance) -> None:
    """active[w, c, p, k, t, b]: 1 where a deployment with spares carries any load."""
    for one in p.deployments:
        for t, b in p.time.slots:
            if one.spares and (*one.key, t, b) in m.family("working"):
                m.define("active", (*one.key, t, b), upper=1)


def define_served(m: Model, p: Instance) -> None:
    """served[d, c, p, k, t, b]: requests/s routed, only where replicas choose between streams."""
    for one in p.deployments:
        if not p.is_shared(one.workload):
            continue
        for stream in one.rates:
            for t, b in p.time.slots:
                if (*one.key, t, b) in m.family("working"):
                    m.define("served", (stream, *one.key[1:], t, b), integer=False)


def define_api(m: Model, p: Instance) -> None:
    """api[d, a, t, b]: requests/s sent to an API, at most its share of the planned demand."""
    for api in p.apis:
        for t, b in p.time.slots:
            if (most := api.max_share * p.streams[api.stream].planned[t][b]) > 0:
                m.define("api", (api.stream, api.id, t, b), upper=most, integer=False)


def define_chosen(m: Model, p: Instance) -> None:
    """chosen[d, c, t, b]: 1 where the whole of a stream goes to a configuration or an API, if it may not be split."""
    for workload in p.workloads.values():
        if workload.splits:
            continue
        for stream in p.streams_of(workload.id):
            for name in takers(p, stream.id):
                for t, b in p.time.slots:
                    if most_load(p, stream, t, b) > 0:
                        m.define("chosen", (stream.id, name, t, b), upper=1)


def takers(p: Instance, stream: str) -> list[str]:
    """Configurations and hosted APIs that can finish a stream's requests, by name."""
    configs = {one.config for one in p.serving.get(stream, ())}
    return sorted(configs | {api.id for api in p.apis if api.stream == stream})


def define_work(m: Model, p: Instance) -> None:
    """work[d, t, b]: requests/s of a deferrable stream done in each hour of a block."""
    for stream in p.streams.values():
        if stream.deadline_h is not None:
            for t, b in p.time.slots:
                m.define("work", (stream.id, t, b), upper=most_work(p, stream, t, b), integer=False)


def define_used(m: Model, p: Instance) -> None:
    """used[c]: 1 where the plan runs configuration c anywhere; only where their number is limited."""
    if p.configuration_limit is not None:
        for config in sorted({one.config for one in p.deployments}):
            m.define("used", (config,), upper=1)


def most_working(p: Instance, one: Deployment, t: int, b: int) -> int:
    """Replicas that would carry the workload's whole load in the block alone."""
    load = sum(most_load(p, p.streams[stream], t, b) / rate for stream, rate in one.rates.items())
    return math.ceil(load - 1e-9)


def most_load(p: Instance, stream: Stream, t: int, b: int) -> float:
    """The most requests/s of a stream that may have to be served in a block."""
    return stream.planned[t][b] if stream.deadline_h is None else most_work(p, stream, t, b)


def most_work(p: Instance, stream: Stream, t: int, b: int) -> float:
    """A week's work done in the block alone, or one hour's backlog and arrivals, whichever is less."""
    week = stream.arrivals[t]
    hours = p.time.block_of_hour.count(b)
    doubled = week + week
    window = (stream.deadline_h or 0) + 1
    busiest = max(sum(doubled[h : h + window]) for h in range(168)) if window < 168 else sum(week)
    return min(sum(week) / hours, busiest)
