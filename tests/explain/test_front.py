"""Faster answers and chosen types: each figure told stands when the whole question is asked again."""

from pathlib import Path

import pytest
from asked import PATIENT, case

from planner.explain.front import FACTORS, as_point, front_point
from planner.explain.levers import targets
from planner.explain.why_not import chosen_rows
from planner.plan.store import load_plan, write_plan


def test_what_is_stored_reads_back(tmp_path: Path) -> None:
    one = case("01")
    point = as_point(1.0, one.base)
    plan = one.plan.model_copy(update={"front": [point]})
    write_plan(plan, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json") == plan
    write_plan(one.plan, tmp_path / "plan.json")
    assert '"front"' not in (tmp_path / "plan.json").read_text("utf-8")


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
