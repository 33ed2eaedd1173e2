"""When a commitment or purchase serves, and what a payment at a date is worth today."""

from __future__ import annotations

import math

from planner.candidates.candidate import PurchaseOption
from planner.demand.types import DemandClass
from planner.plan.case import Case
from planner.plan.fleet import Buy

TERM_FORMS = ("reserved_1y", "reserved_3y", "capacity_block")
"""Purchase forms that are paid for a term, in part or in whole when signed."""


def months_before(case: Case, period: int) -> int:
    """Months from the start of the horizon to the start of a period (one past the last: to its end)."""
    return sum(one.months for one in case.periods[:period])


def end_discount(case: Case) -> float:
    """What one dollar at the end of the horizon is worth at its start."""
    rate = case.problem.horizon.discount_rate_per_year
    return float((1 + rate) ** (-months_before(case, len(case.periods)) / 12))


def rent_usd_per_hour(case: Case, pool: str, form: str, period: int) -> float:
    """What an hour of a node that is rented by the hour costs in a period [USD]."""
    option = case.option(pool, form)
    return option.usd_per_hour * option.price_factor(months_before(case, period))


def api_usd_per_request(case: Case) -> dict[tuple[str, str, int], float]:
    """(hosted API, demand class, period) → what an expected request costs [USD]."""
    return {
        (one.id, one.demand_class, period.index): one.usd_per_request
        * one.price_factor(months_before(case, period.index))
        for one in case.candidates.apis
        for period in case.periods
    }


def signed_option(case: Case, buy: Buy) -> PurchaseOption:
    """An option as it was offered when a commitment or purchase was made."""
    return case.option(buy.pool, buy.form).signed_after(months_before(case, buy.period))


def running_usd(case: Case, option: PurchaseOption, period: int) -> float:
    """What running one owned node costs in a period [USD]."""
    return option.running_usd(months_before(case, period), case.periods[period].months)


def first_period(case: Case, option: PurchaseOption, period: int) -> int:
    """Period in which nodes signed or ordered in `period` start to serve; may lie past the horizon."""
    return period + math.ceil(option.lead_months / case.periods[period].months - 1e-9)


def last_period(case: Case, option: PurchaseOption, period: int) -> int:
    """Last period of the horizon in which they serve: owned nodes stay, but for leases and lives that end."""
    last = len(case.periods) - 1
    if option.form == "owned":
        first = first_period(case, option, period)
        since = months_before(case, first)
        gone = (t for t in range(first, last + 1) if not option.serves_after(months_before(case, t) - since))
        return next(gone, last + 1) - 1
    ends = months_before(case, period) + option.term_months
    return max(one.index for one in case.periods if months_before(case, one.index) < ends)


def expected_share(demand_class: DemandClass, period: int, block: int, week_shares: list[float]) -> float:
    """Requests expected for each request planned: the plan adds a margin and the block's peak hour.

    Batch work moves between blocks, so there the ratio is the whole week's.
    """
    mean, planned = demand_class.mean_requests_per_s[period], demand_class.planned_requests_per_s[period]
    if demand_class.batch_deadline_h is not None:
        return _ratio(float(mean @ week_shares), float(planned @ week_shares))
    return _ratio(float(mean[block]), float(planned[block]))


def _ratio(mean: float, planned: float) -> float:
    return mean / planned if planned > 0 else 0.0
