"""Carbon derived again from nodes, hours and the electricity of each place."""

from __future__ import annotations

from planner.plan.plan import Finding
from planner.plan.proofs.book import Book, added, differences, finding


def carbon_adds_up(book: Book) -> Finding:
    """Kilograms of CO2e of all nodes at work, period by period."""
    if not book.plan.carbon:
        return finding("carbon_adds_up", [], "no carbon counted")
    found = carbon_kg(book)
    told = added((row.period, row.kg) for row in book.plan.carbon)
    wrong = [
        f"{book.when(key[0])}: re-added {f:,.1f}, claimed {t:,.1f} kg" for key, f, t in differences(told, found, 1e-3)
    ]
    return finding(
        "carbon_adds_up", wrong, f"re-added {sum(found.values()):,.1f}, claimed {sum(told.values()):,.1f} kg CO2e"
    )


def carbon_kg(book: Book) -> dict[tuple[int], float]:
    """(period,) → kg CO2e: nodes at work at their maximum power, times PUE, times what a kWh carries."""
    return added(
        (
            row.period,
            (row.committed_nodes + row.on_demand_nodes + row.spot_nodes)
            * book.hours(row.period, row.block)
            * kg_per_node_hour(book, row.pool),
        )
        for row in book.plan.capacity
    )


def kg_per_node_hour(book: Book, pool: str) -> float:
    """Carbon of a node's hour at work [kg CO2e]; 0 where nothing is known of its electricity."""
    row = book.pools[pool]
    if row.electricity is None:
        return 0.0
    return row.kw_per_node * row.electricity.pue * row.electricity.g_co2_per_kwh / 1000
