"""The workbook for finance: which sheets it has, in the order they are read, and the summary in front."""

from __future__ import annotations

from planner.report import format as f
from planner.report.answer import answer
from planner.report.finance_charged import energy_use, models, teams, workloads
from planner.report.finance_evidence import assumptions, energy, limits, made, options, scenarios, sources, unserved
from planner.report.finance_money import bill, cash_by_period, cash_lines, fleet, present_value, purchases
from planner.report.finance_statements import balance, cash_to_bill, profit_and_loss
from planner.report.finance_why import break_even, sensitivity
from planner.report.given import TAX, TAXED, given, tax_rate
from planner.report.lookup import Lookup
from planner.report.sheets import Field, Formula, Sheet, Typed, Value
from planner.report.workbook import workbook


def finance_workbook(look: Lookup) -> bytes:
    """plan.xlsx, the same bytes for the same plan."""
    tables, changeable = _tables(look), given(look)
    front = _summary(look, tables)
    place = {row[0]: at for at, row in enumerate(front.rows, start=2)}
    names = {one.name: f"Summary!$B${place[one.label]}" for one in changeable}
    return workbook([front, *tables], names, str(look.problem("title")), look.plan.made.as_of)


def _tables(look: Lookup) -> list[Sheet]:
    worth, paid, shared = present_value(look), cash_lines(look), workloads(look)
    cash, profit = cash_by_period(look, paid), profit_and_loss(look, worth)
    found = [
        bill(look, worth),
        profit,
        cash,
        balance(look, profit, cash),
        cash_to_bill(look, worth, cash),
        worth,
        paid,
        purchases(look),
        fleet(look),
        options(look),
        shared,
        teams(look, shared),
        models(look, shared),
        energy(look),
        energy_use(look),
        limits(look),
        unserved(look),
        scenarios(look),
        sensitivity(look),
        break_even(look),
        assumptions(look),
        sources(look),
        made(look),
    ]
    return [sheet for sheet in found if sheet.rows]


def _summary(look: Lookup, tables: list[Sheet]) -> Sheet:
    """The answer, the rate to change, and what is on which sheet."""
    by_name = {sheet.name: sheet for sheet in tables}
    told = answer(look)
    rows: list[tuple[Value, ...]] = [
        ("Plan", told.title, ""),
        *([("Question", told.question, "")] if told.question else []),
        ("Covers", told.horizon, f"prices as of {told.as_of}"),
        *(("Answer", sentence, "") for sentence in told.sentences),
        *(("Attention", alert, "") for alert in told.alerts),
        *_figures(look, by_name),
        *((f"Sheet: {sheet.name}", sheet.says, "") for sheet in tables),
    ]
    return Sheet("Summary", "", (Field("What"), Field("Figure"), Field("Note")), tuple(rows))


def _figures(look: Lookup, by_name: dict[str, Sheet]) -> list[tuple[Value, ...]]:
    plan, whole = look.plan, by_name["Bill"].total("Total")
    worth = by_name["Present value"].total("Present value")
    paid = by_name["Cash by period"].total("Paid") if "Cash by period" in by_name else Formula("=0", 0.0)
    months = f"mean of {f.plural(look.months, 'month')}"
    monthly = Formula(f"{whole.text}/{look.months}", whole.value / look.months)
    against = Formula(f"{worth.text}-{plan.total_npv_usd!r}", worth.value - plan.total_npv_usd)
    return [
        ("Total cost", Typed(whole, "usd"), "undiscounted, charged to this horizon (sheet Bill)"),
        ("Cost a month", Typed(monthly, "usd"), months),
        ("Cash paid", Typed(paid, "usd"), "what leaves the account within the horizon (sheet Cash by period)"),
        *((one.label, Typed(one.value, one.kind, given=True), one.note) for one in given(look)),
        ("Present value at this rate", Typed(worth, "usd"), "sheet Present value"),
        ("Present value in the plan", Typed(plan.total_npv_usd, "usd"), "at the figures the plan was made with"),
        ("Difference to the plan", Typed(against, "usd"), "0 while nothing is changed"),
        *_after_tax(look, worth),
    ]


def _after_tax(look: Lookup, worth: Formula) -> list[tuple[Value, ...]]:
    """The bill is what must be earned before tax; what is left to pay after it is less."""
    if not any(row.term in TAXED for row in look.plan.costs):
        return []
    after = Formula(f"=({worth.text[1:]})*(1-{TAX})", worth.value * (1 - tax_rate(look)))
    return [
        ("Present value after tax", Typed(after, "usd"), "of all cash of the bill, with what tax its deductions save")
    ]
