"""Sheets of money: the bill, what it is worth today, the cash, what is signed and rented, who causes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from planner.report.commitments import RENTED
from planner.report.lookup import FORMS, Lookup, form_of, total_by
from planner.report.money import TERMS
from planner.report.payments import discount_rate, payments
from planner.report.sheets import Field, Formula, Sheet, Value, columns, letter, row_sum
from planner.report.timeline import month_name

Row = tuple[Value, ...]
CASH_KINDS = {
    "opex": "Running costs (opex)",
    "capex": "Purchases (capex)",
    "financing": "Loans, drawn (−) and repaid",
}


def bill(look: Lookup) -> Sheet:
    """Periods by cost term."""
    terms = [term for term in TERMS if any(row.term == term for row in look.plan.costs)]
    sums = total_by(look.plan.costs, lambda row: (row.period, row.term), lambda row: row.usd)
    ends = letter(3), letter(2 + max(1, len(terms)))
    rows: list[Row] = []
    for period in look.plan.periods:
        usd = [sums.get((period.index, term), 0.0) for term in terms]
        rows.append((period.label, period.start, period.months, *usd, row_sum(*ends, usd)))
    fields = (
        Field("Period"),
        Field("Starts", "date"),
        Field("Months", "count"),
        *columns("usd", *(TERMS[term] for term in terms), "Total", total=True),
    )
    return Sheet("Bill", "Cost by period and kind, undiscounted; one row a period.", fields, tuple(rows))


def present_value(look: Lookup, rate_name: str) -> Sheet:
    """Every part of the bill with the month it counts from, its factor and what it is worth today."""
    rate = discount_rate(look)
    rows: list[Row] = []
    for part in payments(look):
        factor = (1 + rate) ** (-part.month / 12)
        rows.append(
            (
                TERMS.get(part.term, part.term),
                part.subject,
                look.periods[part.period].label,
                month_name(look, part.month),
                part.month,
                part.usd,
                Formula(f"=(1+{rate_name})^(-E{{row}}/12)", factor),
                Formula("=F{row}*G{row}", part.npv_usd(rate)),
            )
        )
    fields = (
        *columns("text", "Kind", "For", "Charged to", "Counts from"),
        Field("Month", "count"),
        Field("Cost", "usd", total=True),
        Field("Factor", "factor"),
        Field("Present value", "usd", total=True),
    )
    says = "Each part of the bill discounted from the month it is paid, at the rate on the Summary."
    return Sheet("Present value", says, fields, tuple(rows))


def _cash_kinds(look: Lookup) -> list[str]:
    """Opex and capex, and loans where there are any."""
    lent = any(row.kind == "financing" for row in look.plan.cash)
    return [kind for kind in CASH_KINDS if lent or kind != "financing"]


def cash_by_period(look: Lookup) -> Sheet:
    """Running costs and purchases when they are paid, and what has been paid until then."""
    sums = total_by(look.plan.cash, lambda row: (row.period, row.kind), lambda row: row.usd)
    kinds = _cash_kinds(look)
    last, after = "DE"[len(kinds) - 2], "EF"[len(kinds) - 2]
    rows: list[Row] = []
    so_far = 0.0
    for period in look.plan.periods:
        parts = [sums.get((period.index, kind), 0.0) for kind in kinds]
        so_far += sum(parts)
        paid = row_sum("C", last, parts)
        rows.append((period.label, period.start, *parts, paid, Formula(f"=SUM({after}$2:{after}{{row}})", so_far)))
    fields = (
        Field("Period"),
        Field("Starts", "date"),
        *columns("usd", *(CASH_KINDS[kind] for kind in kinds), "Paid", total=True),
        Field("Paid so far", "usd"),
    )
    return Sheet("Cash by period", "What leaves the account, when it leaves.", fields, tuple(rows))


def cash_lines(look: Lookup) -> Sheet:
    """Every payment."""
    rows = tuple(
        (row.kind, TERMS.get(row.term, row.term), row.subject, look.periods[row.period].label, row.usd)
        for row in look.plan.cash
    )
    fields = (*columns("text", "Book", "Kind", "Paid for", "Period"), Field("USD", "usd", total=True))
    return Sheet("Cash lines", "Every payment, one row a kind, subject and period.", fields, rows)


def purchases(look: Lookup) -> Sheet:
    """What is signed and ordered, by when, and what of it lies after the horizon."""
    rows: list[Row] = []
    for row in sorted(look.plan.purchases, key=lambda one: (one.period, one.pool)):
        pool, option = look.pools[row.pool], look.options[row.pool, row.form]
        rows.append(
            (
                FORMS[row.form],
                pool.instance_type,
                "own site" if pool.provider == "own" else f"{pool.provider} {pool.region}",
                look.periods[row.period].start or look.periods[row.period].label,
                _starts(look, row.first_period),
                row.nodes,
                look.gpus(row.pool, row.nodes),
                option.term_months or option.life_months,
                option.upfront_share,
                row.usd,
                row.npv_usd,
                row.usd_after_horizon,
                row.prepaid_usd,
            )
        )
    fields = (
        *columns("text", "Form", "Machine", "Where"),
        *columns("date", "Sign or order by", "Serves from"),
        *columns("count", "Nodes", "GPUs", total=True),
        Field("Months of term or life", "count"),
        Field("Paid up front", "share"),
        *columns("usd", "Cost in the plan", "Present value", "After the horizon", "Of that prepaid", total=True),
    )
    says = "What is signed and ordered; after the horizon: price still to run (negative: value still owned)."
    return Sheet("Purchases", says, fields, tuple(rows))


def _starts(look: Lookup, period: int) -> date | str:
    if period not in look.periods:
        return "after the horizon"
    return look.periods[period].start or look.periods[period].label


def fleet(look: Lookup) -> Sheet:
    """What is rented by the hour and what is kept, pool by pool."""
    fields = (
        *columns("text", "Form", "Provider", "Region", "Machine", "GPU"),
        *columns("count", "GPUs a node", "Nodes at most"),
        Field("Node-hours", "count", total=True),
        *columns("price", "USD a node-hour"),
        Field("Cost in the plan", "usd", total=True),
    )
    rows = (*_rented(look), *_owned(look))
    return Sheet("Fleet", "What is rented by the hour and what was owned before: nodes, hours, price.", fields, rows)


def _rented(look: Lookup) -> Iterator[Row]:
    for form, field in RENTED.items():
        used = [row for row in look.plan.capacity if getattr(row, field)]
        for pool in dict.fromkeys(row.pool for row in used):
            mine = [row for row in used if row.pool == pool]
            node_hours = sum(getattr(row, field) * look.hours(row.period, row.block) for row in mine)
            most = max(getattr(row, field) for row in mine)
            yield _line(look, pool, form, most, node_hours)


def _owned(look: Lookup) -> Iterator[Row]:
    for pool in dict.fromkeys(row.pool for row in look.plan.kept):
        mine = [row for row in look.plan.kept if row.pool == pool]
        node_hours = sum(row.nodes * look.periods[row.period].hours for row in mine)
        yield _line(look, pool, "existing", max(row.nodes for row in mine), node_hours)


def _line(look: Lookup, pool: str, form: str, most: int, node_hours: float) -> Row:
    row = look.pools[pool]
    usd = sum(one.usd for one in look.plan.costs if one.subject == pool and form_of(one.term) == form)
    each = look.options[pool, form].usd_per_hour or None
    named = (FORMS[form], row.provider, row.region, row.instance_type, row.gpu)
    return (*named, row.gpus_per_node, most, node_hours, each, usd)


def workloads(look: Lookup) -> Sheet:
    """The bill shared out over workloads and periods."""
    rows: list[Row] = []
    for row in look.plan.workload_costs:
        each = Formula("=C{row}/D{row}", row.usd / row.million_tokens) if row.million_tokens else None
        rows.append((row.workload, look.periods[row.period].label, row.usd, row.million_tokens, each))
    fields = (
        *columns("text", "Workload", "Period"),
        Field("USD", "usd", total=True),
        Field("Million tokens expected", "figure", total=True),
        Field("USD a million tokens", "price"),
    )
    says = "The bill shared out by the GPU-hours each workload's replicas hold: for charging it on."
    return Sheet("Workloads", says, fields, tuple(rows))
