"""Prices that only an objective in money weighs."""

from __future__ import annotations

from collections.abc import Iterator

from planner.inputs.limits import Limits
from planner.inputs.supply import Quota
from planner.inputs.workload import Workload

CAPS = ("power_excess_usd_per_kw_month", "carbon_excess_usd_per_kg", "gpus_excess_usd_per_gpu_hour")


def prices_to_weigh(
    workloads: dict[str, Workload], limits: Limits, quotas: list[Quota]
) -> Iterator[tuple[str | int, ...]]:
    """Where the problem prices unserved demand or the breach of a cap."""
    for name, workload in workloads.items():
        if workload.unserved_usd_per_1k_requests is not None:
            yield "workloads", name, "unserved_usd_per_1k_requests"
    yield from (("limits", key) for key in CAPS if getattr(limits, key) is not None)
    for index, budget in enumerate(limits.budget):
        if budget.excess_usd_per_usd is not None:
            yield "limits", "budget", index, "excess_usd_per_usd"
    for index, quota in enumerate(quotas):
        if quota.excess_usd_per_gpu_hour is not None:
            yield "supply", "quotas", index, "excess_usd_per_gpu_hour"
