"""Whole persons look after owned systems."""

from dataclasses import replace

from fleets import assert_bites, clock, cost, near, pool, question, runs, stream

from planner.candidates.candidate import PurchaseOption
from planner.milp.instance import Instance
from planner.milp.ownership import Staff

BOX = PurchaseOption("owned", 0.0, capex_usd=300.0, life_months=60.0, residual_share=1.0)
OLD = PurchaseOption("existing", 0.0, fixed_usd_per_month=10.0, max_nodes=2)


def shop(demand: float, usd: float) -> Instance:
    """Boxes keep their price and cost nothing but a person for every two of them; renting costs 730 USD a month."""
    time = clock()
    pools = [pool("own", time, owned=BOX), pool("rent", time, on_demand=1.0)]
    p = question(time, [stream("chat", [[demand]])], pools, [runs("chat", name, 1.0) for name in ("own", "rent")])
    return replace(p, staff=Staff(2.0, (usd,)))


def test_optimum_by_hand() -> None:
    assert cost(shop(2.0, 500.0)) == near(500)
    assert cost(shop(3.0, 500.0)) == near(1000)
    assert cost(shop(3.0, 800.0)) == near(800 + 730)  # the third is rented rather than looked after
    assert cost(shop(1.0, 800.0)) == near(730)


def test_bites() -> None:
    assert_bites(shop(3.0, 500.0), "staff_systems")


def test_existing_systems_count() -> None:
    time = clock()
    pools = [pool("old", time, existing=OLD), pool("own", time, owned=BOX)]
    p = question(time, [stream("chat", [[3.0]])], pools, [runs("chat", name, 1.0) for name in ("old", "own")])
    assert cost(replace(p, staff=Staff(2.0, (500.0,)))) == near(1000)
    assert cost(replace(p, staff=Staff(3.0, (500.0,)))) == near(500)
