"""Exchange arguments: when can replicas or nodes be swapped for others without loss?

One replica of c may be swapped for `copies` of d where these serve as much of every class, take no more
GPUs, need no more spares and are of no lower quality. Nodes of one pool may be swapped for nodes of another where
that holds for every replica they may carry; `gpu_ratio` is the most GPUs the other pool then needs for one of this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from planner.milp.instance import Deployment

_SLACK = 1 + 1e-12


def copies(c: Deployment, d: Deployment) -> int | None:
    """How many d serve what one c serves, spares included; None where d cannot serve one of its classes."""
    if (c.workload, c.role, c.group) != (d.workload, d.role, d.group) or not c.rates.keys() <= d.rates.keys():
        return None
    if d.quality < c.quality:
        return None
    return max(math.ceil(rate / d.rates[stream] - 1e-12) for stream, rate in c.rates.items())


def replaces(d: Deployment, c: Deployment, *, one_for_one: bool = False) -> bool:
    """Whether any use of c in a pool can be served by d in its place, in no more GPUs.

    `one_for_one`: by no more replicas either, where each that is started costs something.
    """
    number = copies(c, d)
    if number is None or (one_for_one and number > 1):
        return False
    if not _is_no_dearer(d, c, number):
        return False
    return number * d.gpus <= c.gpus and number * c.spares >= d.spares


def _is_no_dearer(d: Deployment, c: Deployment, number: int) -> bool:
    """Whether so many replicas of d cost no more than one of c by the hour and request, beside their nodes."""
    by_request = all(d.usd_per_request.get(s, 0.0) <= c.usd_per_request.get(s, 0.0) * _SLACK for s in c.rates)
    return by_request and all(
        number * usd <= c.usd_per_hour.get(term, 0.0) * _SLACK for term, usd in d.usd_per_hour.items()
    )


def gpu_ratio(old: Sequence[Deployment], new: Sequence[Deployment], *, same_configs: bool) -> float:
    """GPUs of `new` that serve whatever one GPU of `old` served, at worst; infinite where some cannot move."""
    return max((_best_ratio(c, new, same_configs) for c in old), default=0.0)


def _best_ratio(c: Deployment, new: Sequence[Deployment], same_configs: bool) -> float:
    ratios = [math.inf]
    for d in new:
        if same_configs and d.config != c.config:
            continue
        number = copies(c, d)
        if number is not None and number * c.spares >= d.spares and _is_no_dearer(d, c, number):
            ratios.append(number * d.gpus / c.gpus)
    return min(ratios)
