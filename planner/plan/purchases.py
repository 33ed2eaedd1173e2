"""Commitments and purchases: when they serve, what they charge the horizon, what stays owed after it."""

from __future__ import annotations

from planner.candidates.candidate import PurchaseOption
from planner.plan.case import Case, cost_row
from planner.plan.fleet import Buy
from planner.plan.owning import resale_usd, serving_nodes, serving_periods, sold_again
from planner.plan.plan import CostRow, KeptRow, PurchaseRow
from planner.plan.terms import end_discount, first_period, last_period, months_before, running_usd, signed_option
from planner.units import HOURS_PER_MONTH


def purchase_rows(case: Case) -> list[PurchaseRow]:
    """One row a pool, form and period of signature."""
    return [_row(case, buy, nodes) for buy, nodes in case.fleet.bought.items()]


def kept_rows(case: Case) -> list[KeptRow]:
    """Existing systems kept running, by period."""
    return [KeptRow(pool=keep.pool, period=keep.period, nodes=nodes) for keep, nodes in case.fleet.kept.items()]


def purchase_charges(case: Case, buy: Buy, nodes: int) -> list[CostRow]:
    """What one purchase charges to each period of the horizon."""
    option = signed_option(case, buy)
    return _owned(case, buy, option, nodes) if buy.form == "owned" else _reserved(case, buy, option, nodes)


def value_left_usd(case: Case, buy: Buy) -> float:
    """Book value of one owned node at the end of the horizon [USD]."""
    option = signed_option(case, buy)
    arrival = first_period(case, option, buy.period)
    months = len(case.periods)
    age = months_before(case, months) - months_before(case, arrival) if arrival < months else 0
    return option.book_value_usd(age)


def _row(case: Case, buy: Buy, nodes: int) -> PurchaseRow:
    option = signed_option(case, buy)
    charges = purchase_charges(case, buy, nodes)
    usd = sum(charge.usd for charge in charges)
    whole_term = option.usd_per_hour * HOURS_PER_MONTH * option.term_months * nodes
    unsold = nodes - sum(sold_again(case, buy).values())
    after = -value_left_usd(case, buy) * unsold if buy.form == "owned" else whole_term - usd
    return PurchaseRow.model_validate(
        {
            "pool": buy.pool,
            "form": buy.form,
            "period": buy.period,
            "first_period": first_period(case, option, buy.period),
            "last_period": last_period(case, option, buy.period),
            "nodes": nodes,
            "usd": usd,
            "npv_usd": sum(charge.npv_usd for charge in charges),
            "usd_after_horizon": after,
            "prepaid_usd": option.upfront_share * after,
        }
    )


def _reserved(case: Case, buy: Buy, option: PurchaseOption, nodes: int) -> list[CostRow]:
    signed = case.periods[buy.period].discount
    charges = []
    for index in serving_periods(case, buy):
        period = case.periods[index]
        usd = option.usd_per_hour * period.hours * nodes
        worth = (1 - option.upfront_share) * period.discount + option.upfront_share * signed
        charges.append(cost_row(buy.form, buy.pool, index, usd, usd * worth))
    return charges


def _owned(case: Case, buy: Buy, option: PurchaseOption, nodes: int) -> list[CostRow]:
    sold = sold_again(case, buy)
    capex, left = option.capex_usd * nodes, value_left_usd(case, buy) * (nodes - sum(sold.values()))
    last = len(case.periods) - 1
    running = [
        cost_row("owned_running", buy.pool, index, usd, usd * case.periods[index].discount)
        for index, there in serving_nodes(case, buy, nodes).items()
        for usd in [running_usd(case, option, index) * there]
    ]
    resold = [
        cost_row("owned_resale", buy.pool, index, -usd, -usd * case.periods[index].discount)
        for index, count in sold.items()
        for usd in [resale_usd(case, buy, index) * count]
    ]
    return [
        cost_row("owned_purchase", buy.pool, buy.period, capex, capex * case.periods[buy.period].discount),
        cost_row("owned_value_left", buy.pool, last, -left, -left * end_discount(case)),
        *running,
        *resold,
    ]
