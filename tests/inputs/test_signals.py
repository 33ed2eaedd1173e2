"""Each signal writes what could be written by hand, and no more."""

from typing import Any

import pytest
from question import SMALLEST

from planner.inputs.load import problem_from
from planner.inputs.overrides import changed, written_in
from planner.inputs.problem import Problem
from planner.inputs.yaml_text import read_yaml

SUPPLY = """
horizon: {periods: 36}
supply:
  rent: {forms: [on_demand, reserved_1y, reserved_3y]}
  own: {systems: [dgx-h200], max_systems: {dgx-h200: 2}, site: {usd_per_kwh: 0.1}}
  capacity_blocks: [{provider: aws, gpu: H100-SXM, first_period: 1, periods: 6}]
"""


def read(text: str) -> Problem:
    return problem_from(read_yaml(SMALLEST + text), "a test")


def says(problem: Problem) -> dict[str, Any]:
    """The problem but for its signals."""
    return problem.model_dump(exclude={"signals"})


@pytest.mark.parametrize(
    ("signals", "by_hand"),
    [
        ("data_must_stay_in: [eu]", {"workloads.chat.regions": ["eu"]}),
        ("must_comply_with: [hipaa]", {"workloads.chat.compliance": ["hipaa"]}),
        ("demand_uncertainty: 0.3", {"workloads.chat.traffic.forecast_error": 0.3}),
        (
            "no_infra_team: {systems_per_person: 8, usd_per_person_year: 180000}",
            {"supply.own.site.systems_per_person": 8, "supply.own.site.usd_per_person_year": 180000},
        ),
        (
            "commit_at_most_months: 12",
            {"supply.rent.forms": ["on_demand", "reserved_1y"], "supply.own": {}},
        ),
        (
            "commit_at_most_months: 3",
            {"supply.rent.forms": ["on_demand"], "supply.own": {}, "supply.capacity_blocks": []},
        ),
    ],
)
def test_a_signal_is_what_could_be_written_by_hand(signals: str, by_hand: dict[str, Any]) -> None:
    signalled = read(SUPPLY + f"signals: {{{signals}}}\n")
    written, mistakes = changed(written_in(read(SUPPLY)), by_hand, ())
    assert mistakes == []
    assert written is not None
    assert says(signalled) == says(written)
    assert says(signalled) != says(read(SUPPLY))


def test_what_a_workload_says_itself_stands() -> None:
    text = SMALLEST.replace("traffic: {requests_per_s: 5}", "traffic: {requests_per_s: 5, forecast_error: 0.1}")
    problem = problem_from(read_yaml(text + "signals: {demand_uncertainty: 0.3}\n"), "a test")
    assert problem.workloads["chat"].traffic
    assert problem.workloads["chat"].traffic.forecast_error == 0.1


def test_a_stored_problem_is_read_as_it_was() -> None:
    problem = read(SUPPLY + "signals: {commit_at_most_months: 12, data_must_stay_in: [eu]}\n")
    assert problem_from(problem.model_dump(mode="json"), "a plan") == problem


def test_existing_systems_stay_where_nothing_is_bought() -> None:
    own = "supply: {own: {systems: [dgx-h200], existing: [{system: dgx-h200, count: 1}]}}\n"
    problem = read(own + "signals: {commit_at_most_months: 3}\n")
    assert problem.supply.own.systems == []
    assert len(problem.supply.own.existing) == 1
