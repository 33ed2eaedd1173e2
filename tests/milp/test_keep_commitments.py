"""Given commitments are neither added to nor left out."""

from dataclasses import replace

from fleets import assert_bites, cost, near
from scenarios import YEAR_H, year

from planner.milp.instance import Instance
from planner.milp.two_stage import holding


def given(p: Instance, nodes: float) -> Instance:
    return holding(p, {"bought": {("p", "reserved_1y", 0): nodes}, "kept": {}})


def test_too_many_and_too_few_by_hand() -> None:
    """A demand of 2: both signed 2.4 USD an hour; one signed and one rented 3.2; three signed 3.6."""
    costs = [cost(year(2)), *(cost(given(year(2), nodes)) for nodes in (1, 2, 3))]
    assert costs == [near(YEAR_H * usd) for usd in (2.4, 3.2, 2.4, 3.6)]


def test_existing_nodes_are_kept_as_given() -> None:
    from planner.milp.instance import Existing

    p = year(1, rent=0.5)
    owned = replace(p, pools={"p": replace(p.pools["p"], existing=Existing(3, (876.0,)))})
    assert cost(owned) == near(876)
    held = holding(owned, {"bought": {}, "kept": {("p", 0): 2.0}})
    assert cost(held) == near(2 * 876)


def test_keep_commitments_bites() -> None:
    assert_bites(given(year(2), 3), "keep_commitments")
