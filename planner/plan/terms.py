"""When a commitment or purchase serves, and what a payment at a date is worth today."""

from __future__ import annotations

import math

from planner.candidates.candidate import PurchaseOption
from planner.plan.case import Case

TERM_FORMS = ("reserved_1y", "reserved_3y", "capacity_block")
"""Purchase forms that are paid for a term, in part or in whole when signed."""


def months_before(case: Case, period: int) -> int:
    """Months from the start of the horizon to the start of a period (one past the last: to its end)."""
    return sum(one.months for one in case.periods[:period])


def end_discount(case: Case) -> float:
    """What one dollar at the end of the horizon is worth at its start."""
    rate = case.problem.horizon.discount_rate_per_year
    return float((1 + rate) ** (-months_before(case, len(case.periods)) / 12))


def first_period(case: Case, option: PurchaseOption, period: int) -> int:
    """Period in which nodes signed or ordered in `period` start to serve; may lie past the horizon."""
    return period + math.ceil(option.lead_months / case.periods[period].months - 1e-9)


def last_period(case: Case, option: PurchaseOption, period: int) -> int:
    """Last period of the horizon in which they serve: owned nodes stay, terms run out."""
    last = len(case.periods) - 1
    if option.form == "owned":
        return last
    ends = months_before(case, period) + option.term_months
    return max(one.index for one in case.periods if months_before(case, one.index) < ends)
