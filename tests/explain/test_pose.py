"""What is kept between changed questions changes nothing: the problem posed is the one reckoned anew."""

from math import inf
from typing import Any

import pytest
from asked import DAY, case

from planner.again import question_in
from planner.catalog.locate import problems_folder
from planner.explain import pose
from planner.explain.carry import Known, bound_at_prices, carried, highest_bound
from planner.explain.pose import Poser
from planner.explain.reply import Reply
from planner.milp.instance import Instance

CHANGES: list[dict[str, Any]] = [
    {},
    {"prices": {"A10G": 0.8, "on_demand": 1.1}},
    {"limits.max_gpus": 3},
    {"limits.budget": [{"kind": "total", "usd_per_period": 9000}], "prices": {"on_demand": 2.0}},
    {"supply.quotas": [{"gpu": "A100-SXM-80GB", "max_gpus": 1}]},
    {"workloads.assistant.traffic.requests_per_s": 40.0},
]


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_the_problem_posed_is_that_of_the_changed_question(changes: dict[str, Any]) -> None:
    question = case("11").question
    poser = Poser(question)
    poser.posed({})
    whole = question.changed(changes) if changes else question
    assert poser.posed(changes) == Poser(whole).posed({})


BUDGET: list[dict[str, Any]] = [
    {"workloads.support-chat.traffic.requests_per_s": 60.0},
    {"workloads.night-summaries.batch.input_tokens_per_day": 9e9, "prices": {"spot": 0.7}},
    {"workloads.code-completion.traffic.growth_per_month": 0.2},
    {"workloads.code-completion.traffic.burstiness_cv": 1.5},
    {"workloads.support-chat.slo": {"ttft_p95_ms": 900, "tpot_p95_ms": 40}},
    {"workloads.night-summaries.requests.output": {"mean": 300}},
    {"limits.utilization_cap": 0.8},
    {"supply.quotas.0.max_gpus": 8, "workloads.reasoning-assistant.traffic.requests_per_s": 1.0},
    {"supply.rent.providers": ["aws"]},
]


@pytest.fixture(scope="module")
def kept() -> Poser:
    """Asked about many changes, each with what is kept from those before."""
    (path,) = problems_folder().glob("02-*.yaml")
    return Poser(question_in(path, None, DAY, "test"))


@pytest.mark.parametrize("changes", BUDGET, ids=lambda changes: next(iter(changes)))
def test_every_kind_of_change_is_posed_as_if_alone(kept: Poser, changes: dict[str, Any]) -> None:
    (path,) = problems_folder().glob("02-*.yaml")
    changed = question_in(path, None, DAY, "test").changed(changes)
    assert kept.posed(changes) == Poser(changed).posed({})


def test_how_much_arrives_leaves_the_candidates_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    generate = pose.generate_candidates
    monkeypatch.setattr(pose, "generate_candidates", lambda *given: asked.append(given) or generate(*given))
    poser = Poser(case("11").question)
    for changes in ({}, *CHANGES):
        poser.posed(changes)
    assert len(asked) == 1
    poser.posed({"limits.utilization_cap": 0.5})
    assert len(asked) == 2


def test_prices_of_a_problem_that_has_some_are_reckoned_anew() -> None:
    question = case("11").question.changed({"prices": {"A10G": 2.0}})
    assert Poser(question).posed({"prices": {"A10G": 1.0}}) == Poser(case("11").question).posed({})


def posed(changes: dict[str, Any]) -> Instance:
    return Poser(case("11").question).posed(changes)


def test_plans_carry_to_the_easier_and_bounds_to_the_harder() -> None:
    base = Known(posed({}), Reply("found", 100.0, 90.0))
    tight = Known(posed({"limits.max_gpus": 3}), Reply("found", 120.0, 110.0))
    middle = posed({"limits.max_gpus": 9})
    assert highest_bound([base, tight], middle) == 90.0  # of the base, which is no harder
    found = carried([base, tight], middle)
    assert found is not None and (found.objective, found.bound) == (120.0, -inf)  # the plan of the tighter one
    assert carried([base], middle) is None
    assert highest_bound([tight], middle) == -inf


def test_lower_prices_leave_their_share_of_a_bound() -> None:
    base = Known(posed({}), Reply("found", 100.0, 90.0))
    assert bound_at_prices(base, {}, {"prices": {"A10G": 0.5}}) == 45.0
    assert bound_at_prices(base, {}, {"prices": {"A10G": 0.5, "on_demand": 0.8, "spot": 3.0}}) == 36.0
    assert bound_at_prices(base, {"A10G": 2.0}, {"prices": {"A10G": 1.0}}) == 45.0
    assert bound_at_prices(base, {}, {"prices": {"A10G": 0.5}, "limits.max_gpus": 3}) == -inf
    assert bound_at_prices(None, {}, {"prices": {"A10G": 0.5}}) == -inf
