"""Sheets of money: the bill, what it is worth today, the cash, what is signed and rented, who causes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from planner.plan.statements import RUNNING
from planner.report.commitments import RENTED, starts
from planner.report.given import RATE, discount_rate, live_usd
from planner.report.lookup import FORMS, Lookup, form_of, total_by, where_is
from planner.report.money import TERMS
from planner.report.payments import payments
from planner.report.sheets import Field, Formula, Sheet, Typed, Value, columns, letter, row_sum
from planner.report.statements import PROFIT, budget_caps, spent
from planner.report.timeline import month_name

Row = tuple[Value, ...]
CASH_KINDS = {
    "opex": "Running costs (opex)",
    "capex": "Purchases (capex)",
    "financing": "Loans, drawn (−) and repaid",
}
COST, PAID = "Cost", "USD"
"""Columns of the two ledgers, the bill's parts and the payments, that all other sheets add up."""


def bill(look: Lookup, ledger: Sheet) -> Sheet:
    """Periods by cost term, added up from the ledger."""
    terms = [term for term in TERMS if any(row.term == term for row in look.plan.costs)]
    sums = total_by(look.plan.costs, lambda row: (row.period, row.term), lambda row: row.usd)
    ends = letter(3), letter(2 + max(1, len(terms)))
    rows: list[Row] = []
    for period in look.plan.periods:
        usd = [sums.get((period.index, term), 0.0) for term in terms]
        cells = [
            ledger.where(COST, {"Kind": f"{letter(place)}$1", "Charged to": "$A{row}"}, amount)
            for place, amount in enumerate(usd, start=3)
        ]
        rows.append((period.label, period.start, period.months, *cells, row_sum(*ends, usd)))
    fields = (
        Field("Period"),
        Field("Starts", "date"),
        Field("Months", "count"),
        *columns("usd", *(TERMS[term] for term in terms), "Total", total=True),
    )
    return Sheet("Bill", "Cost by period and kind, undiscounted; one row a period.", fields, tuple(rows))


def present_value(look: Lookup) -> Sheet:
    """The ledger of the bill: every part with the month it counts from, its factor and what it is worth today."""
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
                live_usd(look, part),
                Formula(f"=(1+{RATE})^(-E{{row}}/12)", factor),
                Formula("=F{row}*G{row}", part.npv_usd(rate)),
                PROFIT.get(RUNNING.get(part.term, ""), ""),
            )
        )
    fields = (
        *columns("text", "Kind", "For", "Charged to", "Counts from"),
        Field("Month", "count"),
        Field(COST, "usd", total=True),
        Field("Factor", "factor"),
        Field("Present value", "usd", total=True),
        Field("Line of profit and loss"),
    )
    says = "Each part of the bill discounted from the month it is paid, at the rate on the Summary."
    return Sheet("Present value", says, fields, tuple(rows))


def cash_kinds(look: Lookup) -> list[str]:
    """Opex and capex, and loans where there are any."""
    lent = any(row.kind == "financing" for row in look.plan.cash)
    return [kind for kind in CASH_KINDS if lent or kind != "financing"]


def cash_by_period(look: Lookup, ledger: Sheet) -> Sheet:
    """What is paid when, until then and at present value, and what budgets leave of it."""
    sums = total_by(look.plan.cash, lambda row: (row.period, row.kind), lambda row: row.usd)
    kinds, budgets, begins = cash_kinds(look), budget_caps(look), starts(look)
    paid_at = 3 + len(kinds)
    rows: list[Row] = []
    so_far, rate = 0.0, discount_rate(look)
    for period in look.plan.periods:
        parts = [sums.get((period.index, kind), 0.0) for kind in kinds]
        so_far += sum(parts)
        cells = [
            ledger.where(PAID, {"Book": f'"{kind}"', "Period": "$A{row}"}, usd)
            for kind, usd in zip(kinds, parts, strict=True)
        ]
        month, paid = begins[period.index], letter(paid_at)
        worth = Formula(f"={paid}{{row}}*(1+{RATE})^(-C{{row}}/12)", sum(parts) * (1 + rate) ** (-month / 12))
        until = Formula(f"=SUM({paid}$2:{paid}{{row}})", so_far)
        totals = (row_sum("D", letter(paid_at - 1), parts), until, worth)
        rows.append((period.label, period.start, month, *cells, *totals, *_budgets(look, period.index, kinds)))
    fields = (
        Field("Period"),
        Field("Starts", "date"),
        Field("Month", "count"),
        *columns("usd", *(CASH_KINDS[kind] for kind in kinds), "Paid", total=True),
        Field("Paid so far", "usd"),
        Field("Paid, at present value", "usd", total=True),
        *(Field(head, "usd") for kind in budgets for head in (f"Budget {kind}", f"Left of budget {kind}")),
    )
    return Sheet(
        "Cash by period", "What leaves the account, when it leaves, and what budgets leave.", fields, tuple(rows)
    )


def _budgets(look: Lookup, period: int, kinds: list[str]) -> Iterator[Value]:
    """Each budget of a period, and what is left of it: live."""
    at = 6 + len(kinds)
    for kind, caps in budget_caps(look).items():
        counted = [
            letter(3 + place) for place, one in enumerate(kinds) if kind == one or (kind == "total" and place < 2)
        ]
        less = "".join(f"-{column}{{row}}" for column in counted)
        yield Typed(caps[period], "usd", given=True)
        yield Formula(f"={letter(at)}{{row}}{less}", caps[period] - spent(look, kind, period))
        at += 2


def cash_lines(look: Lookup) -> Sheet:
    """Every payment: the ledger of cash."""
    rows = tuple(
        (row.kind, TERMS.get(row.term, row.term), row.subject, look.periods[row.period].label, live_usd(look, row))
        for row in look.plan.cash
    )
    fields = (*columns("text", "Book", "Kind", "Paid for", "Period"), Field(PAID, "usd", total=True))
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
                where_is(pool),
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
