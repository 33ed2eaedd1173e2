"""What holding the rented peak would cost, by hand; nothing is said where nothing follows the load."""

import pytest
from sample import sample_plan

from planner.plan.plan import CapacityRow, Plan
from planner.report.held import held_peak, held_usd
from planner.report.lookup import Lookup


def with_nodes(day: int, night: int) -> Plan:
    """One pool on demand, so many nodes in the first block of the first period and in the others."""
    plan = sample_plan()
    pool, form = next((row.pool, row.form) for row in plan.options if row.form == "on_demand")
    assert form == "on_demand"
    rows = [
        CapacityRow(
            pool=pool, period=0, block=block.index, committed_nodes=0, spot_nodes=0,
            on_demand_nodes=night if block.index else day,
        )
        for block in plan.blocks
    ]  # fmt: skip
    return plan.model_copy(update={"capacity": rows})


def test_by_hand() -> None:
    plan = with_nodes(day=5, night=2)
    look = Lookup(plan)
    pool = plan.capacity[0].pool
    usd = look.options[pool, "on_demand"].usd_per_hour
    hours = look.periods[0].hours
    day = look.hours(0, plan.blocks[0].index)
    paid, held = held_usd(look)
    assert paid == pytest.approx(usd * (5 * day + 2 * (hours - day)))
    assert held == pytest.approx(usd * 5 * hours)
    assert "around the clock" in held_peak(look)


def test_an_hour_without_nodes_is_held_too() -> None:
    look = Lookup(with_nodes(day=5, night=0))
    paid, held = held_usd(look)
    assert held / paid == pytest.approx(look.periods[0].hours / look.hours(0, look.plan.blocks[0].index))


def test_nothing_is_said_of_a_steady_fleet() -> None:
    assert held_peak(Lookup(with_nodes(day=3, night=3))) == ""
    assert held_peak(Lookup(sample_plan().model_copy(update={"capacity": []}))) == ""
