"""What one owned node pays and brings from order to the end, line by line: the bill's terms and the objective's.

The plan's convention holds: money of a period counts when the period starts. `months` are the lengths of the periods,
all alike; a node is ordered in one of them, serves from `arrives` on and no longer in `leaves`: the number of periods
where that is past the horizon. Taxes turn the bill into what must be earned before tax: what is deducted when it is
paid needs no more than itself, all other money spent needs tax / (1 - tax) of itself on top until it is deducted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from planner.candidates.purchase_option import PurchaseOption
from planner.invest.arithmetic import MONTHS_PER_YEAR, Instalment, loan_schedule, rate_per_period


class Flow(NamedTuple):
    """An amount that one node costs in a period; at the end: when the horizon ends."""

    term: str
    period: int
    usd: float
    at_the_end: bool = False


@dataclass(frozen=True)
class Stay:
    """When a node is ordered, serves and is gone: positions of periods that are `months` long; `sold` rather than
    retired."""

    months: Sequence[int]
    ordered: int
    arrives: int
    leaves: int
    sold: bool = False

    @property
    def end(self) -> int:
        """The position past the last period."""
        return len(self.months)

    @property
    def serves(self) -> range:
        """Periods in which it serves."""
        return range(self.arrives, min(self.leaves, self.end))

    def before(self, period: int) -> int:
        """Months from the start of the horizon to the start of a period."""
        return sum(self.months[:period])

    def age(self, period: int) -> int:
        """Months since it arrived when a period starts."""
        return max(0, self.before(period) - self.before(self.arrives))


def ownership(option: PurchaseOption, stay: Stay) -> Iterator[Flow]:
    """Everything one node costs, at the prices of the day it is ordered."""
    yield Flow("owned_purchase", stay.ordered, option.price_usd)
    yield _exit(option, stay)
    for period in stay.serves:
        yield Flow("owned_running", period, option.running_usd(stay.before(period), stay.months[period]))
    yield from _lease(option, stay)
    yield from _loan(option, stay)
    yield from _tax(option, stay)


def _exit(option: PurchaseOption, stay: Stay) -> Flow:
    """What it brings when it is sold or retired, or is still worth when the horizon ends."""
    if stay.leaves < stay.end:
        worth = option.book_value_usd(stay.age(stay.leaves))
        return Flow("owned_resale" if stay.sold else "owned_retired", stay.leaves, -worth)
    return Flow("owned_value_left", stay.end - 1, -option.book_value_usd(stay.age(stay.end)), at_the_end=True)


def _lease(option: PurchaseOption, stay: Stay) -> Iterator[Flow]:
    """Paid at the start of each period from arrival on."""
    if option.lease:
        for period in stay.serves:
            yield Flow("owned_lease", period, option.lease_usd(stay.months[period]))


def _loan(option: PurchaseOption, stay: Stay) -> Iterator[Flow]:
    """Drawn when ordered, repaid at the end of each period; what is owed when the horizon ends is paid off then."""
    drawn, instalments = _borrowed(option, stay)
    if not drawn:
        return
    yield Flow("owned_loan", stay.ordered, -drawn)
    inside = stay.end - 1 - stay.ordered
    for number, one in enumerate(instalments[:inside], start=1):
        yield Flow("owned_loan", stay.ordered + number, one.usd)
    if inside < len(instalments):
        next_one = instalments[inside]
        yield Flow("owned_loan_left", stay.end - 1, next_one.usd + next_one.balance, at_the_end=True)


def _borrowed(option: PurchaseOption, stay: Stay) -> tuple[float, list[Instalment]]:
    if option.loan is None:
        return 0.0, []
    length = stay.months[0]
    drawn = option.loan.share * option.price_usd
    number = round(option.loan.years * MONTHS_PER_YEAR / length)
    return drawn, loan_schedule(drawn, rate_per_period(option.loan.rate_per_year, length), number)


def _tax(option: PurchaseOption, stay: Stay) -> Iterator[Flow]:
    """Tax on what is spent but not deducted then, less the tax that later deductions save."""
    if not option.tax:
        return
    times = option.tax.rate / (1 - option.tax.rate)
    drawn, instalments = _borrowed(option, stay)
    yield Flow("owned_tax", stay.ordered, times * (option.price_usd - drawn))
    left = option.price_usd
    for period in stay.serves:
        deducted = option.tax_value_usd(stay.age(period)) - option.tax_value_usd(stay.age(period + 1))
        left -= deducted
        yield Flow("owned_tax", period, -times * deducted)
    if stay.leaves < stay.end:
        yield Flow("owned_tax", stay.leaves, -times * left)
    else:
        yield Flow("owned_tax_left", stay.end - 1, -times * left, at_the_end=True)
    inside = stay.end - 1 - stay.ordered
    for number, one in enumerate(instalments[:inside], start=1):
        yield Flow("owned_tax", stay.ordered + number, times * one.principal)
    owed = sum(one.principal for one in instalments[inside:])
    if owed:
        yield Flow("owned_tax_left", stay.end - 1, times * owed, at_the_end=True)
