"""Keys laid over a problem: values, multiples, places in lists, names with dots; mistakes at the key that made them."""

from typing import Any

import pytest
from question import SMALLEST

from planner.inputs.load import problem_from
from planner.inputs.overrides import changed, written_in
from planner.inputs.problem import Problem
from planner.inputs.scenarios import BASE_CASE, probabilities
from planner.inputs.yaml_text import read_yaml

DOTTED = SMALLEST.replace("chat:", "chat.v2:") + (
    "limits: {power_kw: 10, budget: [{usd_per_period: 100}, {kind: capex, usd_per_period: 40}]}\n"
    "supply: {rent: null, own: {systems: [dgx-h200]}}\n"
    "scenarios: {dearer: {probability: 0.2, set: {prices.dgx-h200: x2}}}\n"
)


def problem(text: str) -> Problem:
    return problem_from(read_yaml(text), "mine.yaml")


def with_changes(text: str, **changes: Any) -> Problem:
    """`changes` have two underscores for a dot."""
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    made, mistakes = changed(written_in(problem(text)), dotted, [])
    assert made is not None, mistakes
    return made


def test_a_value_a_multiple_of_what_is_written_and_of_a_default() -> None:
    made = with_changes(
        SMALLEST, limits__max_gpus=8, workloads__chat__traffic__requests_per_s="x1.5", limits__utilization_cap="x0.5"
    )
    assert made.limits.max_gpus == 8
    assert made.workloads["chat"].traffic.requests_per_s == 7.5
    assert made.limits.utilization_cap == 0.45


def test_every_number_of_a_list_is_multiplied() -> None:
    text = SMALLEST.replace("requests_per_s: 5", "requests_per_s: 5, growth_per_month: [1, 3]") + (
        "horizon: {periods: 2}\n"
    )
    made = with_changes(text, workloads__chat__traffic__growth_per_month="x2")
    assert made.workloads["chat"].traffic.growth_per_month == [2, 6]


def test_a_name_with_dots_and_a_place_in_a_list() -> None:
    made = with_changes(
        DOTTED, **{"workloads.chat.v2.traffic.requests_per_s": 9, "limits.budget.1.usd_per_period": "x2"}
    )
    assert made.workloads["chat.v2"].traffic.requests_per_s == 9
    assert [one.usd_per_period for one in made.limits.budget] == [100, 80]


def test_a_table_that_was_not_written_is_made() -> None:
    made = with_changes(DOTTED, supply__rent__exclude_gpus=["H200-SXM"], prices__spot="x2")
    assert made.supply.rent.exclude_gpus == ["H200-SXM"]
    assert made.prices == {"spot": 2}


def test_a_factor_multiplies_the_factor_there() -> None:
    assert with_changes(SMALLEST + "prices: {spot: 1.5}\n", prices__spot="x2").prices == {"spot": 3}


def test_the_rest_stays_as_written_and_scenarios_have_none() -> None:
    asked = problem(DOTTED)
    made = with_changes(DOTTED, limits__power_kw=20)
    assert made.scenarios == {}
    assert made.model_copy(update={"limits": asked.limits, "scenarios": asked.scenarios}) == asked
    assert asked.limits.power_kw == 10


def test_no_change_is_the_same_problem() -> None:
    asked = problem(SMALLEST)
    assert changed(written_in(asked), {}, []) == (asked, [])


def test_mistakes_stand_at_the_key_that_made_them_all_at_once() -> None:
    changes = {"limits.max_gpu": 3, "limits.power_kw": -1, "workloads.cat.slo": "batch", "limits.max_gpus": "x2"}
    made, mistakes = changed(written_in(problem(SMALLEST)), changes, [])
    assert made is None
    assert {path for path, _ in mistakes} == {(key,) for key in changes}


def test_what_is_known_to_be_wrong_is_not_told_again() -> None:
    data = written_in(problem(SMALLEST)) | {"limits": {"power_kw": -1}}
    _, known = changed(data, {}, [])
    assert len(known) == 1
    assert changed(data, {"limits.max_gpus": 2}, known) == (None, [])


@pytest.mark.parametrize(
    ("given", "shares"),
    [
        ({"a": None}, [0.5, 0.5]),
        ({"a": 0.2, "b": None}, [0.4, 0.2, 0.4]),
        ({"a": 0.2, "b": 0.5}, [0.3, 0.2, 0.5]),
        ({"a": 1.0}, [0.0, 1.0]),
    ],
)
def test_what_is_left_is_shared_with_the_base_case(given: dict[str, float | None], shares: list[float]) -> None:
    found = probabilities(given)
    assert list(found) == [BASE_CASE, *given]
    assert list(found.values()) == pytest.approx(shares)
