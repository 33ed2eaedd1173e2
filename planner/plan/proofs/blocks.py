"""Capacity blocks: bought for their window only, where and at the price agreed, paid up front, no more than may be."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from planner.plan.plan import Finding, PurchaseRow
from planner.plan.proofs.book import RELATIVE, Book, added, finding, usd

Asked = dict[str, Any]


def capacity_blocks_hold(book: Book) -> Finding:
    """Every purchase of a block against the entry of the problem that offers it, and the nodes of each entry."""
    entries: list[Asked] = book.asked("supply").get("capacity_blocks", [])
    rows = [row for row in book.plan.purchases if row.form == "capacity_block"]
    wrong = [text for row in rows for text in _wrong(book, row, entries)]
    nodes = added((book.options[row.pool, row.form].block, row.nodes) for row in rows)
    for number, asked in enumerate(entries):
        if asked["max_nodes"] is not None:
            wrong += _over(book, number, asked, nodes.get((number,), 0))
    prepaid = sum(row.usd for row in rows)
    right = f"{sum(row.nodes for row in rows)} nodes in {len(rows)} blocks, {usd(prepaid)} paid up front"
    return finding("capacity_blocks_hold", wrong, right if rows else "no capacity block bought")


def _wrong(book: Book, row: PurchaseRow, entries: list[Asked]) -> Iterator[str]:
    option, pool = book.options[row.pool, row.form], book.pools[row.pool]
    where = f"capacity block {row.pool}"
    if option.block is None or not 0 <= option.block < len(entries):
        yield f"{where}: the problem offers no such block"
        return
    asked = entries[option.block]
    there = {"provider": pool.provider, "region": pool.region, "gpu": pool.gpu, "instance": pool.instance_type}
    yield from (
        f"{where}: {key} {is_!r}, agreed {asked[key]!r}" for key, is_ in there.items() if asked[key] not in (None, is_)
    )
    first, last = asked["first_period"] - 1, asked["first_period"] + asked["periods"] - 2
    if (row.period, row.first_period, row.last_period) != (first, first, last):
        serves = f"{row.first_period} to {row.last_period}"
        yield f"{where}: bought in {row.period}, serves {serves}, agreed {first} to {last}"
    months = sum(book.periods[index].months for index in range(first, last + 1))
    if option.upfront_share != 1 or option.term_months != months:
        yield f"{where}: {option.upfront_share:.0%} of {option.term_months} months up front, agreed all of {months}"
    price = asked["usd_per_gpu_hour"]
    if price is not None and not math.isclose(option.usd_per_hour, price * pool.gpus_per_node, rel_tol=RELATIVE):
        yield f"{where}: {option.usd_per_hour:.4f} USD/h, agreed {price:.4f} for each of {pool.gpus_per_node} GPUs"


def _over(book: Book, number: int, asked: Asked, nodes: float) -> Iterator[str]:
    """The entry's own limit, and what the plan tells of it."""
    words = [f"capacity block {number + 1}", asked["provider"], asked["region"], asked["instance"] or asked["gpu"]]
    name = " ".join(word for word in words if word)
    if nodes > asked["max_nodes"]:
        yield f"{name}: {nodes:g} nodes bought, {asked['max_nodes']} may be"
    told = {row.limit: row.used for row in book.plan.limits}
    if told.get(name, math.nan) != nodes:
        yield f"{name}: {nodes:g} nodes bought, {told.get(name, math.nan):g} claimed"
