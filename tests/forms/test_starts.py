"""Start-up time, least hours billed and replicas that cost something to start, priced by hand over the week."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from shop import failed, money, planned, problem, write

from planner.cli import main

WEEKS = 730 / 168
DAILY = {"horizon__periods": 1}


def test_a_node_is_paid_while_it_starts(tmp_path: Path) -> None:
    # 1 node by night, 3 by day: 2 start every morning, 7 times a week, each paid 15 minutes at 2 USD/h
    plan = planned(tmp_path, problem(**DAILY, supply__rent__start_up_minutes=15))
    assert money(plan, "on_demand") == 730 * 2 * 2.00
    assert money(plan, "on_demand_start_up") == round(2 * 7 * WEEKS * 0.5, 2)
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd, rel=1e-6)
    assert {(row.term, round(row.usd, 2)) for row in plan.cash} == {
        ("on_demand", 2920.00),
        ("on_demand_start_up", round(14 * WEEKS * 0.5, 2)),
    }
    assert "cost_adds_up" in failed(plan, "costs", lambda row: {"usd": row.usd + 0.02}, term="on_demand_start_up")


def nodes_needed(by_hour: list[int], **more: object) -> dict[str, object]:
    """So many nodes in each hour of the day."""
    traffic = {"requests_per_s": sum(by_hour) / 24, "profile": by_hour}
    return problem(**DAILY, workloads__chat__traffic=traffic, **more)


def peak_of_an_hour(**more: object) -> dict[str, object]:
    """A node from 12 to 13 only."""
    return nodes_needed([0] * 12 + [1] + [0] * 11, **more)


def test_a_start_is_billed_for_its_least_hours(tmp_path: Path) -> None:
    # one node for an hour each day is billed 3: 1 rented, 2 unused
    plan = planned(tmp_path, peak_of_an_hour(supply__rent__minimum_hours=3))
    assert money(plan, "on_demand") == round(7 * WEEKS * 2, 2)
    assert money(plan, "on_demand_minimum_hours") == round(14 * WEEKS * 2, 2)
    assert sum(row.nodes for row in plan.held) == 14
    assert {row.hour % 24 for row in plan.held} <= {10, 11, 13, 14}
    assert "minimum_hours_hold" in failed(plan, "held", lambda row: {"nodes": 0})


def test_the_newer_node_stays_where_an_older_may_go(tmp_path: Path) -> None:
    # 1 node all day, 3 at noon: of the two that start one replaces the old node at 13, the other is billed to 15
    plan = planned(tmp_path, nodes_needed([1] * 12 + [3] + [1] * 11, supply__rent__minimum_hours=3))
    assert money(plan, "on_demand") == round((168 + 14) * WEEKS * 2, 2)
    assert money(plan, "on_demand_minimum_hours") == round(14 * WEEKS * 2, 2)


def test_a_gap_is_bridged_where_a_new_start_costs_more(tmp_path: Path) -> None:
    # peaks at 12 and at 14, least 4 hours: kept on through the gap, billed 12, 13, 14 and 15, not 2 x 4 hours
    plan = planned(tmp_path, nodes_needed([0] * 12 + [1, 0, 1] + [0] * 9, supply__rent__minimum_hours=4))
    assert money(plan, "on_demand_minimum_hours") == round(14 * WEEKS * 2, 2)
    assert sum(row.nodes for row in plan.held) == 14


def test_longer_least_hours_and_start_ups_are_never_cheaper(tmp_path: Path) -> None:
    by_hours = [planned(tmp_path, peak_of_an_hour(supply__rent__minimum_hours=h)).total_usd for h in (1, 2, 4, 12)]
    assert by_hours == sorted(by_hours) and by_hours[0] < by_hours[-1]
    by_minutes = [planned(tmp_path, peak_of_an_hour(supply__rent__start_up_minutes=m)).total_usd for m in (0, 5, 60)]
    assert by_minutes == sorted(by_minutes) and by_minutes[0] < by_minutes[-1]


def test_starting_a_replica_costs_its_price(tmp_path: Path) -> None:
    # by day 2 replicas more, started 7 times a week; in the second month nothing changes between the months' ends
    # (hour 167 is day, hour 0 night), so nothing starts
    plan = planned(tmp_path, problem(limits__switch_usd_per_replica=0.1))
    assert money(plan, "switching") == round(2 * 2 * 7 * WEEKS * 0.1, 2)
    assert money(plan, "on_demand") == 2 * 730 * 2 * 2.00


def test_replicas_stay_on_where_starting_is_dear(tmp_path: Path) -> None:
    # a replica that stays on costs a node of 2 USD/h for 12 h a day; at 30 USD a start that is cheaper
    plan = planned(tmp_path, problem(**DAILY, limits__switch_usd_per_replica=30))
    assert money(plan, "switching") == 0
    assert money(plan, "on_demand") == 730 * 3 * 2.00
    assert {row.replicas for row in plan.replicas} == {3}


def test_growth_starts_replicas_from_period_to_period(tmp_path: Path) -> None:
    # flat demand of 1, then 2 requests/s: one replica is started once
    traffic = {"requests_per_s": 1, "growth_per_month": [1, 2]}
    plan = planned(
        tmp_path,
        problem(
            workloads__chat__traffic=traffic,
            horizon__hours="flat",
            horizon__blocks=1,
            horizon__discount_rate_per_year=0.1,
            limits__switch_usd_per_replica=5,
        ),
    )
    (row,) = [row for row in plan.costs if row.term == "switching"]
    assert (row.period, row.usd) == (1, 5.00)
    assert row.npv_usd == pytest.approx(5 * 1.1 ** (-1 / 12))
    assert "cost_adds_up" in failed(plan, "costs", lambda row: {"usd": 0.0}, term="switching")


def test_budgets_count_starts(tmp_path: Path) -> None:
    # 2,920 USD of rent and 30.42 of starts exceed a budget that the rent alone keeps: one more node all day is dearer,
    # so the second offer, without any start where it runs around the clock, must carry the day
    plan = planned(tmp_path, problem(**DAILY, supply__rent__start_up_minutes=15))
    paid = sum(row.usd for row in plan.cash)
    assert paid == pytest.approx(2920 + 14 * WEEKS * 0.5)
    asked = problem(
        **DAILY, supply__rent__start_up_minutes=15, limits__budget=[{"kind": "opex", "usd_per_period": paid + 0.01}]
    )
    (limit,) = [row for row in planned(tmp_path, asked).limits if row.limit == "budget opex"]
    assert limit.used == pytest.approx(paid)


def test_on_the_command_line(tmp_path: Path) -> None:
    asked = problem(supply__rent__start_up_minutes=15, supply__rent__minimum_hours=2, limits__switch_usd_per_replica=1)
    path = write(tmp_path, asked)
    result = CliRunner().invoke(main, ["plan", str(path), "--out", str(tmp_path / "out"), "--as-of", "2026-12-01"])
    assert result.exit_code == 0, result.output
    for name in ("report.md", "report.html"):
        told = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "Starting nodes on demand" in told
        assert "paid 15 minutes before it serves" in told
        assert "billed for at least 2 hours" in told
        assert "Each replica that is started costs 1 USD" in told
