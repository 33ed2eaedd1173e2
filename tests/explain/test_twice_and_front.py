"""Twice the demand, faster answers, chosen types: each figure told stands when the whole question is asked again."""

from pathlib import Path

import pytest
from asked import PATIENT, case

from planner.explain.ask import Asker
from planner.explain.explain import explained, reference
from planner.explain.flips import flip
from planner.explain.front import FACTORS, as_point, front_point
from planner.explain.levers import demands, targets
from planner.explain.twice import as_reply, doubling, with_twice
from planner.explain.why_not import chosen_rows
from planner.plan.plan import TwiceRow
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


def test_twice_the_demand_uses_the_fleet_that_is_told() -> None:
    one = case("01")
    row = with_twice(one.plan, one.question).twice
    assert row is not None and row.objective == row.npv_usd
    assert {kind.split(" ")[0] for kind in row.fleet} == set(row.gpus)


def test_the_flip_of_demand_is_never_told_against_the_plan_of_twice_the_demand() -> None:
    """A brief search may find the plan's own fleet at twice the demand; what was planned whole says otherwise."""
    one = case("05")
    whole = TwiceRow(npv_usd=1e5, objective=1e5, gap=0.02, fleet=["TPU-v6e on_demand"])
    asker = Asker(one.question, 1e6, brief_s=5.0)
    base, _ = reference(one.plan, asker)
    asker.take(doubling(one.question.problem), as_reply(whole))
    row = flip(asker, base, demands(one.question.problem)[-1], "up")
    assert row.key == "workloads.*"
    assert row.same_to < 2.0 and row.flips_at is not None and row.flips_at <= 2.0
    if row.flips_at == 2.0:
        assert row.fleet == whole.fleet


def test_the_answer_to_twice_the_demand_is_not_searched_for_again() -> None:
    one = case("11")
    whole = TwiceRow(npv_usd=1e5, objective=1e5, gap=0.0, fleet=["TPU-v6e on_demand"])
    told = explained(one.plan.model_copy(update={"twice": whole}), one.question, 1e6)
    (row,) = [flip for flip in told.flips if flip.kind == "demand" and flip.way == "up"]
    assert row.same_to < 2.0 * row.at and row.flips_at is not None
    assert row.flips_at <= 2.0 * row.at


def test_what_twice_the_demand_takes_as_a_reply() -> None:
    found = as_reply(TwiceRow(npv_usd=90.0, objective=100.0, gap=0.05, fleet=["L4 spot"]))
    assert (found.verdict, found.objective, found.bound, found.fleet) == ("found", 100.0, 95.0, ("L4 spot",))
    assert as_reply(TwiceRow(refusal="no fleet\nsays more")).text == "no fleet"
    assert as_reply(TwiceRow(npv_usd=90.0)).verdict == "unknown"  # stored before its fleet was told


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
