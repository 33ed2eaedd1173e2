"""The decisions: nouns, one `define_<family>` each. Bounds come from data, never from a guess."""

from __future__ import annotations

import math

from planner.milp.domains import firm_by_domain, keeps_a_part, share_to_serve, survives, surviving_workloads
from planner.milp.instance import Deployment, Instance, Stream
from planner.milp.model import Model

MOST_BOUNDED = 1000
"""Replicas for all of a stream from which on its bound is left out: numbers so far apart mislead solvers."""


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
                m.define("kept", (pool.id, t), upper=pool.existing.most(t))


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
    """served[d, c, p, k, t, b]: requests/s routed where they are decided one by one; never more than are there."""
    for one in p.deployments:
        if not p.is_shared(one.workload):
            continue
        for stream, rate in one.rates.items():
            for t, b in p.time.slots:
                if (*one.key, t, b) in m.family("working"):
                    most = most_load(p, p.streams[stream], t, b)
                    upper = most if most <= MOST_BOUNDED * rate else None
                    m.define("served", (stream, *one.key[1:], t, b), upper=upper, integer=False)


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


def define_unserved(m: Model, p: Instance) -> None:
    """unserved[d, t, b]: requests/s left unserved; of deferrable work, of a week's hourly arrivals added up."""
    for stream in p.streams.values():
        if stream.unserved is None:
            continue
        for t in p.time.periods:
            if stream.deadline_h is None:
                asked: dict[int | str, float] = dict(enumerate(stream.planned[t]))
            else:
                asked = {"week": sum(stream.arrivals[t])}
            for when, demand in asked.items():
                if (most := stream.unserved.max_share * demand) > 0:
                    m.define("unserved", (stream.id, t, when), upper=most, integer=False)


def define_reached(m: Model, p: Instance) -> None:
    """reached[priority, t, b]: 1 where demand of a priority, not the lowest, may be left unserved."""
    priorities = sorted({one.unserved.priority for one in p.streams.values() if one.unserved})
    for priority in priorities[:-1]:
        for t, b in p.time.slots:
            m.define("reached", (priority, t, b), upper=1)


def define_standby(m: Model, p: Instance) -> None:
    """left, standing, rerouted: what of the replicas is there, and what it serves, when a domain is lost."""
    for workload in surviving_workloads(p):
        domains = firm_by_domain(p, workload.id)
        firm = [one for inside in domains.values() for one in inside]
        for t, b in p.time.slots:
            there = [one for one in firm if (*one.key, t, b) in m.family("working")]
            for one in there:
                if keeps_a_part(p, one):
                    m.define("left", (*one.key, t, b))
            if p.is_shared(workload.id):
                _define_rerouted(m, p, domains, there, (t, b))
            elif p.streams[workload.streams[0]].planned[t][b] > 0:
                m.define("standing", (workload.id, t, b), integer=False)


def _define_rerouted(
    m: Model, p: Instance, domains: dict[str, list[Deployment]], there: list[Deployment], slot: tuple[int, int]
) -> None:
    for lost, inside in domains.items():
        for one in there:
            if one not in inside or keeps_a_part(p, one):
                for stream in one.rates:
                    if p.streams[stream].planned[slot[0]][slot[1]] > 0 and share_to_serve(p, stream, lost) > 0:
                        m.define("rerouted", (lost, stream, *one.key[1:], *slot), integer=False)


def define_excess(m: Model, p: Instance) -> None:
    """excess[limit, t(, b)]: by how much a cap with a price is broken, in its own unit."""
    yearly = [*(budget.limit for budget in p.budgets), *p.power_limits, p.carbon_limit]
    hourly = [*(quota.limit for quota in p.quotas), p.gpu_limit]
    for name in dict.fromkeys(name for name in yearly if name and p.limits[name].excess_usd is not None):
        for t in p.time.periods:
            m.define("excess", (name, t), integer=False)
    for name in dict.fromkeys(name for name in hourly if name and p.limits[name].excess_usd is not None):
        for t, b in p.time.slots:
            m.define("excess", (name, t, b), integer=False)


def define_used(m: Model, p: Instance) -> None:
    """used[c]: 1 where the plan runs configuration c anywhere; only where their number is limited."""
    if p.configuration_limit is not None:
        for config in sorted({one.config for one in p.deployments}):
            m.define("used", (config,), upper=1)


def most_working(p: Instance, one: Deployment, t: int, b: int) -> int:
    """Replicas that would carry the workload's whole load in the block alone, also when one of their zones is lost."""
    load = sum(most_load(p, p.streams[stream], t, b) / rate for stream, rate in one.rates.items())
    most = math.ceil(load - 1e-9)
    if p.survival and keeps_a_part(p, one) and survives(p, one.workload):
        return -(-most * p.survival.zones // (p.survival.zones - 1))
    return most


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
