"""What has to be done: signed, ordered, retired, sold and rented, one instruction each."""

from __future__ import annotations

from collections import defaultdict

from planner.plan.plan import PurchaseRow, SaleRow
from planner.report import format as f
from planner.report.lookup import FORMS, Lookup


def deeds(look: Lookup) -> list[str]:
    """Everything to sign, order and rent, one instruction a line."""
    signed = sorted(look.plan.purchases, key=lambda row: (row.period, row.pool))
    lines = [*(decision(look, row) for row in signed), *retirements(look)]
    for form, field in (("on_demand", "on_demand_nodes"), ("spot", "spot_nodes")):
        most: dict[str, int] = {}
        for row in look.plan.capacity:
            most[row.pool] = max(most.get(row.pool, 0), getattr(row, field))
        for name, nodes in most.items():
            if nodes:
                pool, price = look.pools[name], look.options[name, form].usd_per_hour
                machine = f"{pool.instance_type} ({pool.provider} {pool.region}, {pool.gpus_per_node} × {pool.gpu})"
                lines.append(
                    f"rent up to {nodes:,} × {machine}, {FORMS[form].lower()}, {f.unit_price(price)} an hour each"
                )
    return lines


def decision(look: Lookup, row: PurchaseRow) -> str:
    """One commitment or purchase as an instruction with its date, and what it binds beyond the horizon."""
    pool, by = look.pools[row.pool], due(look, row.period)
    nodes = f"{row.nodes:,}{f.NBSP}×{f.NBSP}{pool.instance_type}"
    if row.form == "owned":
        return f"order {nodes} by {by}{_arrival(look, row)}"
    if row.form == "capacity_block":
        where, last = f"{pool.provider} {pool.region}", look.periods[row.last_period].label
        window = look.periods[row.first_period].label + (f" to {last}" if row.last_period > row.first_period else "")
        return f"buy a capacity block of {nodes} ({where}) for {window}, {f.money(row.usd)} up front by {by}"
    term = f.plural({"reserved_1y": 1, "reserved_3y": 3}[row.form], "year")
    where = f"({pool.provider} {pool.region})"
    return f"reserve {nodes} {where} for {term} by {by}{_beyond(row)}"


def _beyond(row: PurchaseRow) -> str:
    if row.usd_after_horizon < 0.5:
        return ""
    prepaid = f", {f.money(row.prepaid_usd)} of it paid up front" if row.prepaid_usd >= 0.5 else ""
    return f" (and {f.money(row.usd_after_horizon)} more beyond the horizon{prepaid})"


def retirements(look: Lookup) -> list[str]:
    """Existing systems the plan stops running, and what it sells, from when."""
    kept: dict[str, dict[int, int]] = defaultdict(dict)
    for row in look.plan.kept:
        kept[row.pool][row.period] = row.nodes
    deeds = []
    sold = {(row.pool, row.period): row.nodes for row in look.plan.sales if row.form == "existing"}
    for pool in dict.fromkeys([*kept, *(pool for pool, _ in sold)]):
        nodes = kept[pool]
        before = look.options[pool, "existing"].max_nodes or max(nodes.values())
        for period in look.periods:
            now, gone = nodes.get(period, 0), sold.get((pool, period), 0)
            machine = look.pools[pool].instance_type
            if now + gone < before:
                deeds.append(f"retire {before - now - gone:,}{f.NBSP}×{f.NBSP}{machine} from {due(look, period)}")
            before = now
    return [*deeds, *(_sale(look, row) for row in look.plan.sales)]


def _sale(look: Lookup, row: SaleRow) -> str:
    machine = look.pools[row.pool].instance_type
    return f"sell {row.nodes:,}{f.NBSP}×{f.NBSP}{machine} on {due(look, row.period)} for {f.money(row.usd)}"


def _arrival(look: Lookup, row: PurchaseRow) -> str:
    if row.first_period == row.period:
        return ""
    if row.first_period in look.periods:
        return f", in service from {due(look, row.first_period)}"
    return ", in service after the horizon"


def due(look: Lookup, period: int) -> str:
    """The day a period starts, or its name where the plan has no dates."""
    row = look.periods[period]
    return f.day(row.start) if row.start else f"the start of {row.label}"
