"""The bill as payments with the month each one counts from, so that it can be discounted at any rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.plan.plan import CostRow
from planner.plan.rows.money import AT_THE_END
from planner.report.commitments import starts
from planner.report.lookup import Lookup

_MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class Payment:
    """A part of the bill; its present value is usd × (1 + rate a year) ^ (−month / 12)."""

    term: str
    subject: str
    period: int
    usd: float
    month: int
    """Months from the start of the plan."""

    def npv_usd(self, rate_per_year: float) -> float:
        """At another rate."""
        return self.usd * float((1 + rate_per_year) ** (-self.month / _MONTHS_PER_YEAR))


def payments(look: Lookup) -> list[Payment]:
    """All of the bill: periods at their start, values left at the end, prepaid shares when signed."""
    return [part for row in look.plan.costs for part in _parts(look, row)]


def _parts(look: Lookup, row: CostRow) -> Iterator[Payment]:
    begins = starts(look)
    if row.term in AT_THE_END:
        yield Payment(row.term, row.subject, row.period, row.usd, begins[len(look.plan.periods)])
        return
    later = row.usd
    for signed, share in sorted(_prepaid(look, row).items()):
        later -= share * row.usd
        yield Payment(row.term, row.subject, row.period, share * row.usd, begins[signed])
    if later or not row.usd:
        yield Payment(row.term, row.subject, row.period, later, begins[row.period])


def _prepaid(look: Lookup, row: CostRow) -> dict[int, float]:
    """Period of signature → share of a commitment's cost in a period that was paid then."""
    option = look.options.get((row.subject, row.term))
    if option is None or not option.upfront_share:
        return {}
    active = [
        one
        for one in look.plan.purchases
        if (one.pool, one.form) == (row.subject, row.term) and one.first_period <= row.period <= one.last_period
    ]
    nodes = sum(one.nodes for one in active)
    found: dict[int, float] = {}
    for one in active:
        found[one.period] = found.get(one.period, 0.0) + option.upfront_share * one.nodes / nodes
    return found
