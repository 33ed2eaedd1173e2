"""Owned systems are sold once, and only after they were bought."""

from dataclasses import replace

from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.candidates.candidate import PurchaseOption
from planner.milp.instance import Api, Budget, Instance, Limit

BOX = PurchaseOption(
    "owned", 0.0, capex_usd=1000.0, fixed_usd_per_month=100.0, life_months=10.0, residual_share=0.0, may_resell=True
)


def shop(*demand: float, resell: bool = True) -> Instance:
    """A box is bought for 1,000 USD, loses 100 a month and costs 100 a month to run; renting costs 730."""
    time = clock(periods=len(demand))
    pools = [pool("own", time, owned=replace(BOX, may_resell=resell)), pool("rent", time, on_demand=1.0)]
    return question(
        time, [stream("chat", [[d] for d in demand])], pools, [runs("chat", name, 1.0) for name in ("own", "rent")]
    )


def test_optimum_by_hand() -> None:
    # needed for two of three months: bought (1,000), run twice (200), sold at 800 rather than kept and run idle
    assert cost(shop(1.0, 1.0, 0.0)) == near(1000 + 200 - 800)
    assert cost(shop(1.0, 1.0, 0.0, resell=False)) == near(1000 + 300 - 700)
    assert best(shop(1.0, 1.0, 0.0)).values["sold"] == {("own", "owned", 0, 2): 1}


def test_bites() -> None:
    # a younger box loses more in its last month, so one would be sold that was never bought
    p = shop(1.0, 1.0, 0.001)
    young = pool("own", p.time, owned=replace(BOX, depreciation_per_year=0.9))
    hosted = Api("hosted", "chat", 1e-3)
    assert_bites(replace(p, pools=p.pools | {"own": young}, apis=(hosted,)), "sell_once")


def test_sales_are_purchases_in_reverse_for_budgets() -> None:
    # the second month's purchases of 1,000 USD are allowed where another box is sold for 900 in it
    p = shop(1.0, 0.0)
    p = replace(p, limits={"capex": Limit(1000.0, "USD a month")}, budgets=(Budget("capex", "capex"),))
    assert cost(p) == near(1000 + 100 - 900)
    tight = replace(p, limits={"capex": Limit(999.0, "USD a month")})
    assert cost(tight) == near(730)


def test_existing_ones_are_sold_instead_of_kept() -> None:
    # two are there, worth 700 each at 3 months; one is needed: the other is sold at once, the kept one loses 200
    time = clock(periods=2)
    old = PurchaseOption(
        "existing", 0.0, capex_usd=1000.0, fixed_usd_per_month=50.0, life_months=10.0, residual_share=0.0,
        age_months=3.0, max_nodes=2, may_resell=True,
    )  # fmt: skip
    p = question(time, [stream("chat", [[1.0], [1.0]])], [pool("old", time, existing=old)], [runs("chat", "old", 1.0)])
    solution = best(p)
    assert solution.certificate.objective == near(100 + 2 * 700 - 700 - 500)
    assert solution.values["sold"] == {("old", "existing", 0, 0): 1}
    # where none is needed in the second month, the other is sold then: it may not vanish with its loss of 100 unpaid
    half = replace(p, streams={"chat": stream("chat", [[1.0], [0.0]])})
    assert cost(half) == near(50 + 100)
    assert_bites(half, "retire_for_good")
