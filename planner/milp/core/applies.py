"""For which questions blocks have nothing to do with each other once commitments are decided.

Whatever is not named here is taken to couple blocks: an instance that uses anything else goes to the one model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import MISSING, Field, fields
from typing import Any

from planner.milp.instance import (
    Api,
    Budget,
    Commitment,
    Deployment,
    Existing,
    Instance,
    Limit,
    Pool,
    Quota,
    Rental,
    Stream,
    Time,
    Workload,
)

_KNOWN: dict[type, str] = {
    Instance: "objective time workloads streams pools deployments apis limits quotas budgets power_limits gpu_limit "
    "signed ordered_at_once",
    Time: "months discount end_discount hours block_of_hour period_labels block_labels least_share_of_term",
    Stream: "id workload planned expected_share average",
    Workload: "id streams spot_max_share",
    Rental: "usd_per_hour usable_share max_nodes",
    Commitment: "serves terms capex opex limit",
    Existing: "count usd",
    Pool: "id provider region gpu gpus kw rentals commitments existing kg_co2_per_kwh",
    Deployment: "workload config pool kind gpus rates spares",
    Api: "id stream usd_per_request max_share provider",
    Limit: "value unit",
    Quota: "limit members",
    Budget: "limit kind",
}


def what_couples_blocks(p: Instance) -> str:
    """The first thing in the instance that couples blocks other than through commitments; "" where nothing does."""
    return next(_couplings(p), "")


def _couplings(p: Instance) -> Iterator[str]:
    if p.goals != ("cost",):
        yield "an objective other than cost"
    for budget in p.budgets:
        if budget.kind != "capex":
            yield f"the {budget.kind} budget"
    for part in _parts(p):
        for one in fields(part):
            if one.name not in _KNOWN[type(part)].split() and getattr(part, one.name) != _default(one):
                yield f"{type(part).__name__}.{one.name}"


def _parts(p: Instance) -> Iterable[Any]:
    yield p
    yield p.time
    yield from p.streams.values()
    yield from p.workloads.values()
    yield from p.deployments
    yield from p.apis
    yield from p.limits.values()
    yield from p.quotas
    yield from p.budgets
    for pool in p.pools.values():
        yield pool
        yield from pool.rentals.values()
        yield from pool.commitments.values()
        if pool.existing:
            yield pool.existing


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING
