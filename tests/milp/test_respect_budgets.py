"""Money paid in a period stays within its budgets."""

import pytest
from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.candidates.candidate import PurchaseOption
from planner.milp.instance import Api, Budget, Instance, Limit


def rent_or_reserve(kind: str, usd: float) -> Instance:
    """A year's term costs 1 USD/h all upfront (8760 USD); renting 2 USD/h as it runs. Twelve months."""
    time = clock(periods=12)
    upfront = PurchaseOption("reserved_1y", 1.0, term_months=12, upfront_share=1.0)
    return question(
        time, [stream("chat", [[2.0]] * 12)], [pool("a", time, on_demand=2.0, reserved_1y=upfront)],
        [runs("chat", "a", 1.0)],
        limits={"budget": Limit(usd, "USD a month")}, budgets=(Budget("budget", kind),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "usd", "npv"),
    [
        ("total", 17520.0, 2 * 8760.0),  # both reserved in the first month
        ("total", 10220.0, 8760.0 + 1460.0 + 8030.0),  # one reserved now, one a month later (11 months charged)
        ("total", 8759.0, 12 * 2920.0),  # no term can be prepaid
        ("opex", 10220.0, 8760.0 + 1460.0 + 8030.0),  # prepaid rent is running cost
        ("capex", 0.0, 2 * 8760.0),  # nothing is purchased
    ],
)
def test_optimum_by_hand(kind: str, usd: float, npv: float) -> None:
    assert cost(rent_or_reserve(kind, usd)) == near(npv)


def test_bites() -> None:
    assert_bites(rent_or_reserve("total", 10220.0), "respect_budgets")


def test_purchases_are_capex_and_running_them_is_opex() -> None:
    # 2 owned nodes: 300 USD each now, 20 USD a month each; API bills and rents are opex too
    time = clock(periods=2)
    owned = PurchaseOption(
        "owned", 0.0, capex_usd=300.0, fixed_usd_per_month=20.0, life_months=60.0, residual_share=1.0
    )
    one = question(
        time, [stream("chat", [[2.0]] * 2)], [pool("own", time, owned=owned), pool("rent", time, on_demand=1.0)],
        [runs("chat", "own", 1.0), runs("chat", "rent", 1.0)],
        limits={"capex": Limit(300.0, "USD a month"), "opex": Limit(800.0, "USD a month")},
        budgets=(Budget("capex", "capex"), Budget("opex", "opex")),
    )  # fmt: skip
    # one owned in each month: 20 + 730 in the first (750 <= 800), 40 in the second
    solution = best(one)
    assert solution.values["bought"] == {("own", "owned", 0): 1, ("own", "owned", 1): 1}
    assert solution.certificate.objective == near(20 + 730 + 40)
    assert_bites(one, "respect_budgets")


def test_api_bills_are_opex() -> None:
    # 1 req/s by API costs 1e-3 × 3600 × 730 = 2628 USD a month; a budget of 2000 USD leaves 0.76 req/s of it
    time = clock()
    p = question(
        time, [stream("chat", [[1.0]])], [pool("rent", time, on_demand=1.0)], [runs("chat", "rent", 0.5)],
        apis=(Api("acme/llm", "chat", 1e-3),),
        limits={"budget": Limit(2000.0, "USD a month")}, budgets=(Budget("budget", "opex"),),
    )  # fmt: skip
    assert cost(p) == near(2 * 730)
