"""The workbook for finance: which sheets it has, in the order they are read, and the summary in front."""

from __future__ import annotations

from planner.report import format as f
from planner.report.answer import answer
from planner.report.finance_evidence import assumptions, energy, limits, made, options, scenarios, sources, unserved
from planner.report.finance_money import bill, cash_by_period, cash_lines, fleet, present_value, purchases, workloads
from planner.report.finance_why import break_even, sensitivity
from planner.report.lookup import Lookup
from planner.report.payments import discount_rate
from planner.report.sheets import Field, Formula, Sheet, Typed, Value
from planner.report.workbook import workbook

RATE = "discount_rate"
"""The name that formulas know the summary's rate by."""


def finance_workbook(look: Lookup) -> bytes:
    """plan.xlsx, the same bytes for the same plan."""
    tables = _tables(look)
    front = _summary(look, tables)
    rate_row = next(at for at, row in enumerate(front.rows, start=2) if isinstance(row[1], Typed) and row[1].given)
    names = {RATE: f"Summary!$B${rate_row}"}
    return workbook([front, *tables], names, str(look.problem("title")), look.plan.made.as_of)


def _tables(look: Lookup) -> list[Sheet]:
    found = [
        bill(look),
        present_value(look, RATE),
        cash_by_period(look),
        cash_lines(look),
        purchases(look),
        fleet(look),
        options(look),
        workloads(look),
        energy(look),
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
        (
            "Discount rate a year",
            Typed(discount_rate(look), "share", given=True),
            "change it: all present values follow",
        ),
        ("Present value at this rate", Typed(worth, "usd"), "sheet Present value"),
        ("Present value in the plan", Typed(plan.total_npv_usd, "usd"), "at the rate the plan was made with"),
        ("Difference to the plan", Typed(against, "usd"), "0 at the rate the plan was made with"),
    ]
