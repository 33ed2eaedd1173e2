"""GPUs rented under each quota, hour by hour, from nodes and purchases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.plan.proofs.book import Book, added


def quota_gpus(book: Book) -> Iterator[tuple[str, float, dict[tuple[int, int], float]]]:
    """(quota, its cap, (period, block) → GPUs rented under it)."""
    for quota in book.asked("supply", "quotas"):
        form = quota["form"]
        pools = {
            row.id
            for row in book.plan.pools
            if row.provider != "own"
            and row.gpu == quota["gpu"]
            and quota["provider"] in {None, row.provider}
            and quota["region"] in {None, row.region}
        }
        committed = added(
            (row.pool, period, row.nodes)
            for row in book.plan.purchases
            if row.form != "owned" and form in {None, row.form}
            for period in range(row.first_period, row.last_period + 1)
        )
        first, last = quota.get("first_period"), quota.get("last_period")
        used = added(
            (
                row.period,
                row.block,
                (
                    committed.get((row.pool, row.period), 0)
                    + (row.on_demand_nodes if form in {None, "on_demand"} else 0)
                    + (row.spot_nodes if form in {None, "spot"} else 0)
                )
                * book.pools[row.pool].gpus_per_node,
            )
            for row in book.plan.capacity
            if row.pool in pools and (first or 1) - 1 <= row.period < (last or len(book.periods))
        )
        yield quota_name(quota), quota["max_gpus"], used


def quota_name(quota: dict[str, Any]) -> str:
    """A quota in the user's words, with its periods where it has any."""
    periods = _periods(quota.get("first_period"), quota.get("last_period"))
    words = [quota["provider"], quota["region"], quota["gpu"], quota["form"], periods]
    return " ".join(["quota", *(word for word in words if word)])


def _periods(first: int | None, last: int | None) -> str:
    """The periods in which a cap holds, in words; "" where in all."""
    if first and last:
        return f"in period {first}" if first == last else f"in periods {first} to {last}"
    return f"from period {first}" if first else f"to period {last}" if last else ""
