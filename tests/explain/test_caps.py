"""What caps are worth: nothing where they do not bind, and loosening one never makes the plan dearer."""

from typing import Any

import pytest
from asked import Case, again, case

from planner.explain.caps import Cap, caps
from planner.explain.explain import explained
from planner.explain.marginals import left_alone, loosened
from planner.plan.plan import MarginalRow

A100 = "supply.quotas"
NO_A100 = {A100: [{"gpu": "A100-SXM-80GB", "max_gpus": 0}]}
BINDING: list[tuple[str, str, dict[str, Any]]] = [
    ("11", "max_gpus", {"limits.max_gpus": 2}),
    ("11", "max_distinct_configurations", {"limits.max_distinct_configurations": 1}),
    ("11", "quota A100-SXM-80GB", NO_A100),
    ("04", "spot_max_share classification", {"workloads.classification.spot_max_share": 0.5}),
]


def caps_of(one: Case) -> dict[str, Cap]:
    return {cap.lever.subject: cap for cap in caps(one.question.problem, one.plan)}


def rows_of(one: Case) -> dict[str, MarginalRow]:
    found = caps_of(one).values()
    rows = [loosened(one.asker, one.base, cap) for cap in found if cap.binding]
    rows += left_alone(one.asker, one.base, [cap for cap in found if not cap.binding])
    return {row.subject: row for row in rows}


@pytest.mark.parametrize(("number", "subject", "change"), BINDING)
def test_loosening_a_binding_cap_saves_what_it_says(number: str, subject: str, change: dict[str, Any]) -> None:
    one = case(number, change)
    cap = caps_of(one)[subject]
    row = loosened(one.asker, one.base, cap)
    assert cap.binding and row.binding and row.step > 0
    assert row.least <= row.change <= row.most <= 0
    there = again(one, row, cap.loosened).certificate.objective
    slack = one.base.objective - one.base.bound + 0.01
    assert row.least - 0.01 <= there - one.base.objective <= row.most + slack


def test_a_quota_that_hurts_is_worth_what_it_costs() -> None:
    one, free = case("11", NO_A100), case("11")
    row = loosened(one.asker, one.base, caps_of(one)["quota A100-SXM-80GB"])
    assert row.change == pytest.approx(free.base.objective - one.base.objective, abs=0.01)
    assert row.change < -1000


def test_a_cap_may_bind_and_cost_nothing() -> None:
    one = case("11", {A100: [{"gpu": "A100-SXM-80GB", "max_gpus": 1}]})
    row = loosened(one.asker, one.base, caps_of(one)["quota A100-SXM-80GB"])
    assert row.binding and row.change == 0 and row.head_room == 0


def test_caps_that_matter_together_are_told_one_by_one() -> None:
    """A quota taken for one that does not bind, as the plan has nothing under it, yet it keeps a better plan out."""
    one = case("11", NO_A100)
    (cap,) = caps_of(one).values()
    (row,) = left_alone(one.asker, one.base, [cap])
    assert row.step > 0 and row.change < -1000


def test_caps_that_do_not_bind_are_worth_nothing_and_say_their_room() -> None:
    one = case("11", {"limits.max_gpus": 50, "limits.max_distinct_configurations": 9})
    rows = rows_of(one)
    for subject, room in (("max_gpus", 48), ("max_distinct_configurations", 7)):
        row = rows[subject]
        assert (row.step, row.change, row.binding, row.head_room) == (0, 0, False, room)
        assert again(one, row, row.at * 4).certificate.objective == pytest.approx(one.base.objective)


def test_every_kind_of_cap_is_found_with_its_row() -> None:
    one = case(
        "05",
        {
            "limits.max_gpus": 30,
            "limits.power_kw": 40.0,
            "limits.carbon_kg_per_period": 1e6,
            "supply.own.site.max_power_kw": 40.0,
            "limits.budget": [{"kind": "opex", "usd_per_period": 1e6}],
            "limits.provider_shares": [{"provider": "own", "min_share": 0.01, "max_share": 0.99}],
        },
    )
    found = caps_of(one)
    shares = {"share of own at most", "share of own at least"}
    caps = {"max_gpus", "power_kw", "carbon_kg_per_period", "site max_power_kw", "budget opex"}
    assert caps | shares == set(found)
    assert all(cap.rows for cap in found.values())
    assert all(row.change == 0 and row.head_room >= 0 for row in rows_of(one).values())


def test_the_page_tells_caps_first() -> None:
    one = case("11", {"limits.max_gpus": 2})
    plan = explained(one.plan, one.question, 1e6)
    assert [row.subject for row in plan.marginals][:1] == ["max_gpus"]
    assert plan.explained is not None and not plan.explained.not_reached
