"""Sheets as one Excel file: numbers as numbers, dates as dates, sums as formulas, words never as formulas."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from planner.report.format import NBSP, NOT_A_NUMBER, plain
from planner.report.sheets import Field, Formula, Kind, Sheet, Typed, Value, letter

FORMATS: dict[Kind, str] = {
    "text": "@",
    "usd": '"$"#,##0;[Red]-"$"#,##0',
    "price": '"$"#,##0.00####;[Red]-"$"#,##0.00####',
    "count": "#,##0",
    "figure": "#,##0.0##",
    "share": "0.0##%",
    "factor": "0.000000",
    "date": "yyyy-mm-dd",
}
_LONGEST = 32_000
"""Characters of a cell; Excel holds 32,767."""
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS = (9, 64)
Names = Mapping[str, str]


def workbook(sheets: Sequence[Sheet], names: Names, title: str, made_on: date) -> bytes:
    """The file; `names` maps a name that formulas use to the one cell it stands for."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"title": plain(title)[:250], "created": datetime(made_on.year, made_on.month, made_on.day)})
    for name, cell in names.items():
        book.define_name(name, f"={cell}")
    styles = _Styles(book)
    for sheet in sheets:
        _write(book.add_worksheet(sheet.name), sheet, styles)
    book.close()
    return buffer.getvalue()


class _Styles:
    """Cell formats, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def of(self, kind: Kind, **more: Any) -> Any:
        wrapped = {"text_wrap": True} if kind == "text" else {}
        wanted = {"num_format": FORMATS[kind], "valign": "top", "font_size": 10, **wrapped, **more}
        key = tuple(sorted(wanted.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(wanted)
        return self._made[key]


def _write(page: Any, sheet: Sheet, styles: _Styles) -> None:
    last = len(sheet.fields) - 1
    for place, field in enumerate(sheet.fields):
        right = {} if field.kind == "text" else {"align": "right"}
        head = styles.of("text", bold=True, bottom=1, bg_color="#EFECE6", **right)
        page.write_string(0, place, field.head, head)
        page.set_column(place, place, _width(sheet, place), styles.of(field.kind))
    for at, row in enumerate(sheet.rows, start=1):
        for place, (field, value) in enumerate(zip(sheet.fields, row, strict=True)):
            _cell(page, (at, place), value, field, styles)
    if sheet.totalled:
        _totals(page, sheet, styles)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, max(1, len(sheet.rows)), last)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _totals(page: Any, sheet: Sheet, styles: _Styles) -> None:
    at = sheet.total_row - 1
    for place, field in enumerate(sheet.fields):
        style = styles.of(field.kind, bold=True, top=1)
        if field.total:
            formula = f"=SUM({letter(place)}2:{letter(place)}{len(sheet.rows) + 1})"
            page.write_formula(at, place, formula, style, sheet.sum_of(place))
        else:
            page.write_string(at, place, "Total" if place == 0 else "", style)


def _cell(page: Any, where: tuple[int, int], value: Value, field: Field, styles: _Styles) -> None:
    """One cell of its own type: a word is written as a word even where it looks like a formula."""
    style = styles.of(field.kind)
    if isinstance(value, Typed):
        style = styles.of(value.kind, **({"bg_color": "#FFF4C2", "border": 1} if value.given else {}))
        value = value.value
    if isinstance(value, Formula):
        page.write_formula(*where, value.text.replace("{row}", str(where[0] + 1)), style, value.value)
    elif isinstance(value, str):
        said = _said(value)
        quoted = {"quote_prefix": True} if said.startswith(_STARTS_FORMULA) else {}
        page.write_string(*where, said, styles.of("text", **quoted))
    elif isinstance(value, date):
        page.write_datetime(*where, datetime(value.year, value.month, value.day), styles.of("date"))
    elif value is not None and math.isfinite(value):
        page.write_number(*where, value, style)
    elif value is not None:
        page.write_string(*where, NOT_A_NUMBER, styles.of("text", align="right"))


def _said(text: str) -> str:
    said = plain(text).replace(NBSP, " ")
    return said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"


def _width(sheet: Sheet, place: int) -> float:
    """Room for the heading and the longest value, within reason."""
    shown = {"usd": 13, "price": 13, "date": 11, "factor": 10}.get(sheet.fields[place].kind, 0)
    words = [len(row[place]) for row in sheet.rows if isinstance(row[place], str)]  # type: ignore[arg-type]
    head = min(18, len(sheet.fields[place].head) + 3)
    return float(min(_WIDTHS[1], max(_WIDTHS[0], shown, head, *words, 0) + 1))
