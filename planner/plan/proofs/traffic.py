"""What rented nodes send and store, priced again from flows and replicas."""

from __future__ import annotations

from collections.abc import Iterator

from planner.plan.proofs.book import Book
from planner.units import BYTES_PER_GIB, HOURS_PER_MONTH, SECONDS_PER_HOUR

Charge = tuple[str, str, int, float, float]  # term, subject, period, USD, discounted USD


def traffic_charges(book: Book) -> Iterator[Charge]:
    """Egress of answers, and storage of the weights of replicas that are on."""
    for term, pool, period, amount in [*_egress(book), *_storage(book)]:
        yield term, pool, period, amount, amount * book.periods[period].discount


def _egress(book: Book) -> Iterator[tuple[str, str, int, float]]:
    rent = book.asked("supply").get("rent") or {}
    price = rent.get("egress_usd_per_gib", 0.0)
    for flow in book.plan.flows if price else ():
        row = book.configs[flow.config, flow.demand_class]
        if book.pools[flow.pool].provider != "own" and row.role != "prefill":
            share = book.expected_share(flow.demand_class, flow.period, flow.block)
            requests = flow.requests_per_s * share * SECONDS_PER_HOUR * book.hours(flow.period, flow.block)
            gib = requests * row.mean_output_tokens * rent["egress_bytes_per_token"] / BYTES_PER_GIB
            yield "egress", flow.pool, flow.period, price * gib


def _storage(book: Book) -> Iterator[tuple[str, str, int, float]]:
    price = (book.asked("supply").get("rent") or {}).get("storage_usd_per_gib_month", 0.0)
    stored = {row.config: row.stored_gib for row in book.plan.configs}
    for row in book.plan.replicas if price else ():
        if book.pools[row.pool].provider != "own":
            months = book.hours(row.period, row.block) / HOURS_PER_MONTH
            yield "storage", row.pool, row.period, price * stored[row.config] * row.replicas * months
