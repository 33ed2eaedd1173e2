"""What a workbook is made of: named sheets with typed columns, live formulas, and rows of plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["text", "usd", "price", "count", "figure", "share", "factor", "date"]
"""How a column is read: words, dollars, dollars of one unit, whole numbers, numbers, per cent, a multiplier, days."""


@dataclass(frozen=True)
class Formula:
    """A live cell; `{row}` in its text is the number of its own row. `value` is what it gives for this plan."""

    text: str
    value: float


@dataclass(frozen=True)
class Typed:
    """A cell read otherwise than its column; `given` marks one that is there to be changed."""

    value: str | float | Formula
    kind: Kind
    given: bool = False


Value = str | float | date | Formula | Typed | None


@dataclass(frozen=True)
class Field:
    """A column: its heading, how it is read, and whether its values are added up below."""

    head: str
    kind: Kind = "text"
    total: bool = False


@dataclass(frozen=True)
class Sheet:
    """One table: a heading row, one row a fact, and a row of sums where some column is added up."""

    name: str
    says: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Value, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.fields):
                raise ValueError(f"{self.name}: {len(row)} cells for {len(self.fields)} columns")

    @property
    def totalled(self) -> bool:
        """Whether a row of sums stands below."""
        return bool(self.rows) and any(one.total for one in self.fields)

    @property
    def total_row(self) -> int:
        """Number of the row of sums; headings are row 1."""
        return len(self.rows) + 2

    def column(self, head: str) -> str:
        """Letter of a column."""
        return letter([one.head for one in self.fields].index(head))

    def total(self, head: str) -> Formula:
        """The sum of a column, as another sheet refers to it."""
        place = [one.head for one in self.fields].index(head)
        return Formula(f"='{self.name}'!{letter(place)}{self.total_row}", self.sum_of(place))

    def where(self, head: str, equal: Mapping[str, str], value: float) -> Formula:
        """The sum of a column where others equal a cell or a quoted word, compared as they are written."""
        tests = "*".join(f"({self._cells(other)}={to})" for other, to in equal.items())
        return Formula(f"=SUMPRODUCT({tests}*{self._cells(head)})", value)

    def _cells(self, head: str) -> str:
        """A column's cells, as another sheet refers to them."""
        place, last = self.column(head), max(2, len(self.rows) + 1)
        return f"'{self.name}'!${place}$2:${place}${last}"

    def sum_of(self, place: int) -> float:
        """What the sum of a column gives for this plan."""
        return sum(number_in(row[place]) for row in self.rows)


def number_in(value: Value) -> float:
    """The number a cell counts for in a sum."""
    if isinstance(value, Typed):
        return number_in(value.value)
    if isinstance(value, Formula):
        return value.value
    return float(value) if isinstance(value, int | float) else 0.0


def letter(place: int) -> str:
    """0 → "A", 26 → "AA"."""
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def columns(kind: Kind, *heads: str, total: bool = False) -> tuple[Field, ...]:
    """Columns of one kind."""
    return tuple(Field(head, kind, total) for head in heads)


def row_sum(first: str, last: str, values: Sequence[float]) -> Formula:
    """The sum of a row's cells from one column to another."""
    return Formula(f"=SUM({first}{{row}}:{last}{{row}})", sum(values))
