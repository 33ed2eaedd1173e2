"""No more nodes are bought than may be."""

from fleets import assert_bites, clock, cost, near, pool, question, runs, stream

from planner.candidates.candidate import PurchaseOption
from planner.milp.instance import Instance, Limit

OWNED = PurchaseOption("owned", 0.0, capex_usd=100.0, fixed_usd_per_month=10.0, life_months=60.0, residual_share=1.0)


def shop(most: int) -> Instance:
    """Three nodes are needed in each of two months: owned at 10 USD a month, rented at 730."""
    time = clock(periods=2)
    pools = [pool("own", time, limit="max_systems", owned=OWNED), pool("rent", time, on_demand=1.0)]
    return question(
        time, [stream("chat", [[3.0]] * 2)], pools, [runs("chat", "own", 1.0), runs("chat", "rent", 1.0)],
        limits={"max_systems": Limit(most, "systems")},
    )  # fmt: skip


def test_optimum_by_hand() -> None:
    assert cost(shop(3)) == near(3 * 20)
    assert cost(shop(2)) == near(2 * 20 + 2 * 730)
    assert cost(shop(0)) == near(3 * 2 * 730)


def test_bites() -> None:
    assert_bites(shop(2), "respect_node_limits")


def windows(most: int) -> Instance:
    """Two nodes are needed in each of two months; blocks of the second month at 0.5 USD/h in two places, else 1."""
    time = clock(periods=2)
    block = PurchaseOption("capacity_block", 0.5, term_months=1, upfront_share=1.0, first_period=1)
    lots = [pool(name, time, limit="block", capacity_block=block) for name in ("east", "west")]
    deployments = [runs("chat", name, 1.0) for name in ("east", "west", "rent")]
    return question(
        time, [stream("chat", [[2.0]] * 2)], [*lots, pool("rent", time, on_demand=1.0)], deployments,
        limits={"block": Limit(most, "nodes")},
    )  # fmt: skip


def test_one_limit_over_several_places() -> None:
    assert cost(windows(2)) == near(2 * 730 + 2 * 365)
    assert cost(windows(1)) == near(2 * 730 + 365 + 730)
    assert_bites(windows(1), "respect_node_limits")
