"""On random fleets the bill, its re-adding, the cash flow and the shares tell one story."""

from dataclasses import replace

import pytest
import year
from hypothesis import given, settings
from hypothesis import strategies as st
from year import CLOUD, OLD, OWN, Setting

from planner.plan.checks import check

MONEY = {"cost_adds_up", "purchases_add_up", "cash_adds_up", "bill_is_shared_out", "energy_adds_up"}
NOT_OF_MONEY = {
    "objective_is_met",
    "demand_is_served",
    "batch_meets_deadline",
    "quotas_hold",
    "budgets_hold",
    "power_holds",
    "max_gpus_holds",
    "max_systems_hold",
}
FORMS = [(CLOUD, "reserved_1y"), (CLOUD, "reserved_3y"), (OWN, "owned")]
LATE = (OWN, "owned", 3)  # ordered in the last quarter, arrives after the horizon

signed = st.dictionaries(
    st.tuples(st.sampled_from(FORMS), st.integers(0, 3)).map(lambda key: (*key[0], key[1])),
    st.integers(1, 3),
    max_size=5,
)
rented = st.dictionaries(st.tuples(st.just(CLOUD), st.integers(0, 3), st.integers(0, 1)), st.integers(1, 4), max_size=6)


@given(bought=signed, on_demand=rented, spot=rented, kept=st.integers(0, 4), upfront=st.sampled_from([0.0, 0.4, 1.0]))
@settings(max_examples=40, deadline=None)
def test_money_agrees(bought: dict, on_demand: dict, spot: dict, kept: int, upfront: float) -> None:
    plan = fleet(bought, on_demand, spot, kept, upfront).plan()
    wrong = {f.check: f.detail for f in check(plan) if not f.ok and f.check not in NOT_OF_MONEY}
    assert wrong == {}
    left = sum(row.usd for row in plan.costs if row.term == "owned_value_left")
    ahead = sum(row.prepaid_usd for row in plan.purchases)
    beyond = sum(row.usd_after_horizon for row in plan.purchases if row.form == "reserved_1y")
    assert ahead == pytest.approx(upfront * beyond)
    assert sum(row.usd for row in plan.cash) == pytest.approx(plan.total_usd - left + ahead)


def fleet(bought: dict, on_demand: dict, spot: dict, kept: int, upfront: float) -> Setting:
    """The year with other nodes, bought, rented and kept for the first `kept` quarters, and only the API at work."""
    pools = year.pools()
    options = [replace(o, upfront_share=upfront) if o.form == "reserved_1y" else o for o in pools[CLOUD].options]
    pools[CLOUD] = replace(pools[CLOUD], options=tuple(options))
    setting = year.setting()
    values = setting.solution.values | {
        "replicas": {},
        "served": {},
        "bought": bought,
        "on_demand": on_demand,
        "spot": spot,
        "kept": {(OLD, t): 1 for t in range(kept)},
    }
    return replace(
        setting,
        candidates=replace(setting.candidates, pools=pools),
        solution=replace(setting.solution, values=values),
    )


def test_a_system_that_comes_too_late_costs_its_price_less_its_value() -> None:
    plan = fleet({LATE: 1}, {}, {}, 0, 0.0).plan()
    (row,) = plan.purchases
    assert (row.first_period, row.last_period, row.usd, row.usd_after_horizon) == (4, 3, 0.0, -400_000.0)
    # 400,000 at the start of the fourth quarter, worth as much at its end
    assert row.npv_usd == pytest.approx(400_000 * (1.1**-0.75 - 1.1**-1))
    assert {f.check for f in check(plan) if f.ok} >= MONEY
