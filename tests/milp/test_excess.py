"""A cap with a price may be broken: the excess is paid, in the cap's own unit, where it stands and no further."""

from dataclasses import replace

import numpy as np
import pytest
from fleets import EXACT, best, clock, cost, near, pool, question, runs, stream
from test_resilience_oracle import random_instance, servable

from planner.candidates.candidate import PurchaseOption
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.decouple import with_excess_paid
from planner.milp.highs import solve_arrays
from planner.milp.instance import Budget, Instance, Limit, Quota

OWNED = PurchaseOption("owned", 0.0, capex_usd=100.0, fixed_usd_per_month=10.0, life_months=60.0, residual_share=1.0)


def rented(periods: int = 1, months: int = 1, **more: object) -> Instance:
    """Four GPUs by day and two by night at 1 USD/h, or 3 USD/h where no cap counts."""
    time = clock(periods=periods, blocks=2, months=months)
    pools = [pool("a", time, on_demand=1.0), pool("b", time, on_demand=3.0, provider="beta")]
    demand = [stream("chat", [[4.0, 2.0]] * periods)]
    return question(time, demand, pools, [runs("chat", "a", 1.0), runs("chat", "b", 1.0)], **more)


def quota(price: float | None) -> Instance:
    members = frozenset({("a", "on_demand")})
    return rented(limits={"q": Limit(1, "GPUs", price)}, quotas=(Quota("q", members),))


def test_gpus_over_a_quota_are_paid_by_the_hour() -> None:
    # one GPU may be had; each other one costs 2 USD/h more elsewhere, or its price here
    held = 365 * (1 + 3 * 3) + 365 * (1 + 3)
    assert cost(quota(None)) == near(held)
    assert cost(quota(2.5)) == near(held)
    assert cost(quota(0.5)) == near(365 * (4 + 3 * 0.5) + 365 * (2 + 0.5))


def test_gpus_over_max_gpus_are_paid_by_the_hour() -> None:
    p = rented(limits={"max_gpus": Limit(3, "GPUs", 0.5)}, gpu_limit="max_gpus")
    assert cost(p) == near(365 * (4 + 0.5) + 365 * 2)


def test_dollars_over_a_budget_are_paid_by_the_period() -> None:
    # 2190 USD are paid in every month, 2000 may be: 190 × 0.1; the price is no payment itself
    p = rented(periods=2, limits={"b": Limit(2000, "USD", 0.1)}, budgets=(Budget("b", "total"),))
    assert cost(p) == near(2 * (2190 + 19))


def test_kilograms_over_the_carbon_cap_are_paid_by_the_period() -> None:
    p = rented(limits={"c": Limit(2000, "kg", 0.2)}, carbon_limit="c")
    coal = {name: replace(one, kg_co2_per_kwh=1.0 if name == "a" else 0.1) for name, one in p.pools.items()}
    # 2190 kg at least a dollar a kg apart: 190 kg × 0.2
    assert cost(replace(p, pools=coal)) == near(2190 + 38)


def test_kilowatts_over_the_power_limit_are_paid_by_the_month() -> None:
    time = clock(months=3)
    own = pool("own", time, gpus=2, provider="own", owned=OWNED)
    p = question(
        time, [stream("chat", [[6.0]])], [own, pool("rent", time, gpus=2, on_demand=1.0)],
        [runs("chat", "own", 1.0), runs("chat", "rent", 1.0)],
        limits={"kw": Limit(5.0, "kW", 7.0)}, power_limits=("kw",),
    )  # fmt: skip
    # three owned nodes of 2 kW at 10 USD a month: 1 kW over for three months at 7
    assert cost(p) == near(3 * (30 + 7))


def test_a_cap_with_a_price_is_never_infeasible() -> None:
    p = rented(limits={"max_gpus": Limit(0, "GPUs", 1.0)}, gpu_limit="max_gpus")
    assert cost(p) == near(365 * 8 + 365 * 4)


@pytest.mark.parametrize("price", [0.1, 1.0])
def test_a_dearer_excess_never_costs_less(price: float) -> None:
    for seed in range(0, 60, 3):
        p = random_instance(seed)
        if servable(p) and (p.gpu_limit or p.carbon_limit):
            priced = [
                replace(p, limits={name: replace(one, excess_usd=usd) for name, one in p.limits.items()})
                for usd in (price, 2 * price)
            ]
            low, high = (solve_arrays(arrays_from(build(one)), EXACT).objective for one in priced)
            assert low <= high * (1 + 1e-9), seed


def test_a_plan_by_blocks_pays_for_what_it_breaks() -> None:
    p = rented(limits={"b": Limit(2000, "USD", 0.1)}, budgets=(Budget("b", "total"),))
    m = build(p)
    a = arrays_from(m)
    plan = solve_arrays(a, EXACT).values
    assert plan is not None
    excess = np.array([column.family == "excess" for column in m.columns])
    paid = with_excess_paid(m, a, np.where(excess, 0.0, plan))
    assert paid[excess].sum() == near(190)
    assert with_excess_paid(m, a, np.where(excess, 1e6, plan))[excess].sum() == near(190)


def test_the_solution_is_whole() -> None:
    values = best(quota(0.5)).values
    assert values["on_demand"] == {("a", 0, 0): 4, ("a", 0, 1): 2}
