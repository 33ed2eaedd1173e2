"""How far the shares of providers have to be loosened for a fleet: their rows are ratios, so it is found by trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from planner.milp.instance import Instance

_STEPS = 100  # whole per cent
HasFleet = Callable[[Instance], bool]


def share_limits(p: Instance) -> dict[str, float]:
    """Limits that are shares, and the value at which each asks for nothing."""
    return {asked.limit: 0.0 if asked.at_least else 1.0 for asked in p.provider_shares}


def with_values(p: Instance, values: dict[str, float]) -> Instance:
    """The same with other values of some limits."""
    return replace(p, limits=p.limits | {name: replace(p.limits[name], value=one) for name, one in values.items()})


def share_enough(p: Instance, limit: str, has_fleet: HasFleet) -> dict[str, float]:
    """The strictest whole per cent of one share with which there is a fleet; empty where none is."""
    free = share_limits(p)[limit]
    if not has_fleet(with_values(p, {limit: free})):
        return {}
    strict, loose = round(p.limits[limit].value * _STEPS), round(free * _STEPS)
    while abs(strict - loose) > 1:
        middle = (strict + loose) // 2
        if has_fleet(with_values(p, {limit: middle / _STEPS})):
            loose = middle
        else:
            strict = middle
    return {limit: loose / _STEPS}
