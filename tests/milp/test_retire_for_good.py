"""Existing systems that are retired do not come back."""

from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.candidates.candidate import PurchaseOption
from planner.milp.instance import Instance


def three_months(demand: list[float]) -> Instance:
    """One old node costs 100 USD a month to keep, a rented one 730."""
    time = clock(periods=3)
    old = PurchaseOption("existing", 0.0, fixed_usd_per_month=100.0, max_nodes=1)
    pools = [pool("old", time, existing=old), pool("rent", time, on_demand=1.0)]
    deployments = [runs("chat", "old", 1.0), runs("chat", "rent", 1.0)]
    return question(time, [stream("chat", [[rate] for rate in demand])], pools, deployments)


def test_optimum_by_hand() -> None:
    # idle in the second month, but keeping it (100) is cheaper than renting in the third (730)
    assert cost(three_months([1.0, 0.0, 1.0])) == near(300)
    assert cost(three_months([1.0, 1.0, 0.0])) == near(200)


def test_bites() -> None:
    assert_bites(three_months([1.0, 0.0, 1.0]), "retire_for_good")


def test_no_more_are_kept_than_exist() -> None:
    assert cost(three_months([2.0, 0.0, 0.0])) == near(100 + 730)
    assert best(three_months([2.0, 0.0, 0.0])).values["kept"] == {("old", 0): 1}
