"""Rates at the low end of their intervals, and the problem's own factors on prices."""

import dataclasses

import pytest
from workbench import catalog, fixed, generated, question

from planner.candidates.candidate import ApiOption, Interval, Pool, PurchaseOption
from planner.candidates.price_factors import FORMS, price_notes, repriced, repriced_api
from planner.inputs.problem import Limits

RENT = {"providers": ["aws"], "gpus": ["H100-SXM", "L40S"], "regions": ["us"]}


def test_cautious_rates_are_the_low_ends() -> None:
    expected = question("llama-3.1-8b", rent=RENT)
    cautious = expected.model_copy(update={"limits": Limits(plan_for="cautious")})
    first, second = (generated(one, fixed(1000, 200)).rates for one in (expected, cautious))
    assert first.keys() == second.keys()
    for key, rate in first.items():
        interval, told = rate.intervals["rate"], second[key].intervals["rate"]
        assert interval.low_factor < 1
        assert second[key].max_requests_per_s == pytest.approx(rate.max_requests_per_s * interval.low_factor)
        assert (told.low_factor, told.high_factor) == (1, pytest.approx(interval.high_factor / interval.low_factor))
        assert second[key].at_max.requests_per_s == pytest.approx(second[key].max_requests_per_s, rel=1e-6)


def test_an_interval_around_its_low_end_has_the_same_ends() -> None:
    interval = Interval(0.8, 1.25, "why")
    low = interval.from_its_low_end()
    assert (0.8 * low.low_factor, 0.8 * low.high_factor) == (0.8, pytest.approx(1.25))


OWNED = PurchaseOption(
    "owned", 0.0, capex_usd=1000.0, fixed_usd_per_month=30.0, cost_lines=(("power", 20.0), ("maintenance", 10.0))
)
POOL = Pool("p", "acme", "r", "us", "n", "H100-SXM", 8, 10.0, (PurchaseOption("on_demand", 2.0), OWNED))


def test_all_factors_that_match_multiply() -> None:
    rented, owned = repriced(POOL, {"on_demand": 2.0, "H100-SXM": 1.5, "acme": 0.5, "L4": 9.0}).options
    assert rented.usd_per_hour == pytest.approx(2.0 * 1.5)
    assert owned.capex_usd == pytest.approx(750)
    assert dict(owned.cost_lines) == pytest.approx({"power": 20, "maintenance": 7.5})
    assert owned.fixed_usd_per_month == pytest.approx(27.5)


def test_running_what_is_there_has_no_price() -> None:
    there = dataclasses.replace(OWNED, form="existing", capex_usd=0.0)
    pool = dataclasses.replace(POOL, options=(there,))
    assert repriced(pool, {"H100-SXM": 3.0}).options == (there,)
    assert "existing" not in FORMS


def test_hosted_apis_by_form_and_provider() -> None:
    api = ApiOption("a", "together", "m", "chat", 0.01, 1.0, next(iter(catalog().apis.values())).provenance)
    assert repriced_api(api, {"api": 2.0, "together": 1.5, "on_demand": 7.0}).usd_per_request == pytest.approx(0.03)


def test_factors_are_told() -> None:
    problem = question("llama-3.1-8b", rent=RENT).model_copy(update={"prices": {"spot": 2.0}})
    assert list(price_notes(problem)) == ["Prices of spot are 2 times those of the catalogue (prices.spot)."]
    assert "Prices of spot are 2 times those of the catalogue (prices.spot)." in generated(problem, fixed(9, 9)).notes
