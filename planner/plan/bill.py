"""The bill and the cash flow, added up from the whole numbers of the plan (never from the objective)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from planner.plan.case import Case, cost_row
from planner.plan.charges import charges
from planner.plan.fleet import Slot
from planner.plan.plan import CashRow, CostRow
from planner.plan.purchases import added_up, purchase_charges
from planner.plan.terms import (
    TERM_FORMS,
    api_usd_per_request,
    expected_share,
    rent_usd_per_hour,
    running_usd,
    signed_option,
)
from planner.units import HOURS_PER_MONTH, SECONDS_PER_HOUR

CAPEX = {"owned_purchase", "owned_resale", "owned_retired", "existing_resale"}
FINANCING = {"owned_loan"}
NO_CASH = {
    "owned_value_left",
    "owned_loan_left",
    "owned_tax",
    "owned_tax_left",
    "existing_value_left",
    "existing_value_at_start",
    *TERM_FORMS,
}
"""Not paid in its period as the bill has it: values left, taxes, and terms, whose payments are counted on their own."""


def cost_rows(case: Case) -> list[CostRow]:
    """Every cost, one row a term, subject and period."""
    rented = [*_rented(case, "on_demand", case.fleet.on_demand), *_rented(case, "spot", case.fleet.spot)]
    bought = [row for buy, nodes in case.fleet.bought.items() for row in purchase_charges(case, buy, nodes)]
    others = [cost_row(one.term, one.subject, one.period, one.usd, one.npv_usd(case)) for one in charges(case)]
    return added_up([*rented, *bought, *_kept(case), *_api(case), *others])


def cash_rows(case: Case) -> list[CashRow]:
    """Every payment in the period in which it is made; the value left of owned systems is not cash, nor are taxes.

    What a resale brings is a purchase in reverse; what a loan brings and takes is neither opex nor capex.
    """
    paid: dict[tuple[str, str, str, int], float] = defaultdict(float)
    for row in cost_rows(case):
        if row.term in CAPEX:
            paid["capex", row.subject, row.term, row.period] += row.usd
        elif row.term in FINANCING:
            paid["financing", row.subject, row.term, row.period] += row.usd
        elif row.term not in NO_CASH:
            paid["opex", row.subject, row.term, row.period] += row.usd
    for pool, form, period, usd in _reserved_payments(case):
        paid["opex", pool, form, period] += usd
    return [
        CashRow.model_validate({"kind": kind, "subject": subject, "term": term, "period": period, "usd": usd})
        for (kind, subject, term, period), usd in sorted(paid.items())
    ]


def _rented(case: Case, form: str, nodes: dict[Slot, int]) -> Iterable[CostRow]:
    for slot, count in nodes.items():
        usd = rent_usd_per_hour(case, slot.pool, form, slot.period) * case.hours(slot.period, slot.block) * count
        yield _cost(case, form, slot.pool, slot.period, usd)


def _kept(case: Case) -> Iterable[CostRow]:
    for keep, count in case.fleet.kept.items():
        usd = running_usd(case, case.option(keep.pool, "existing"), keep.period) * count
        yield _cost(case, "existing_running", keep.pool, keep.period, usd)


def _api(case: Case) -> Iterable[CostRow]:
    price = api_usd_per_request(case)
    weeks = [block.week_share for block in case.blocks]
    for route, rate in case.fleet.api.items():
        share = expected_share(case.classes[route.demand_class], route.period, route.block, weeks)
        requests = rate * share * SECONDS_PER_HOUR * case.hours(route.period, route.block)
        usd = price[route.api, route.demand_class, route.period] * requests
        yield _cost(case, "api", route.api, route.period, usd)


def _reserved_payments(case: Case) -> Iterable[tuple[str, str, int, float]]:
    """(pool, form, period, USD): the upfront share of the whole term when signed, the rest as it runs."""
    for buy, nodes in case.fleet.bought.items():
        option = signed_option(case, buy)
        if buy.form == "owned":
            continue
        if option.upfront_share:
            term = option.usd_per_hour * HOURS_PER_MONTH * option.term_months * nodes
            yield buy.pool, buy.form, buy.period, option.upfront_share * term
        for charge in purchase_charges(case, buy, nodes):
            if option.upfront_share < 1:
                yield buy.pool, buy.form, charge.period, (1 - option.upfront_share) * charge.usd


def _cost(case: Case, term: str, subject: str, period: int, usd: float) -> CostRow:
    return cost_row(term, subject, period, usd, usd * case.periods[period].discount)
