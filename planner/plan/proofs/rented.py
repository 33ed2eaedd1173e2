"""GPUs rented under each quota, hour by hour, from nodes and purchases."""

from __future__ import annotations

from collections.abc import Iterator

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
        words = [quota["provider"], quota["region"], quota["gpu"], form]
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
            if row.pool in pools
        )
        yield " ".join(["quota", *(word for word in words if word)]), quota["max_gpus"], used
