"""The bill of an owned node before tax against its cash after tax, and what that says of buying against renting."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.candidates.ownership import Flow, Stay, ownership
from planner.candidates.purchase_option import Lease, Loan, PurchaseOption, Tax
from planner.invest.arithmetic import declining_balance, irr_per_year, loan_schedule, npv, straight_line

YEAR = [12] * 6
rates = st.floats(0.0, 0.3)


def box(**more: object) -> PurchaseOption:
    """100,000 USD, worth 20 % after five years, 12,000 USD a year to run."""
    money = {"capex_usd": 100_000.0, "fixed_usd_per_month": 1_000.0, "life_months": 60.0, "residual_share": 0.2}
    return PurchaseOption("owned", 0.0, **{**money, **more})


def worth(flows: list[Flow], rate: float, months: list[int], *terms: str) -> float:
    """Present value of all flows, or of some terms."""
    times = [(sum(months) if flow.at_the_end else sum(months[: flow.period])) / 12 for flow in flows]
    usd = [flow.usd if not terms or flow.term in terms else 0.0 for flow in flows]
    return npv(rate, usd, times)


def schedules(years: int) -> dict[str, tuple[float, ...]]:
    return {
        "straight line": tuple(straight_line(1.0, 0.0, years)),
        "declining": tuple(declining_balance(1.0, 0.0, 0.35, years)),
        "macrs": (0.2, 0.32, 0.192, 0.1152, 0.1152, 0.0576),
    }


def after_tax(option: PurchaseOption, stay: Stay, rate: float) -> float:
    """Present value of what leaves the account after tax, year by year: a spreadsheet in a dozen lines."""
    assert option.tax
    tax, left, owed, total = option.tax.rate, option.capex_usd, 0.0, 0.0
    repaid = []
    if option.loan:
        owed = option.loan.share * option.capex_usd
        repaid = loan_schedule(owed, option.loan.rate_per_year, round(option.loan.years))
    for year in range(stay.end + 1):
        paid = option.capex_usd - owed if year == stay.ordered else 0.0
        deducted = 0.0
        if stay.arrives <= year < min(stay.leaves, stay.end):
            paid += option.running_usd(12 * year, 12)
            deducted += option.running_usd(12 * year, 12)
            age = year - stay.arrives
            share = option.tax.shares[age] if age < len(option.tax.shares) else 0.0
            deducted += share * option.capex_usd
            left -= share * option.capex_usd
        if year == min(stay.leaves, stay.end):
            price = option.book_value_usd(12 * max(0, year - stay.arrives))
            paid -= price
            deducted -= price - left
        since = year - stay.ordered
        if repaid and 1 <= since <= len(repaid) and (year < stay.end or since == stay.end - stay.ordered):
            paid += repaid[since - 1].usd
            deducted += repaid[since - 1].interest
            if year == stay.end:
                paid += repaid[since - 1].balance
        total += (paid - tax * deducted) / (1 + rate) ** year
    return total


@given(
    rates,
    st.floats(0.01, 0.5),
    st.sampled_from(sorted(schedules(5))),
    st.sampled_from([None, Loan(0.6, 0.09, 3.0), Loan(1.0, 0.05, 8.0)]),
    st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(2, 9)),
)
def test_the_bill_before_tax_is_the_cash_after_tax_grossed_up(
    rate: float, tax: float, way: str, loan: Loan | None, when: tuple[int, int, int]
) -> None:
    ordered, wait, years = when
    arrives = min(ordered + wait, 6)
    stay = Stay(YEAR, ordered, arrives, min(arrives + years, 6), sold=arrives + years < 6)
    option = box(tax=Tax(tax, schedules(5)[way]), loan=loan)
    bill = worth(list(ownership(option, stay)), rate, YEAR)
    assert bill * (1 - tax) == pytest.approx(after_tax(option, stay, rate), rel=1e-9, abs=1e-6)


def test_the_cheaper_bill_is_the_cheaper_after_tax() -> None:
    """Rent is deducted as it is paid, so that after tax it costs 1 - tax of itself: so does the bill of a purchase."""
    draw, flipped = random.Random(1), 0
    for _ in range(200):
        rate, tax = draw.uniform(0.02, 0.2), draw.uniform(0.1, 0.5)
        option = box(tax=Tax(tax, schedules(5)[draw.choice(sorted(schedules(5)))]))
        stay = Stay(YEAR, 0, 0, 6)
        rent = npv(rate, [draw.uniform(25_000, 40_000)] * 6, range(6))
        bill = worth(list(ownership(option, stay)), rate, YEAR)
        assert (bill < rent) == (after_tax(option, stay, rate) < rent * (1 - tax))
        flipped += (bill < rent) != (worth(list(ownership(replace(option, tax=None), stay)), rate, YEAR) < rent)
    assert flipped  # or else tax would have said nothing


def test_without_a_price_of_time_tax_changes_nothing() -> None:
    for way in schedules(5).values():
        flows = list(ownership(box(tax=Tax(0.3, way)), Stay(YEAR, 1, 2, 6)))
        assert worth(flows, 0.0, YEAR, "owned_tax", "owned_tax_left") == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("months", [1, 3, 12])
def test_deductions_of_a_year_are_spread_over_its_periods(months: int) -> None:
    periods = [months] * (24 // months)
    flows = list(ownership(box(tax=Tax(0.5, (0.5, 0.3, 0.2))), Stay(periods, 0, 0, len(periods))))
    saved = [-flow.usd for flow in flows if flow.term == "owned_tax" and flow.usd < 0]
    per_year = 12 // months
    assert saved == pytest.approx([50_000 / per_year] * per_year + [30_000 / per_year] * per_year)


@given(rates, st.integers(1, 10), st.floats(0.1, 1.0), st.sampled_from([1, 3, 12]))
def test_a_loan_at_the_discount_rate_is_cash(rate: float, years: int, share: float, months: int) -> None:
    periods = [months] * (36 // months)
    stay = Stay(periods, 0, 0, len(periods))
    lent = list(ownership(box(loan=Loan(share, rate, float(years))), stay))
    assert worth(lent, rate, periods, "owned_loan", "owned_loan_left") == pytest.approx(0, abs=1e-4)


@given(rates, st.integers(1, 5), st.floats(0, 0.5), st.sampled_from([1, 3, 12]))
def test_a_lease_is_worth_the_price_less_what_comes_back(rate: float, years: int, left: float, months: int) -> None:
    periods = [months] * (60 // months)
    stay = Stay(periods, 0, 0, 12 * years // months)
    flows = list(ownership(box(lease=Lease(rate, float(years), left)), stay))
    expected = 100_000 * (1 - left / (1 + rate) ** years)
    assert worth(flows, rate, periods, "owned_lease") == pytest.approx(expected)
    assert worth(flows, rate, periods, "owned_purchase", "owned_value_left", "owned_retired") == 0


def test_the_return_of_buying_over_renting_by_hand() -> None:
    # 100,000 and 12,000 a year against a rent of 40,000 a year; worth 52,000 after three years
    flows = list(ownership(box(), Stay([12] * 3, 0, 0, 3)))
    saved = [-100_000 + 28_000, 28_000, 28_000, 52_000]
    times = [0.0, 1.0, 2.0, 3.0]
    by_year = [0.0] * 4
    for flow in flows:
        by_year[3 if flow.at_the_end else flow.period] -= flow.usd
    assert [usd + (40_000 if year < 3 else 0) for year, usd in enumerate(by_year)] == pytest.approx(saved)
    rate = irr_per_year(saved, times)
    assert rate is not None and npv(rate, saved, times) == pytest.approx(0, abs=1e-6)
    assert rate == pytest.approx(0.2069, abs=1e-4)
