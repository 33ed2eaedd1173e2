"""Unserved demand and broken caps: allowed, in order of priority, and as much as is claimed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.plan.plan import Finding
from planner.plan.proofs.book import RELATIVE, Book, added, differences, finding
from planner.plan.proofs.carbon import carbon_kg
from planner.plan.proofs.rented import quota_gpus, quota_name
from planner.units import HOURS_PER_WEEK, SECONDS_PER_HOUR

Slot = tuple[str, int, int | None]  # limit, period, block (None: all of it)
_NOTHING = 1e-5


def unserved_is_allowed(book: Book) -> Finding:
    """Demand is left unserved only for a price, within its share, and the lowest priority first."""
    wrong, total = [], 0.0
    for row in book.plan.unserved:
        key = (row.demand_class, row.period, row.block)
        share, most = row.requests_per_s / _asked(book, *key), _most_share(book, row.workload)
        total += row.requests
        if row.requests_per_s < 0 or share > most * (1 + RELATIVE) + RELATIVE:
            wrong.append(
                f"{row.demand_class} {book.when(row.period, row.block)}: {share:.2%} unserved, allowed {most:.2%}"
            )
        expected = row.requests_per_s * _expected_requests(book, *key)
        if abs(expected - row.requests) > RELATIVE * max(1.0, expected):
            wrong.append(
                f"{row.demand_class} {book.when(row.period)}: {expected:,.1f} requests, told {row.requests:,.1f}"
            )
    wrong += _out_of_order(book)
    return finding("unserved_is_allowed", wrong, f"{total:,.0f} requests left unserved, each for its price")


def excess_adds_up(book: Book) -> Finding:
    """Every cap with a price: by how much it is broken, where, and what that costs."""
    found = excess_found(book)
    told = {(row.limit, row.period, row.block): row.excess for row in book.plan.excess}
    wrong = [
        f"{limit} {book.when(period, block)}: {f:,.3f} over it, told {t:,.3f}"
        for (limit, period, block), f, t in differences(told, found, _NOTHING)
    ]
    usd = {slot: amount * price_of(book, slot) for slot, amount in found.items()}
    paid = {(row.limit, row.period, row.block): row.usd for row in book.plan.excess}
    wrong += [
        f"{limit} {book.when(period)}: {f:,.2f} USD, told {t:,.2f}"
        for (limit, period, _), f, t in differences(paid, usd, 0.005)
    ]
    by_limit = added((limit, amount) for (limit, _, _), amount in usd.items())
    priced = {row.limit for row in book.plan.limits if row.excess_usd is not None}
    for name in sorted(priced):
        rows = [row.excess_usd or 0.0 for row in book.plan.limits if row.limit == name]
        if abs(sum(rows) - by_limit.get((name,), 0.0)) > 0.005:
            wrong.append(f"{name}: {by_limit.get((name,), 0.0):,.2f} USD for breaking it, told {sum(rows):,.2f}")
    return finding("excess_adds_up", wrong, f"{sum(usd.values()):,.2f} USD for breaking {len(by_limit)} caps")


def shadow_charges(book: Book) -> Iterator[tuple[str, str, int, float, float]]:
    """Prices in the bill that are no cash: (term, subject, period, USD, discounted USD)."""
    for row in book.plan.unserved:
        price = book.asked("workloads", row.workload).get("unserved_usd_per_1k_requests") or 0.0
        requests = row.requests_per_s * _expected_requests(book, row.demand_class, row.period, row.block)
        usd = price * requests / 1000
        yield "unserved", row.workload, row.period, usd, usd * book.periods[row.period].discount
    for slot, amount in excess_found(book).items():
        usd = amount * price_of(book, slot)
        yield "excess", slot[0], slot[1], usd, usd * book.periods[slot[1]].discount


def prices(book: Book) -> dict[str, float]:
    """Price of a unit over each cap that has one: a period, or for kW a month and for GPUs an hour."""
    limits = book.asked("limits")
    found = {
        "power_kw": limits.get("power_excess_usd_per_kw_month"),
        "carbon_kg_per_period": limits.get("carbon_excess_usd_per_kg"),
        "max_gpus": limits.get("gpus_excess_usd_per_gpu_hour"),
    }
    found |= {f"budget {one['kind']}": one.get("excess_usd_per_usd") for one in limits["budget"]}
    for quota in book.asked("supply", "quotas"):
        found[quota_name(quota)] = quota.get("excess_usd_per_gpu_hour")
    return {name: price for name, price in found.items() if price is not None}


def excess_found(book: Book) -> dict[Slot, float]:
    """By how much each cap with a price is broken, derived from nodes, cash and carbon."""
    priced = prices(book)
    return {slot: over for slot, over in _over(book) if slot[0] in priced and over > _NOTHING}


def price_of(book: Book, slot: Slot) -> float:
    """Price of a unit over a cap in a period or block."""
    name, period, block = slot
    price = prices(book)[name]
    if block is not None:
        return price * book.hours(period, block)
    return price * (book.periods[period].months if name == "power_kw" else 1)


def _over(book: Book) -> Iterator[tuple[Slot, float]]:
    limits = book.asked("limits")
    for budget in limits["budget"]:
        kinds = {"total": {"opex", "capex", "financing"}}.get(budget["kind"], {budget["kind"]})
        for period in book.periods:
            paid = sum(row.usd for row in book.plan.cash if row.period == period and row.kind in kinds)
            yield (f"budget {budget['kind']}", period, None), paid - budget["usd_per_period"]
    if limits.get("carbon_kg_per_period") is not None:
        for (period,), kg in carbon_kg(book).items():
            yield ("carbon_kg_per_period", period, None), kg - limits["carbon_kg_per_period"]
    if limits.get("power_kw") is not None:
        own = [row for row in book.plan.capacity if book.pools[row.pool].provider == "own"]
        kw = added((row.period, row.block, row.committed_nodes * book.pools[row.pool].kw_per_node) for row in own)
        for period in book.periods:
            most = max((draw for (when, _), draw in kw.items() if when == period), default=0.0)
            yield ("power_kw", period, None), most - limits["power_kw"]
    if limits.get("max_gpus") is not None:
        gpus = added(
            (
                row.period,
                row.block,
                (row.committed_nodes + row.on_demand_nodes + row.spot_nodes) * book.pools[row.pool].gpus_per_node,
            )
            for row in book.plan.capacity
        )
        for (period, block), count in gpus.items():
            yield ("max_gpus", period, block), count - limits["max_gpus"]
    for name, cap, used in quota_gpus(book):
        for (period, block), count in used.items():
            yield (name, period, block), count - cap


def _out_of_order(book: Book) -> Iterator[str]:
    """Classes left unserved while demand of a lower priority, which may be too, is still served."""
    asked = book.asked("workloads")
    rank = {name: one.get("priority", 1) for name, one in asked.items() if one.get("unserved_usd_per_1k_requests")}
    left_out = {(row.demand_class, row.period, row.block): row.requests_per_s for row in book.plan.unserved}
    highest: dict[tuple[int, int], int] = defaultdict(lambda: 99)
    for (name, period, block), rate in left_out.items():
        if rate > _NOTHING:
            for one in [block] if block is not None else list(book.week_share):
                key = (period, one)
                highest[key] = min(highest[key], rank.get(book.workload_of[name], 99))
    for (period, block), reached in highest.items():
        for name, workload in book.workload_of.items():
            if rank.get(workload, 0) > reached:
                when = None if book.workloads[workload].kind == "batch" else block
                most = _most_share(book, workload) * _asked(book, name, period, when)
                rate = left_out.get((name, period, when), 0.0)
                if rate < most * (1 - 1e-4) - _NOTHING:
                    yield (
                        f"{book.when(period, block)}: priority {reached} is left unserved, of {name} (priority "
                        f"{rank[workload]}) only {rate:.4f} of {most:.4f} requests/s"
                    )


def _most_share(book: Book, workload: str) -> float:
    asked = book.asked("workloads", workload)
    return float(asked.get("max_unserved_share", 1.0)) if asked.get("unserved_usd_per_1k_requests") else 0.0


def _asked(book: Book, name: str, period: int, block: int | None) -> float:
    """Planned demand [requests/s]: of a block, or the mean of a week."""
    if block is not None:
        return max(book.planned[name, period, block], 1e-12)
    hourly = next(r for r in book.plan.hourly_demand if (r.demand_class, r.period) == (name, period))
    return max(sum(hourly.requests_per_s) / HOURS_PER_WEEK, 1e-12)


def _expected_requests(book: Book, name: str, period: int, block: int | None) -> float:
    """Expected requests of a period for each planned request/s."""
    hours = book.periods[period].hours if block is None else book.hours(period, block)
    first = min(book.week_share) if block is None else block
    return book.expected_share(name, period, first) * hours * SECONDS_PER_HOUR
