"""Every cap of the problem, used and allowed derived again, and the plan's own limit rows compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

from planner.plan.plan import CapacityRow, Finding
from planner.plan.proofs.book import RELATIVE, Book, added, finding
from planner.plan.proofs.carbon import carbon_kg
from planner.plan.proofs.rented import quota_gpus
from planner.plan.proofs.shortage import prices

Used = tuple[str, float, float, int | None]  # limit, used, cap, period


def quotas_hold(book: Book) -> Finding:
    """GPUs rented under each quota, in every hour."""
    return verdict(book, "quotas_hold", _quotas(book), "GPU")


def budgets_hold(book: Book) -> Finding:
    """Cash paid in every period under each budget."""
    used = [
        (f"budget {budget['kind']}", _cash(book, budget["kind"], period), budget["usd_per_period"], period)
        for budget in book.asked("limits", "budget")
        for period in book.periods
    ]
    return verdict(book, "budgets_hold", used, "USD")


def power_holds(book: Book) -> Finding:
    """Owned systems at their maximum draw, in every period."""
    owned = [row for row in book.plan.capacity if book.pools[row.pool].provider == "own"]
    kw = added((row.period, row.block, row.committed_nodes * book.pools[row.pool].kw_per_node) for row in owned)
    peak = max(kw.values(), default=0.0)
    caps = {
        "power_kw": book.asked("limits", "power_kw"),
        "site max_power_kw": book.asked("supply", "own", "site", "max_power_kw"),
    }
    return verdict(
        book, "power_holds", [(name, peak, cap, None) for name, cap in caps.items() if cap is not None], "kW"
    )


def carbon_holds(book: Book) -> Finding:
    """Carbon of every period under the cap; all electricity in use is then known."""
    cap = book.asked("limits").get("carbon_kg_per_period")
    kg = carbon_kg(book)
    used = [("carbon_kg_per_period", kg.get((period,), 0.0), cap, period) for period in book.periods if cap is not None]
    return verdict(book, "carbon_holds", used, "kg CO2e")


def max_gpus_holds(book: Book) -> Finding:
    """GPUs of all nodes together, in every hour."""
    cap = book.asked("limits", "max_gpus")
    peak = _peak_gpus(book, book.plan.capacity, lambda row: row.committed_nodes + row.on_demand_nodes + row.spot_nodes)
    return verdict(book, "max_gpus_holds", [] if cap is None else [("max_gpus", peak, cap, None)], "GPU")


def max_systems_hold(book: Book) -> Finding:
    """Systems of a kind bought over the whole horizon."""
    used = [
        (
            f"max_systems {system}",
            sum(
                row.nodes
                for row in book.plan.purchases
                if row.form == "owned" and book.pools[row.pool].instance_type == system
            ),
            cap,
            None,
        )
        for system, cap in book.asked("supply", "own", "max_systems").items()
    ]
    return verdict(book, "max_systems_hold", used, "systems")


def configurations_hold(book: Book) -> Finding:
    """Distinct configurations that run anywhere."""
    cap = book.asked("limits", "max_distinct_configurations")
    running = len({row.config for row in book.plan.replicas if row.replicas})
    used = [] if cap is None else [("max_distinct_configurations", running, cap, None)]
    return verdict(book, "configurations_hold", used, "configurations")


def _quotas(book: Book) -> Iterator[Used]:
    for name, cap, used in quota_gpus(book):
        yield name, max(used.values(), default=0.0), cap, None


def _peak_gpus(book: Book, rows: list[CapacityRow], nodes: Callable[[CapacityRow], float]) -> float:
    """Most GPUs in any hour."""
    gpus = added((row.period, row.block, nodes(row) * book.pools[row.pool].gpus_per_node) for row in rows)
    return max(gpus.values(), default=0.0)


def _cash(book: Book, kind: str, period: int) -> float:
    return sum(row.usd for row in book.plan.cash if row.period == period and kind in {"total", row.kind})


def verdict(book: Book, check: str, used: Iterable[Used], unit: str) -> Finding:
    """Caps kept unless they have a price, and each limit row of the plan tells the same use."""
    told = {(row.limit, period): row.used for row in book.plan.limits for period in (row.period, None)}
    right, wrong, priced = [], [], prices(book)
    for name, amount, cap, period in used:
        where = name if period is None else f"{name} {book.when(period)}"
        right.append(f"{where} {amount:,.2f} of {cap:,.2f} {unit}")
        if amount > cap * (1 + RELATIVE) + RELATIVE and name not in priced:
            wrong.append(right[-1])
        claimed = told.get((name, period), math.nan)
        if not abs(claimed - amount) <= RELATIVE * max(1.0, abs(amount)):
            wrong.append(f"{where}: {amount:,.2f} {unit} used, claimed {claimed:,.2f}")
    more = f" … and {len(right) - 4} more" if len(right) > 4 else ""
    return finding(check, wrong, "; ".join(right[:4]) + more or "no cap of this kind")
