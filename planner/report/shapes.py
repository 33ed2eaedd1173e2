"""What a report is made of: cells, tables, figures. Frozen strings and chart data, nothing to compute."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Tone = Literal["", "good", "warn", "muted"]


@dataclass(frozen=True)
class Cell:
    """One table cell: its text, what it sorts by, and whether it deserves a second look."""

    text: str
    sort: float | None = None
    tone: Tone = ""
    bar: str = ""
    """Length of a bar behind the cell in per cent of its width; empty for none."""


@dataclass(frozen=True)
class Column:
    """A heading; numbers are set flush right."""

    head: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table whose rows all have one cell for each column."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()

    def __post_init__(self) -> None:
        for row in (*self.rows, *([self.total] if self.total else [])):
            if len(row) != len(self.columns):
                raise ValueError(f"{self.caption}: {len(row)} cells for {len(self.columns)} columns")


@dataclass(frozen=True)
class Figure:
    """A chart: what it is called, what it says in words, and the rows it is drawn from."""

    id: str
    title: str
    says: str
    """What a reader who cannot see it should know."""
    kind: str
    """Which drawing (charts.DRAWINGS)."""
    rows: tuple[Mapping[str, float | str], ...]


def text(value: str, tone: Tone = "") -> Cell:
    """A cell of words."""
    return Cell(value, tone=tone)


def number(value: str, sort: float, tone: Tone = "") -> Cell:
    """A cell with a formatted number and what it sorts by: ten digits, as sums may differ in the last ones."""
    return Cell(value, sort=float(f"{sort:.10g}") if math.isfinite(sort) else None, tone=tone)


def gauge(value: str, part: float, tone: Tone = "") -> Cell:
    """A share with a bar of its length."""
    return Cell(value, sort=part, tone=tone, bar=f"{100 * min(1.0, max(0.0, part)):.1f}")


def words(*heads: str) -> tuple[Column, ...]:
    """Text columns."""
    return tuple(Column(head) for head in heads)


def numbers(*heads: str) -> tuple[Column, ...]:
    """Number columns."""
    return tuple(Column(head, number=True) for head in heads)
