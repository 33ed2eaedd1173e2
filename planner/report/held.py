"""What renting by the hour saves: the same plan with each pool's peak held around the clock."""

from __future__ import annotations

from collections import defaultdict

from planner.report import format as f
from planner.report.lookup import Lookup

_WORTH_SAYING = 0.005  # of the rent
RENTED = {"on_demand": "on_demand_nodes", "spot": "spot_nodes"}


def held_usd(look: Lookup) -> tuple[float, float]:
    """Rent by the hour, and what it would be if in each period every pool kept its most nodes at all hours [USD]."""
    paid = held = 0.0
    nodes: dict[tuple[str, str, int], dict[int, int]] = defaultdict(dict)
    for row in look.plan.capacity:
        for form, field in RENTED.items():
            if count := getattr(row, field):
                nodes[row.pool, form, row.period][row.block] = count
    for (pool, form, period), counts in nodes.items():
        usd = look.options[pool, form].usd_per_hour
        paid += sum(usd * count * look.hours(period, block) for block, count in counts.items())
        held += usd * max(counts.values()) * look.periods[period].hours
    return paid, held


def held_peak(look: Lookup) -> str:
    """One sentence where rented capacity follows the load; "" where it does not."""
    paid, held = held_usd(look)
    if held <= paid * (1 + _WORTH_SAYING):
        return ""
    return (
        f"Nodes rented by the hour follow the load: they cost {f.money(paid)}. Holding the most of each pool and "
        f"period around the clock would cost {f.money(held)} ({f.change(held / paid - 1)})."
    )
