"""Whether every plan of one question is a plan of another that costs no more there: what carries over between the two.

Compared are the numbers, not the reasons: caps no tighter, prices no higher, replicas no slower, demand no larger,
everything else the same. What is not known to be harmless counts as different.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from planner.milp.instance import (
    Api,
    Commitment,
    Deployment,
    Grid,
    Instance,
    Limit,
    Pool,
    Quota,
    Rental,
    Stream,
    Workload,
)

T = TypeVar("T")
_SAME = 1e-9  # relative; one figure, reckoned in two ways


def is_no_harder(p: Instance, q: Instance) -> bool:
    """Whether every plan of `q` is one of `p` that costs no more: the optimum of `p` is no higher. False if unsure."""
    return (
        _rest(p) == _rest(q)
        and p.goals == ("cost",)
        and p.workloads.keys() == q.workloads.keys()
        and _each(p.workloads, q.workloads, _workload)
        and p.streams.keys() == q.streams.keys()
        and all(_stream(one, q.streams[name], p.workloads[one.workload]) for name, one in p.streams.items())
        and _each(p.pools, q.pools, _pool)
        and _each({one.key: one for one in p.deployments}, {one.key: one for one in q.deployments}, _deployment)
        and _each({(a.id, a.stream): a for a in p.apis}, {(a.id, a.stream): a for a in q.apis}, _api)
        and _caps(p, q)
    )


def _rest(p: Instance) -> Instance:
    """What must be the same."""
    p = replace(p, workloads={}, streams={}, pools={}, deployments=(), apis=())
    p = replace(p, limits={}, quotas=(), budgets=(), power_limits=())
    return replace(p, gpu_limit=None, configuration_limit=None, carbon_limit=None)


def _each(mine: Mapping[Any, T], theirs: Mapping[Any, T], no_harder: Callable[[T, T], bool]) -> bool:
    """Whether there is everything that the other has, the same or no harder."""
    return all(name in mine and (mine[name] == other or no_harder(mine[name], other)) for name, other in theirs.items())


def _workload(one: Workload, other: Workload) -> bool:
    return one.spot_max_share >= other.spot_max_share and replace(one, spot_max_share=other.spot_max_share) == other


def _stream(one: Stream, other: Stream, workload: Workload) -> bool:
    """Demand may be less hour by hour; what waits, may be left out or has a mean to keep only in proportion."""
    if _bare(one) != _bare(other) or not _all(_near, one.expected_share, other.expected_share):
        return False
    if (one.planned, one.arrivals) == (other.planned, other.arrivals):
        return True
    if one.unserved is not None or workload.quality_limit:
        return False
    if one.deadline_h is None:
        return _all(_at_most, one.planned, other.planned)
    mine, theirs = (*one.planned, *one.arrivals), (*other.planned, *other.arrivals)
    all_theirs = sum(map(sum, theirs))
    times = sum(map(sum, mine)) / all_theirs if all_theirs else 1.0
    return times <= 1 and _all(lambda x, y: _near(x, times * y), mine, theirs)


def _bare(stream: Stream) -> Stream:
    return replace(stream, planned=(), arrivals=(), average=(), expected_share=())


def _all(holds: Callable[[float, float], bool], mine: Grid, theirs: Grid) -> bool:
    """Whether it holds of every two figures of two grids of one shape."""
    return [len(row) for row in mine] == [len(row) for row in theirs] and all(
        holds(x, y) for ones, others in zip(mine, theirs, strict=True) for x, y in zip(ones, others, strict=True)
    )


def _pool(one: Pool, other: Pool) -> bool:
    same = replace(one, rentals={}, commitments={}) == replace(other, rentals={}, commitments={})
    rented = _each(one.rentals, other.rentals, _rental)
    return same and rented and _each(one.commitments, other.commitments, _commitment)


def _rental(one: Rental, other: Rental) -> bool:
    cheap = one.usd_per_hour <= other.usd_per_hour and one.usd_per_start <= other.usd_per_start
    many = one.max_nodes is None or (other.max_nodes is not None and one.max_nodes >= other.max_nodes)
    rest = replace(one, usd_per_hour=other.usd_per_hour, usd_per_start=other.usd_per_start, max_nodes=other.max_nodes)
    return cheap and many and rest == other


def _commitment(one: Commitment, other: Commitment) -> bool:
    rest = replace(one, terms=other.terms, capex=other.capex, opex=other.opex)
    paid = (*(one.terms[name] for name in sorted(one.terms)), one.capex, *one.opex)
    theirs = (*(other.terms[name] for name in sorted(other.terms)), other.capex, *other.opex)
    return one.terms.keys() == other.terms.keys() and rest == other and _all(_at_most, paid, theirs)


def _at_most(x: float, y: float) -> bool:
    return x <= y + _SAME * abs(y)


def _near(x: float, y: float) -> bool:
    return abs(x - y) <= _SAME * abs(y)


def _deployment(one: Deployment, other: Deployment) -> bool:
    small = one.gpus <= other.gpus and one.spares <= other.spares
    fast = all(name in one.rates and _at_most(rate, one.rates[name]) for name, rate in other.rates.items())
    return small and fast and replace(one, gpus=other.gpus, spares=other.spares, rates=other.rates) == other


def _api(one: Api, other: Api) -> bool:
    wide = _at_most(one.usd_per_request, other.usd_per_request) and one.max_share >= other.max_share
    return wide and replace(one, usd_per_request=other.usd_per_request, max_share=other.max_share) == other


def _caps(p: Instance, q: Instance) -> bool:
    """Whether every cap that holds for a plan of `p` holds as tightly for one of `q`."""
    floors = {share.limit for share in p.provider_shares if share.at_least}
    limits = all(
        name in q.limits and (one == q.limits[name] if name in floors else _limit(one, q.limits[name]))
        for name, one in p.limits.items()
    )
    theirs = {(one.limit, one.first, one.last): one for one in q.quotas}
    quotas = all((one.limit, one.first, one.last) in theirs for one in p.quotas) and all(
        _quota(one, theirs[one.limit, one.first, one.last], q) for one in p.quotas
    )
    asked = set(p.budgets) <= set(q.budgets) and set(p.power_limits) <= set(q.power_limits)
    single = ("gpu_limit", "configuration_limit", "carbon_limit")
    return limits and quotas and asked and all(getattr(p, name) in (None, getattr(q, name)) for name in single)


def _limit(one: Limit, other: Limit) -> bool:
    if (one.excess_usd is None) != (other.excess_usd is None):
        return False
    return one.value >= other.value and (one.excess_usd or 0.0) <= (other.excess_usd or 0.0)


def _quota(one: Quota, other: Quota, q: Instance) -> bool:
    """Members that the other question does not have are used by none of its plans."""
    there = {(pool.id, form) for pool in q.pools.values() for form in (*pool.rentals, *pool.commitments)}
    return one.members & there <= other.members
