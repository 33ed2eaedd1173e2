"""Finance by hand, to the cent: closed forms, published tables, and the figures numpy-financial gives."""

from datetime import date

import numpy_financial as npf
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.catalog.load import load_catalog
from planner.invest.arithmetic import (
    annuity_usd,
    declining_balance,
    discounted_payback_months,
    equivalent_usd,
    irr_per_year,
    loan_schedule,
    macrs,
    npv,
    payback_months,
    rate_per_period,
    rates_of_return,
    start_times,
    straight_line,
)

CENT = 0.005
usd = st.floats(1.0, 1e6)
rates = st.floats(0.001, 0.9)


def test_present_value_by_hand() -> None:
    # 1,000 now, 400 after each of three years, at 10 %: 1000 - 400 (1/1.1 + 1/1.21 + 1/1.331) = 5.26 short
    assert npv(0.1, [-1000, 400, 400, 400], [0, 1, 2, 3]) == pytest.approx(-5.26, abs=CENT)
    assert npv(0.21, [100.0], [0.5]) == pytest.approx(100 / 1.1, abs=CENT)
    assert npv(0.0, [-1.5, 2.0], [0, 40]) == 0.5


@given(rates, st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_present_value_as_numpy_financial(rate: float, flows: list[float]) -> None:
    assert npv(rate, flows, range(len(flows))) == pytest.approx(npf.npv(rate, flows), rel=1e-9, abs=CENT)


def test_periods_start_where_the_last_one_ended() -> None:
    assert start_times([3, 3, 12]) == [0.0, 0.25, 0.5, 1.5]


def test_rate_of_return_by_hand() -> None:
    assert irr_per_year([-100, 121], [0, 2]) == pytest.approx(0.1)
    assert irr_per_year([-100, 110], [0, 0.5]) == pytest.approx(0.21)  # 10 % in half a year
    assert irr_per_year([-100, 100], [0, 3]) == pytest.approx(0.0, abs=1e-9)
    assert irr_per_year([-100, 40], [0, 1]) == pytest.approx(-0.6)


@pytest.mark.parametrize("flows", [[-100, -5, 0], [3, 4, 5], [0, 0, 0]])
def test_flows_of_one_sign_have_no_rate_of_return(flows: list[float]) -> None:
    assert irr_per_year(flows, [0, 1, 2]) is None


def test_of_several_rates_the_nearest_to_nothing() -> None:
    flows = [-100, 230, -132]  # nothing at 10 % and at 20 %
    assert rates_of_return(flows, [0, 1, 2]) == [pytest.approx(0.1), pytest.approx(0.2)]
    assert irr_per_year(flows, [0, 1, 2]) == pytest.approx(0.1)
    assert npf.irr(flows) == pytest.approx(0.1)
    assert irr_per_year([-1, 3, -2.5], [0, 1, 2]) is None  # its sign changes twice, but it never gains


@given(usd, st.lists(usd, min_size=1, max_size=20))
def test_rate_of_return_as_numpy_financial(price: float, savings: list[float]) -> None:
    found, theirs = irr_per_year([-price, *savings], range(len(savings) + 1)), npf.irr([-price, *savings])
    assume(-0.98 < theirs < 900)
    assert found == pytest.approx(theirs, rel=1e-6, abs=1e-7)


@given(usd, st.lists(usd, min_size=1, max_size=20))
def test_at_the_rate_of_return_nothing_is_gained(price: float, savings: list[float]) -> None:
    flows, times = [-price, *savings], [0.25 * at for at in range(len(savings) + 1)]
    found = irr_per_year(flows, times)
    assume(found is not None and -0.9 < found < 100)
    assert found is not None
    assert npv(found, flows, times) == pytest.approx(0, abs=1e-6 * (price + sum(savings)) / (1 + min(found, 0)) ** 5)


def test_payback_by_hand() -> None:
    # 100 - 30 in the first year leave 70, then 40 a year: 1 year and 30/40 of the third
    assert payback_months([-70, 40, 40, 40], [12] * 4) == pytest.approx(12 + 12 + 12 * 30 / 40)
    assert payback_months([-110, *[10] * 30], [1] * 31) == 12.0  # 120 paid, 10 saved a month from the first on
    assert payback_months([-10, 5], [3, 3]) is None
    assert payback_months([0, 5], [3, 3]) == 0.0
    assert payback_months([-10, 10, -20, 30], [1] * 4) == 2.0  # the first time


def test_discounted_payback_by_hand() -> None:
    # at 10 %: -70 + 36.36 + 33.06 = -0.58, and the fourth year brings 30.05
    assert discounted_payback_months(0.1, [-70, 40, 40, 40], [12] * 4) == pytest.approx(
        36 + 12 * 0.5785 / 30.0526, abs=0.01
    )
    assert discounted_payback_months(0.0, [-70, 40, 40, 40], [12] * 4) == payback_months([-70, 40, 40, 40], [12] * 4)
    assert discounted_payback_months(0.5, [-70, 40, 40, 40], [12] * 4) is None


@given(st.floats(0, 0.5), usd, st.lists(usd, min_size=1, max_size=12))
def test_at_a_price_of_time_payback_is_never_sooner(rate: float, price: float, savings: list[float]) -> None:
    flows, months = [-price, *savings], [3.0] * (len(savings) + 1)
    plain, later = payback_months(flows, months), discounted_payback_months(rate, flows, months)
    assert later is None or (plain is not None and plain <= later + 1e-6)


def test_annuity_by_hand() -> None:
    # 100,000 over 5 years at 8 %: 100,000 x 0.08 / (1 - 1.08^-5)
    assert annuity_usd(100_000, 0.08, 5) == pytest.approx(25_045.65, abs=CENT)
    assert annuity_usd(1200, 0.0, 12) == 100.0
    assert equivalent_usd(100_000, 0.08, 5) == pytest.approx(25_045.65 / 1.08, abs=CENT)
    assert rate_per_period(0.21, 6) == pytest.approx(0.1)


@given(usd, rates, st.integers(1, 120))
def test_annuity_and_loan_as_numpy_financial(principal: float, rate: float, periods: int) -> None:
    rate /= 12
    assert annuity_usd(principal, rate, periods) == pytest.approx(-npf.pmt(rate, periods, principal))
    schedule = loan_schedule(principal, rate, periods)
    numbers = list(range(1, periods + 1))
    assert [one.interest for one in schedule] == pytest.approx(-npf.ipmt(rate, numbers, periods, principal), abs=CENT)
    assert [one.principal for one in schedule] == pytest.approx(-npf.ppmt(rate, numbers, periods, principal), abs=CENT)
    assert schedule[-1].balance == pytest.approx(0, abs=CENT)


@given(usd, rates, st.integers(1, 30))
@settings(max_examples=50)
def test_what_a_loan_takes_is_worth_what_it_brings(principal: float, rate: float, years: int) -> None:
    paid = [one.usd for one in loan_schedule(principal, rate, years)]
    assert npv(rate, paid, range(1, years + 1)) == pytest.approx(principal)
    equal = equivalent_usd(principal, rate, years)
    assert npv(rate, [equal] * years, range(years)) == pytest.approx(principal)


def test_straight_line_by_hand() -> None:
    assert straight_line(24_000, 2_400, 5) == pytest.approx([4_320] * 5)
    assert straight_line(1000, 0, 2.5) == pytest.approx([400, 400, 200])


def test_declining_balance_by_hand() -> None:
    # 20 % of what is left: 200, 160, 128; what is over the residual goes in the last year
    assert declining_balance(1000, 100, 0.2, 4) == pytest.approx([200, 160, 128, 412])
    assert declining_balance(1000, 600, 0.3, 3) == pytest.approx([300, 100, 0])


@pytest.mark.parametrize(("name", "years"), [("macrs-3", 3), ("macrs-5", 5), ("macrs-7", 7)])
def test_published_shares_are_the_declining_balance_of_the_law(name: str, years: int) -> None:
    """200 % declining balance, half a year at either end, the straight line of the rest once that is more."""
    shares, left = load_catalog(as_of=date(2026, 12, 1)).depreciation[name].shares, 1.0
    assert len(shares) == years + 1
    for year, share in enumerate(shares):
        straight = left / (years + 0.5 - year) if year else 0.0
        expected = left if year == years else max(left * 2 / years, straight) * (1 if year else 0.5)
        assert share == pytest.approx(expected, abs=1.01e-4)
        left -= expected


def test_macrs_takes_its_shares_of_the_basis() -> None:
    assert macrs(10_000, (0.2, 0.32, 0.192, 0.1152, 0.1152, 0.0576)) == pytest.approx(
        [2000, 3200, 1920, 1152, 1152, 576]
    )


@given(usd, st.floats(0, 0.9), st.floats(0.05, 0.9), st.floats(0.5, 20))
def test_schedules_take_the_price_down_to_the_residual(price: float, share: float, rate: float, years: float) -> None:
    for schedule in (straight_line(price, share * price, years), declining_balance(price, share * price, rate, years)):
        assert sum(schedule) == pytest.approx(price * (1 - share))
        assert min(schedule) >= -1e-9
