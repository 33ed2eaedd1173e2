"""Who uses which electricity, derived again from nodes, replicas and flows."""

from __future__ import annotations

from collections.abc import Iterator

from planner.plan.plan import CapacityRow, Finding
from planner.plan.proofs.book import Book, added, differences, finding
from planner.plan.proofs.owning import sold_by
from planner.units import SECONDS_PER_HOUR

_IDLE = "(idle committed capacity)"
_WITHIN = 1e-3  # kWh, and million tokens


def energy_use_adds_up(book: Book) -> Finding:
    """Kilowatt-hours of every pool, form, workload and period, and the tokens served with them."""
    if not book.plan.energy_use:
        return finding("energy_use_adds_up", [], "no use of energy is told apart")
    found = added(
        (row.pool, form, who, row.period, kwh) for row in book.plan.capacity for form, who, kwh in _used(book, row)
    )
    told = added((row.pool, row.form, row.workload, row.period, row.kwh) for row in book.plan.energy_use)
    wrong = [
        f"{form} {pool} {who} {book.when(period)}: re-derived {f:,.1f}, claimed {t:,.1f} kWh"
        for (pool, form, who, period), f, t in differences(told, found, _WITHIN)
    ]
    served = added(_tokens(book))
    claimed = added((row.pool, row.workload, row.period, row.million_tokens) for row in book.plan.energy_use)
    for (pool, who, period), f, t in differences(claimed, served, _WITHIN):
        wrong.append(f"{pool} {who} {book.when(period)}: {f:,.3f} million tokens served, {t:,.3f} claimed")
    return finding(
        "energy_use_adds_up", wrong, f"{sum(found.values()):,.1f} kWh, {sum(served.values()):,.3f} million tokens"
    )


def _used(book: Book, row: CapacityRow) -> Iterator[tuple[str, str, float]]:
    """(form, workload, kWh) of the nodes of one slot."""
    each = book.pools[row.pool].kw_per_node * book.hours(row.period, row.block)
    firm, spot = (_gpus(book, row, kind) for kind in ("firm", "spot"))
    for form, nodes, users in (("on_demand", row.on_demand_nodes, firm), ("spot", row.spot_nodes, spot)):
        yield from ((form, who, each * nodes * share) for who, share in _shares(users, sum(users.values())))
    capacity = row.committed_nodes * book.pools[row.pool].gpus_per_node
    for form, nodes in _committed(book, row):
        for who, share in _shares(firm, max(capacity, sum(firm.values()))):
            yield form, who, each * nodes * share


def _shares(users: dict[str, float], of: float) -> Iterator[tuple[str, float]]:
    """Each one's share of so many GPUs, and what is left."""
    yield from ((who, gpus / of if of else 0.0) for who, gpus in users.items())
    yield _IDLE, 1 - sum(users.values()) / of if of else 1.0


def _gpus(book: Book, row: CapacityRow, kind: str) -> dict[str, float]:
    """Workload → GPUs its replicas hold on the nodes of a kind in a slot."""
    held = added(
        (one.workload, one.replicas * book.gpus[one.config])
        for one in book.running.get((row.pool, kind, row.period, row.block), ())
    )
    return {who: gpus for (who,), gpus in held.items()}


def _committed(book: Book, row: CapacityRow) -> Iterator[tuple[str, int]]:
    """(form, nodes) of what is committed in a pool and period."""
    for bought in book.plan.purchases:
        if bought.pool == row.pool and bought.first_period <= row.period <= bought.last_period:
            yield bought.form, bought.nodes - sold_by(book, bought, row.period)
    for kept in book.plan.kept:
        if (kept.pool, kept.period) == (row.pool, row.period):
            yield "existing", kept.nodes


def _tokens(book: Book) -> Iterator[tuple[str, str, int, float]]:
    """(pool, workload, period, million tokens) of the requests that finish there."""
    for flow in book.plan.finished:
        size = book.tokens[flow.demand_class]
        expected = flow.requests_per_s * book.expected_share(flow.demand_class, flow.period, flow.block)
        requests = expected * book.hours(flow.period, flow.block) * SECONDS_PER_HOUR
        yield flow.pool, book.workload_of[flow.demand_class], flow.period, requests * size / 1e6
