"""Commitments and purchases: when they serve, what they charge the horizon, what stays owed after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from planner.candidates.candidate import PurchaseOption
from planner.candidates.ownership import Flow, Stay, ownership
from planner.plan.case import Case, cost_row
from planner.plan.fleet import Buy
from planner.plan.owning import serving_periods, sold_again
from planner.plan.plan import CostRow, KeptRow, PurchaseRow
from planner.plan.terms import end_discount, first_period, last_period, signed_option
from planner.units import HOURS_PER_MONTH


def purchase_rows(case: Case) -> list[PurchaseRow]:
    """One row a pool, form and period of signature."""
    return [_row(case, buy, nodes) for buy, nodes in case.fleet.bought.items()]


def kept_rows(case: Case) -> list[KeptRow]:
    """Existing systems kept running, by period."""
    return [KeptRow(pool=keep.pool, period=keep.period, nodes=nodes) for keep, nodes in case.fleet.kept.items()]


def purchase_charges(case: Case, buy: Buy, nodes: int) -> list[CostRow]:
    """What one purchase charges to each period of the horizon."""
    return _owned(case, buy, nodes) if buy.form == "owned" else _reserved(case, buy, signed_option(case, buy), nodes)


def ownership_flows(case: Case, buy: Buy, sold: int | None = None) -> list[Flow]:
    """What one owned node of a purchase costs and brings; sold when a period starts, or never."""
    option = signed_option(case, buy)
    months = [period.months for period in case.periods]
    arrives, leaves = first_period(case, option, buy.period), last_period(case, option, buy.period) + 1
    stay = Stay(months, buy.period, min(arrives, len(months)), leaves if sold is None else sold, sold is not None)
    return list(ownership(option, stay))


def _row(case: Case, buy: Buy, nodes: int) -> PurchaseRow:
    option = signed_option(case, buy)
    charges = purchase_charges(case, buy, nodes)
    usd = sum(charge.usd for charge in charges)
    whole_term = option.usd_per_hour * HOURS_PER_MONTH * option.term_months * nodes
    after = _owned_after(case, buy, option, charges, nodes) if buy.form == "owned" else whole_term - usd
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


def _owned_after(case: Case, buy: Buy, option: PurchaseOption, charges: list[CostRow], nodes: int) -> float:
    """What of a lease falls due after the horizon, less what is left of the systems' value then."""
    left = sum(charge.usd for charge in charges if charge.term == "owned_value_left")
    if option.lease is None:
        return left
    length = case.periods[0].months
    inside = max(0, last_period(case, option, buy.period) + 1 - first_period(case, option, buy.period))
    return left + nodes * option.lease_usd(length) * (option.lease_periods(length) - inside)


def _reserved(case: Case, buy: Buy, option: PurchaseOption, nodes: int) -> list[CostRow]:
    signed = case.periods[buy.period].discount
    charges = []
    for index in serving_periods(case, buy):
        period = case.periods[index]
        usd = option.usd_per_hour * period.hours * nodes
        worth = (1 - option.upfront_share) * period.discount + option.upfront_share * signed
        charges.append(cost_row(buy.form, buy.pool, index, usd, usd * worth))
    return charges


def _owned(case: Case, buy: Buy, nodes: int) -> list[CostRow]:
    """Nodes that are sold again when they are, and the others."""
    sold = sold_again(case, buy)
    fates: list[tuple[int | None, int]] = [*sold.items(), (None, nodes - sum(sold.values()))]
    rows = [
        cost_row(flow.term, buy.pool, flow.period, flow.usd * count, flow.usd * count * _worth(case, flow))
        for when, count in fates
        for flow in ownership_flows(case, buy, when)
        if count
    ]
    return added_up(rows)


def _worth(case: Case, flow: Flow) -> float:
    return end_discount(case) if flow.at_the_end else case.periods[flow.period].discount


def added_up(rows: Iterable[CostRow]) -> list[CostRow]:
    """One row a term, subject and period."""
    usd: dict[tuple[str, str, int], float] = defaultdict(float)
    npv: dict[tuple[str, str, int], float] = defaultdict(float)
    for row in rows:
        usd[row.term, row.subject, row.period] += row.usd
        npv[row.term, row.subject, row.period] += row.npv_usd
    return [
        cost_row(term, subject, period, usd[term, subject, period], worth)
        for (term, subject, period), worth in sorted(npv.items())
    ]
