"""What finance computes by hand: present value, rate of return, payback, annuities, loans and depreciation.

Pure functions of figures. The plan's convention holds throughout: money of a period counts when the period starts, the
value that is left counts when the horizon ends. Costs and outlays are negative where flows have signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np

MONTHS_PER_YEAR = 12
_RATES = np.expm1(np.linspace(np.log(0.01), np.log(1001.0), 8001))  # -99 % to 100,000 % a year
_HALVINGS = 60


class Instalment(NamedTuple):
    """What a loan takes at the end of one of its periods, and what is owed after it [USD]."""

    interest: float
    principal: float
    balance: float

    @property
    def usd(self) -> float:
        """What is paid."""
        return self.interest + self.principal


def start_times(months: Sequence[float]) -> list[float]:
    """When each period starts, and last when the last one ends [years]: one more than there are periods."""
    return [before / MONTHS_PER_YEAR for before in accumulate(months, initial=0)]


def npv(rate_per_year: float, flows: Sequence[float], times: Sequence[float]) -> float:
    """Present value of flows at times in years: the sum of flow / (1 + rate)^time [USD]."""
    return sum(flow / float((1 + rate_per_year) ** time) for flow, time in zip(flows, times, strict=True))


def irr_per_year(flows: Sequence[float], times: Sequence[float]) -> float | None:
    """Rate a year at which the flows are worth nothing; None where there is none from -99 % to 100,000 %.

    Where several rates are, it is the one nearest to 0, as spreadsheets and numpy-financial give it; `rates_of_return`
    lists them all.
    """
    return min(rates_of_return(flows, times), key=abs, default=None)


def rates_of_return(flows: Sequence[float], times: Sequence[float]) -> list[float]:
    """Every rate a year at which the flows are worth nothing, the least first: at most one a change of their sign."""
    worth = np.asarray(flows, float) @ (1 + _RATES) ** (-np.asarray(times, float)[:, None])
    gains = worth > 0
    return [_between(flows, times, int(at)) for at in np.flatnonzero(gains[1:] != gains[:-1])]


def _between(flows: Sequence[float], times: Sequence[float], at: int) -> float:
    low, high = float(_RATES[at]), float(_RATES[at + 1])
    rising = npv(low, flows, times) <= 0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (npv(middle, flows, times) <= 0) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def payback_months(flows: Sequence[float], months: Sequence[float]) -> float | None:
    """Months until the flows of the periods first add up to nothing or more; None where they never do.

    A period's flow comes in evenly over it, so the answer lies inside a period; 0 where nothing is ever owed.
    """
    sums = list(accumulate(flows))
    owed = next((index for index, total in enumerate(sums) if total < 0), None)
    if owed is None:
        return 0.0
    for index in range(owed + 1, len(sums)):
        if sums[index] >= 0:
            return sum(months[:index]) + months[index] * -sums[index - 1] / flows[index]
    return None


def discounted_payback_months(rate_per_year: float, flows: Sequence[float], months: Sequence[float]) -> float | None:
    """The same for flows at today's value, each discounted from the start of its period."""
    worth = [npv(rate_per_year, [flow], [time]) for flow, time in zip(flows, start_times(months), strict=False)]
    return payback_months(worth, months)


def rate_per_period(rate_per_year: float, months: float) -> float:
    """The rate of a period that compounds to the yearly one."""
    return float((1 + rate_per_year) ** (months / MONTHS_PER_YEAR) - 1)


def annuity_usd(principal: float, rate: float, periods: int) -> float:
    """Equal payment at the end of each period that repays a principal at a rate a period: P r / (1 - (1 + r)^-n)."""
    if rate == 0:
        return principal / periods
    return principal * rate / (1 - float((1 + rate) ** -periods))


def loan_schedule(principal: float, rate: float, periods: int) -> list[Instalment]:
    """Equal payments at the end of each period: their interest, the principal they repay, and what is still owed."""
    payment, owed, found = annuity_usd(principal, rate, periods), principal, []
    for _ in range(periods):
        interest = owed * rate
        owed -= payment - interest
        found.append(Instalment(interest, payment - interest, owed))
    return found


def equivalent_usd(present_usd: float, rate: float, periods: int) -> float:
    """Equal cost at the start of each period that is worth the same today: an annuity paid in advance."""
    return annuity_usd(present_usd, rate, periods) / (1 + rate)


def straight_line(basis: float, residual: float, years: float) -> list[float]:
    """Depreciation by year: the same every year, a part of a year at the end in proportion [USD]."""
    return _by_year([max(residual, basis - (basis - residual) * age / years) for age in _ages(years)], basis)


def declining_balance(basis: float, residual: float, rate_per_year: float, years: float) -> list[float]:
    """Depreciation by year: a share of what is left, never below the residual, the rest in the last year [USD]."""
    ages = _ages(years)
    values = [max(residual, basis * float((1 - rate_per_year) ** age)) for age in ages[:-1]]
    return _by_year([*values, residual], basis)


def macrs(basis: float, shares: Sequence[float]) -> list[float]:
    """Depreciation by tax year after a published table of shares: no residual, the first year a half one [USD]."""
    return [basis * share for share in shares]


def _ages(years: float) -> list[float]:
    """Ages at the end of each year of a life."""
    whole = [float(age) for age in range(1, int(years) + 1)]
    return whole if years == int(years) else [*whole, years]


def _by_year(values: Sequence[float], basis: float) -> list[float]:
    return [before - after for before, after in zip([basis, *values], values, strict=False)]
