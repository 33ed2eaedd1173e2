"""Every statement holds: what is said of a changed problem is what planning that problem gives."""

import pytest
from asked import Case, again, case

from planner.explain.explain import explained
from planner.explain.fleet import fleet_of
from planner.explain.flips import TOLERANCE, flip
from planner.explain.levers import Lever, demands, load, prices, targets
from planner.explain.marginals import span, stepped
from planner.explain.reply import Reply
from planner.explain.swings import swing
from planner.plan.plan import FlipRow, Plan

CHANGED_FLEET = [
    ("01", "chat demand", "up"),
    ("01", "chat TPOT p95", "down"),
    ("01", "B200-SXM prices", "up"),
    ("01", "utilisation cap", "up"),
    ("05", "H100-PCIE prices", "up"),
    ("07", "T4 prices", "up"),
]


@pytest.fixture(scope="module")
def whole() -> tuple[Case, Plan]:
    one = case("11")
    return one, explained(one.plan, one.question, 1e6)


def levers_of(one: Case) -> dict[str, Lever]:
    problem = one.question.problem
    found = [*demands(problem), *prices(problem, one.base.fleet), load(problem), *targets(problem, one.plan)]
    return {lever.subject: lever for lever in found}


def holds(one: Case, row: FlipRow) -> None:
    """The fleet is the plan's up to one value and another from the next, within the tolerance of each other."""
    assert fleet_of(again(one, row, row.same_to)) == one.base.fleet
    if row.flips_at is not None:
        assert abs(row.flips_at / row.same_to - 1) <= TOLERANCE
        there = again(one, row, row.flips_at)
        assert list(fleet_of(there)) == row.fleet != list(one.base.fleet)
        assert there.certificate.objective - one.base.objective == pytest.approx(row.change, abs=0.01)


def test_what_a_step_is_worth_is_what_the_step_costs(whole: tuple[Case, Plan]) -> None:
    one, plan = whole
    assert {"demand", "slo"} <= {row.kind for row in plan.marginals}
    for row in plan.marginals:
        there = again(one, row, row.at + row.step).certificate.objective
        assert there - plan.certificate.objective == pytest.approx(row.change, abs=0.01), row.subject
        assert row.least == row.most == pytest.approx(row.change, abs=0.01)


def test_fleets_flip_where_they_are_said_to(whole: tuple[Case, Plan]) -> None:
    one, plan = whole
    assert sum(row.flips_at is not None for row in plan.flips) >= 5
    for row in plan.flips:
        if row.flips_at is not None:
            holds(one, row)


def test_the_tornado_is_sorted_and_true(whole: tuple[Case, Plan]) -> None:
    one, plan = whole
    reach = [max(abs(row.low_change or 0), abs(row.high_change or 0)) for row in plan.swings]
    assert reach == sorted(reach, reverse=True) and reach[0] > 0
    for row in plan.swings[:4]:
        for value, change in ((row.low, row.low_change), (row.high, row.high_change)):
            if value is not None:
                there = again(one, row, value).certificate.objective
                assert there - plan.certificate.objective == pytest.approx(change, abs=0.01), (row.subject, value)


@pytest.mark.parametrize(("number", "subject", "way"), CHANGED_FLEET)
def test_fleets_of_larger_problems_flip(number: str, subject: str, way: str) -> None:
    one = case(number)
    row = flip(one.asker, one.base, levers_of(one)[subject], way)
    assert row.flips_at is not None
    holds(one, row)


def test_all_demand_and_speed_together() -> None:
    one = case("05")
    whole = demands(one.question.problem)[-1]
    row = stepped(one.asker, one.base, whole, 1.1)
    assert whole.key == "workloads.*"
    assert again(one, row, 1.1).certificate.objective - one.base.objective == pytest.approx(row.change, abs=0.01)
    assert swing(one.asker, one.base, load(one.question.problem)).high == 1.0


@pytest.mark.parametrize(("subject", "factor"), [("chat demand", 1.1), ("chat TPOT p95", 0.9)])
def test_steps_of_a_problem_with_one_hour(subject: str, factor: float) -> None:
    one = case("01")
    lever = levers_of(one)[subject]
    row = stepped(one.asker, one.base, lever, lever.times(factor))
    there = again(one, row, row.at + row.step).certificate.objective
    assert row.change > 1000
    assert there - one.base.objective == pytest.approx(row.change, abs=0.01)


def test_what_is_open_is_said_as_an_interval() -> None:
    base = Reply("found", objective=100.0, bound=98.0)
    assert span(base, Reply("found", objective=105.0, bound=101.0)) == (5.0, 1.0, 7.0)
    assert span(base, Reply("found", objective=100.0, bound=100.0)) == (0.0, 0.0, 2.0)
    assert span(base, Reply("none", text="no")) == (None, None, None)


def test_named_classes_of_service_are_written_out() -> None:
    one = case("01", {"workloads.chat.slo": "interactive"})
    found = {lever.key: lever.at for lever in targets(one.question.problem, one.plan)}
    assert found and all(key.startswith("workloads.chat.slo.t") for key in found)
    lever = targets(one.question.problem, one.plan)[0]
    assert one.asker.ask(lever.to(lever.at)).objective == pytest.approx(one.base.objective)
