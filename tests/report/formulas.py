"""A small spreadsheet of its own: works out a workbook's formulas from their text, trusting no stored value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

REFERENCE = re.compile(
    r"(?:'(?P<sheet>[^']+)'!|(?P<plain>\w+)!)?\$?(?P<column>[A-Z]{1,3})\$?(?P<row>\d+)"
    r"(?::\$?(?P<to_column>[A-Z]{1,3})\$?(?P<to_row>\d+))?"
)


class Worked:
    """Values of a workbook opened with its formulas; `given` replaces the cells that names stand for."""

    def __init__(self, book: Any, given: Mapping[str, float] | None = None) -> None:
        self.book = book
        self.names = {name: book.defined_names[name].attr_text for name in book.defined_names}
        self.given = {self.names[name].replace("$", ""): value for name, value in (given or {}).items()}

    def cell(self, sheet: str, place: str) -> Any:
        if (known := self.given.get(f"{sheet}!{place}")) is not None:
            return known
        value = self.book[sheet][place].value
        is_formula = self.book[sheet][place].data_type == "f"
        return self.formula(sheet, value[1:]) if is_formula else value

    def formula(self, sheet: str, text: str) -> float:
        for name, target in self.names.items():
            text = re.sub(rf"\b{name}\b", target, text)
        code = REFERENCE.sub(lambda match: self._values(sheet, match), text).replace("^", "**")
        return float(eval(code, {"__builtins__": {}}, {"SUM": sum}))

    def _values(self, sheet: str, match: re.Match[str]) -> str:
        there = match["sheet"] or match["plain"] or sheet
        if match["to_column"] is None:
            return f"({self.cell(there, match['column'] + match['row'])!r})"
        area = self.book[there][f"{match['column']}{match['row']}:{match['to_column']}{match['to_row']}"]
        values = [self.cell(there, one.coordinate) for row in area for one in row]
        return repr([value for value in values if isinstance(value, int | float)])
