"""A small spreadsheet of its own: works out a workbook's formulas from their text, trusting no stored value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

REFERENCE = re.compile(
    r"(?:'(?P<sheet>[^']+)'!|(?P<plain>\w+)!)?\$?(?P<column>[A-Z]{1,3})\$?(?P<row>\d+)"
    r"(?::\$?(?P<to_column>[A-Z]{1,3})\$?(?P<to_row>\d+))?"
)


class Column(list):
    """Cells of an area: compared and multiplied one by one, as SUMPRODUCT does."""

    def __eq__(self, other: Any) -> Column:  # type: ignore[override]
        return Column(float(one == other) for one in self)

    def __mul__(self, other: Any) -> Column:  # type: ignore[override]
        return Column(one * two for one, two in zip(self, other, strict=True))


def numbers(area: list[Any]) -> float:
    """Words in an area count for nothing."""
    return sum(one for one in area if isinstance(one, int | float))


class Worked:
    """Values of a workbook opened with its formulas; `given` replaces the cells that names stand for."""

    def __init__(self, book: Any, given: Mapping[str, float] | None = None) -> None:
        self.book = book
        self.known: dict[tuple[str, str], Any] = {}
        self.names = {name: book.defined_names[name].attr_text for name in book.defined_names}
        self.given = {self.names[name].replace("$", ""): value for name, value in (given or {}).items()}

    def cell(self, sheet: str, place: str) -> Any:
        if (sheet, place) not in self.known:
            self.known[sheet, place] = self._cell(sheet, place)
        return self.known[sheet, place]

    def _cell(self, sheet: str, place: str) -> Any:
        if (known := self.given.get(f"{sheet}!{place}")) is not None:
            return known
        value = self.book[sheet][place].value
        is_formula = self.book[sheet][place].data_type == "f"
        return self.formula(sheet, value[1:]) if is_formula else value

    def formula(self, sheet: str, text: str) -> float:
        for name, target in self.names.items():
            text = re.sub(rf"\b{name}\b", target, text)
        areas: list[Column] = []
        equal = text.replace("=", "==").replace("^", "**")
        code = REFERENCE.sub(lambda match: self._values(sheet, match, areas), equal)
        names = {"SUM": numbers, "SUMPRODUCT": numbers} | {f"area_{at}": area for at, area in enumerate(areas)}
        return float(eval(code, {"__builtins__": {}}, names))

    def _values(self, sheet: str, match: re.Match[str], areas: list[Column]) -> str:
        there = match["sheet"] or match["plain"] or sheet
        if match["to_column"] is None:
            return f"({self.cell(there, match['column'] + match['row'])!r})"
        area = self.book[there][f"{match['column']}{match['row']}:{match['to_column']}{match['to_row']}"]
        areas.append(Column(self.cell(there, one.coordinate) for row in area for one in row))
        return f"area_{len(areas) - 1}"
