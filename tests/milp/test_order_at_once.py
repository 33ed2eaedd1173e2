"""Systems that must be bought are bought, at the cheapest moment."""

from dataclasses import replace

import pytest
from fleets import assert_bites, clock, cost, near, pool, question, runs, stream

from planner.candidates.candidate import PurchaseOption
from planner.errors import InfeasibleError
from planner.milp.instance import Instance

OWNED = PurchaseOption("owned", 0.0, capex_usd=900.0, fixed_usd_per_month=10.0, life_months=60.0)


def shop(least: int, lead: float = 0.0) -> Instance:
    """One node is needed in each of two months: rented at 365 USD a month, owned at 900 and 10 a month; the value
    falls by 15 USD a month."""
    time = clock(periods=2)
    owned = replace(OWNED, lead_months=lead)
    pools = [pool("own", time, owned=owned), pool("rent", time, on_demand=0.5)]
    streams = [stream("chat", [[1.0]] * 2)]
    p = question(time, streams, pools, [runs("chat", "own", 1.0), runs("chat", "rent", 1.0)])
    return replace(p, ordered_at_once=least)


def test_optimum_by_hand() -> None:
    # One owned for two months: 900 + 20 - (900 - 30) = 50, so buying is best and the floor does not matter.
    assert cost(shop(0)) == near(50)
    assert cost(shop(1)) == near(50)
    # A second one is not needed: ordered at once it loses 30 and runs for 20, and not only when it would be cheapest.
    assert cost(shop(2)) == near(50 + 50)


def test_nothing_can_be_ordered() -> None:
    with pytest.raises(InfeasibleError, match="order_at_once"):
        cost(shop(1, lead=3))


def test_bites() -> None:
    assert_bites(shop(2), "order_at_once")
