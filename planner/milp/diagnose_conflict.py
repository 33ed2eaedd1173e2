"""Which limits are in conflict: a set of which none can go, found by letting go of one limit after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from planner.milp.diagnose_shares import share_limits, with_values
from planner.milp.instance import Instance

HasFleet = Callable[[Instance, frozenset[str]], bool]
"""Whether there is a fleet where the named caps may be broken."""


@dataclass(frozen=True)
class _Named:
    """A limit: what it is called, and the instance without it, or the cap that may then be broken."""

    name: str
    without: Callable[[Instance], Instance] = lambda p: p
    cap: str = ""


def conflicting(p: Instance, has_fleet: HasFleet) -> list[str]:
    """Limits that leave no fleet together, none of which can go; empty where letting go of all does not help.

    Caps, shares of providers and of spot, nodes to be had, and losses to survive.
    """
    every = list(_named(p))
    if not every or not has_fleet(*_free(p, every)):
        return []
    gone: list[_Named] = []
    kept: list[_Named] = []
    for one in every:
        (kept if has_fleet(*_free(p, [*gone, one])) else gone).append(one)
    return [one.name for one in kept]


def _free(p: Instance, some: list[_Named]) -> tuple[Instance, frozenset[str]]:
    for one in some:
        p = one.without(p)
    return p, frozenset(one.cap for one in some if one.cap)


def _named(p: Instance) -> Iterator[_Named]:
    if p.survival is not None:
        yield _Named(f"survive the loss of a {p.survival.loss}", lambda q: replace(q, survival=None))
    for name, workload in p.workloads.items():
        if workload.spot_max_share < 1 and any(one.workload == name and one.kind == "spot" for one in p.deployments):
            yield _Named(f"spot_max_share of {name} {workload.spot_max_share:.0%}", _all_on_spot(name))
    for pool in p.pools.values():
        for form, rental in pool.rentals.items():
            if rental.max_nodes is not None:
                yield _Named(f"{rental.max_nodes:,} nodes of {pool.id} {form}", _any_nodes(pool.id, form))
    shares = share_limits(p)
    for name, limit in p.limits.items():
        told = f"{name} {limit.value:,.10g} {limit.unit}"
        yield _Named(told, _share_at(name, shares[name])) if name in shares else _Named(told, cap=name)


def _all_on_spot(workload: str) -> Callable[[Instance], Instance]:
    def free(p: Instance) -> Instance:
        return replace(p, workloads=p.workloads | {workload: replace(p.workloads[workload], spot_max_share=1.0)})

    return free


def _any_nodes(pool: str, form: str) -> Callable[[Instance], Instance]:
    def free(p: Instance) -> Instance:
        there = p.pools[pool]
        rentals = there.rentals | {form: replace(there.rentals[form], max_nodes=None)}
        return replace(p, pools=p.pools | {pool: replace(there, rentals=rentals)})

    return free


def _share_at(name: str, value: float) -> Callable[[Instance], Instance]:
    return lambda p: with_values(p, {name: value})
