"""What is kept between changed questions changes nothing: the problem posed is the one reckoned anew."""

from math import inf
from typing import Any

import pytest
from asked import case

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
