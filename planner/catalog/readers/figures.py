"""Sources, ownership figures, depreciation tables, performance constants and service classes."""

from __future__ import annotations

from datetime import date

from planner.catalog.readers.context import Context
from planner.catalog.readers.rows import Row
from planner.catalog.specs import DepreciationTable, Figure, Source


def read_source(row: Row) -> Source:
    """One place facts come from."""
    return Source(
        id=row.text("id"),
        title=row.text("title"),
        reference=row.text("reference"),
        retrieved_on=row.day("retrieved_on") or _no_day(row),
        licence=row.text("licence"),
        note=row.text("note", ""),
    )


def _no_day(row: Row) -> date:
    row.wrong("retrieved_on is missing")
    return date.min


def read_figure(row: Row, context: Context) -> Figure:
    """One planning figure with its range."""
    return Figure(
        id=row.text("id"),
        value=row.number("value", zero=True),
        unit=row.text("unit"),
        low=row.maybe("low", signed=True),
        high=row.maybe("high", signed=True),
        provenance=context.provenance(row),
    )


def read_depreciation(row: Row, context: Context) -> DepreciationTable:
    """One published table of depreciation."""
    return DepreciationTable(
        id=row.text("id"),
        title=row.text("title"),
        shares=tuple(row.number_list("shares")),
        provenance=context.provenance(row),
    )


def read_service_classes(rows: list[Row], context: Context) -> dict[str, dict[str, float]]:
    """Named latency classes: name to the fields of an SLO."""
    classes = {}
    for row in rows:
        classes[row.text("id")] = row.numbers("slo")
        context.provenance(row)
        row.finish()
    return classes
