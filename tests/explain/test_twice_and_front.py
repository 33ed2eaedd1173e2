"""Twice the demand, faster answers, chosen types: each figure told stands when the whole question is asked again."""

from pathlib import Path

import pytest
from asked import PATIENT, case

from planner.explain.front import FACTORS, as_point, front_point
from planner.explain.levers import targets
from planner.explain.twice import with_twice
from planner.explain.why_not import chosen_rows
from planner.plan.store import load_plan, write_plan

RATES = {"01": ["chat"], "05": ["easy", "harder", "hardest"]}


@pytest.mark.parametrize("number", RATES)
def test_twice_the_demand_is_the_plan_of_the_doubled_question(number: str) -> None:
    one = case(number)
    row = with_twice(one.plan, one.question).twice
    keys = {f"workloads.{name}.traffic.requests_per_s": "x2" for name in RATES[number]}
    again = one.question.changed(keys).answered()
    assert row is not None and row.npv_usd is not None
    assert sum(row.usd_by_period) == pytest.approx(again.total_usd, rel=1e-6)
    assert row.npv_usd == pytest.approx(again.total_npv_usd, rel=1e-6)
    assert len(row.usd_by_period) == len(one.plan.periods)
    assert row.signed_nodes == sum(bought.nodes for bought in again.purchases)
    busiest = max(sum(row.gpus.values()), 0)
    assert busiest >= max(pool.gpus_per_node for pool in again.pools if pool.gpu in row.gpus)


def test_twice_the_demand_under_a_cap_says_why_not() -> None:
    one = case("01")
    (capped,) = [case("01", {"limits.max_gpus": sum(row.on_demand_nodes * 2 for row in one.plan.capacity)})]
    row = with_twice(capped.plan, capped.question).twice
    assert row is not None and row.npv_usd is None
    assert "max_gpus" in row.refusal or "no fleet" in row.refusal


def test_what_is_stored_reads_back(tmp_path: Path) -> None:
    one = case("01")
    point = as_point(1.0, one.base)
    plan = with_twice(one.plan, one.question).model_copy(update={"front": [point]})
    write_plan(plan, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json") == plan
    write_plan(one.plan, tmp_path / "plan.json")
    assert '"twice"' not in (tmp_path / "plan.json").read_text("utf-8")


def test_each_point_of_the_front_is_the_plan_for_its_targets() -> None:
    one = case("01")
    levers = targets(one.question.problem, one.plan)
    points = [as_point(1.0, one.base), *(front_point(one.asker, levers, factor) for factor in FACTORS)]
    found = sorted((point for point in points if point), key=lambda point: point.factor)
    assert len(found) == 1 + len(FACTORS)
    slo = one.plan.workloads[0].slo
    for point in found:
        scaled = {target: value * point.factor for target, value in slo.items()}
        again = one.question.changed({"workloads.chat.slo": scaled, "solve.mip_gap": 0.0}).answered()
        assert point.objective == pytest.approx(again.certificate.objective, rel=1e-6)
    costs = [point.objective for point in found if point.objective is not None]
    assert costs == sorted(costs, reverse=True)


def test_targets_below_what_any_gpu_can_do_have_no_fleet() -> None:
    one = case("01")
    point = front_point(one.asker, targets(one.question.problem, one.plan), 0.01)
    assert point is not None and point.objective is None and point.refusal


def test_what_the_best_fleet_without_a_chosen_type_costs() -> None:
    one = case("01")
    (row,) = chosen_rows(one.question, one.plan, PATIENT)
    again = one.question.changed({"supply.rent.exclude_gpus": [row.name]}).answered()
    assert row.verdict == "chosen"
    assert row.without_usd == pytest.approx(again.total_npv_usd - one.plan.total_npv_usd)
