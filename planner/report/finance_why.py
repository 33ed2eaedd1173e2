"""Sheets of why: what moves the cost, and at which price something else would enter."""

from __future__ import annotations

from planner.plan.plan import SwingRow
from planner.report.explanation_words import UNITS, aim, subject
from planner.report.lookup import Lookup
from planner.report.sheets import Field, Kind, Sheet, Value, columns
from planner.report.why_not import KINDS, VERDICTS, named

Row = tuple[Value, ...]


def sensitivity(look: Lookup) -> Sheet:
    """Each input a fifth lower and higher, and twice the demand, with the change of what the plan minimises."""
    rows = [_swing(row) for row in look.plan.swings]
    twice = look.plan.twice
    if twice is not None and look.plan.certificate.objective_name == "cost":
        more = None if twice.npv_usd is None else twice.npv_usd - look.plan.total_npv_usd
        rows.append(("demand of all workloads, twice", "x", 1.0, None, None, 2.0, more, None, twice.refusal))
    unit = UNITS[look.plan.certificate.objective_name]
    kind: Kind = "figure" if unit else "usd"
    change = f"Change [{unit or 'USD, present value'}]"
    fields = (
        *columns("text", "Input", "Unit"),
        *columns("figure", "Now", "Lower"),
        Field(change, kind),
        Field("Higher", "figure"),
        *columns(kind, f"{change}, higher", "Known to within"),
        Field("Why not possible"),
    )
    return Sheet("Sensitivity", f"What moves the {aim(look)}, each input alone.", fields, tuple(rows))


def _swing(row: SwingRow) -> Row:
    refused = "; ".join(dict.fromkeys(told for told in (row.low_refusal, row.high_refusal) if told))
    sides = row.low, row.low_change, row.high, row.high_change
    return (subject(row), row.unit, row.at, *sides, row.within, refused)


def break_even(look: Lookup) -> Sheet:
    """Everything the plan has none of, with the price at which it would enter."""
    rows = tuple(
        (
            named(row),
            KINDS[row.kind],
            VERDICTS[row.verdict],
            row.offer,
            row.unit,
            row.today,
            row.enters_low,
            row.enters_share,
            row.without_usd if row.verdict == "chosen" else row.forced_usd,
            row.reason,
        )
        for row in look.plan.why_not
    )
    fields = (
        *columns("text", "Name", "What it is", "Standing", "Offer", "Unit"),
        *columns("price", "Price today", "Enters below"),
        Field("Of today's", "share"),
        Field("With it, or without it where chosen, dearer by", "usd"),
        Field("Why"),
    )
    return Sheet("Break-even", "What is not in the plan and at which price it would be.", fields, rows)
