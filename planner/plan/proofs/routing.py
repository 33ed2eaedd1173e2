"""Is every request routed as its workload asks?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from planner.plan.plan import Finding
from planner.plan.proofs.book import RELATIVE, Book, finding


def buckets_stay_whole(book: Book) -> Finding:
    """Where a size bucket may not be split, one configuration or hosted API takes all of it in a block."""
    takers: dict[tuple[str, int, int], set[str]] = defaultdict(set)
    for flow in book.plan.finished:
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


def halves_balance(book: Book) -> Finding:
    """In every group, provider and region as much of a class is prefilled as is decoded, by replicas of that role."""
    handed: dict[tuple[str, str, str, str, int, int], dict[str, float]] = {}
    wrong = []
    for flow in book.plan.flows:
        row, pool = book.configs[flow.config, flow.demand_class], book.pools[flow.pool]
        if flow.role != row.role:
            wrong.append(f"{flow.demand_class} on {flow.config}: {flow.requests_per_s:.4f} requests/s as {flow.role}")
        if row.role != "aggregated":
            key = (flow.demand_class, row.group, pool.provider, pool.region, flow.period, flow.block)
            sides = handed.setdefault(key, {"prefill": 0.0, "decode": 0.0})
            sides[row.role] += flow.requests_per_s
    for (name, _, provider, region, period, block), sides in handed.items():
        if abs(sides["prefill"] - sides["decode"]) > 1e-6 + RELATIVE * sides["decode"]:
            wrong.append(
                f"{name} in {provider} {region} {book.when(period, block)}: {sides['prefill']:.4f} requests/s "
                f"prefilled, {sides['decode']:.4f} decoded"
            )
    wrong += list(_not_allowed(book))
    return finding("halves_balance", wrong, f"{len(handed)} balances" if handed else "no request served in halves")


def _not_allowed(book: Book) -> Iterator[str]:
    for row in book.plan.configs:
        serving = book.asked("workloads").get(row.workload, {}).get("serving", "aggregated")
        if serving != "both" and (row.role == "aggregated") != (serving == "aggregated"):
            yield f"{row.demand_class} on {row.config}: {row.role}, but 1 way is asked for: {serving}"


def asked_of(book: Book, demand_class: str) -> dict[str, Any]:
    """What the problem asks of the workload of a demand class."""
    asked: dict[str, Any] = book.asked("workloads").get(book.workload_of[demand_class], {})
    return asked
