"""Is every request routed as its workload asks?"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from planner.plan.plan import Finding
from planner.plan.proofs.book import Book, finding


def buckets_stay_whole(book: Book) -> Finding:
    """Where a size bucket may not be split, one configuration or hosted API takes all of it in a block."""
    takers: dict[tuple[str, int, int], set[str]] = defaultdict(set)
    for flow in book.plan.flows:
        takers[flow.demand_class, flow.period, flow.block].add(flow.config)
    for sent in book.plan.api:
        takers[sent.demand_class, sent.period, sent.block].add(sent.api)
    whole = [key for key in takers if not asked_of(book, key[0]).get("requests", {}).get("split_buckets", True)]
    wrong = [
        f"{name} {book.when(period, block)}: shared out among {', '.join(sorted(takers[name, period, block]))}"
        for name, period, block in whole
        if len(takers[name, period, block]) > 1
    ]
    right = f"{len(whole)} routes of whole buckets" if whole else "every bucket may be split"
    return finding("buckets_stay_whole", wrong, right)


def asked_of(book: Book, demand_class: str) -> dict[str, Any]:
    """What the problem asks of the workload of a demand class."""
    asked: dict[str, Any] = book.asked("workloads").get(book.workload_of[demand_class], {})
    return asked
