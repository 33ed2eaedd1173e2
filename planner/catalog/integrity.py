"""Whether a catalogue obeys its rules, and which of its prices are stale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from planner.catalog.rules import RULES, provenances
from planner.catalog.specs import Catalog

__all__ = ["RULES", "StaleRow", "Violation", "check_catalog", "stale_rows"]
_PRICES = ("offers", "commitments", "capacity_blocks", "apis")


@dataclass(frozen=True)
class Violation:
    """A row that breaks a rule."""

    rule: str
    row: str
    detail: str

    def __str__(self) -> str:
        return f"{self.row}: {self.detail} [{self.rule}]"


@dataclass(frozen=True)
class StaleRow:
    """A price older than the user accepts, or of unknown age (`age_days` None)."""

    row: str
    as_of: date | None
    age_days: int | None

    def __str__(self) -> str:
        age = "of unknown date" if self.age_days is None else f"of {self.as_of}, {self.age_days} days old"
        return f"{self.row}: {age}"


def check_catalog(catalog: Catalog) -> list[Violation]:
    """Every row that breaks a rule."""
    return [Violation(each.id, row, detail) for each in RULES for row, detail in each.check(catalog)]


def stale_rows(catalog: Catalog, max_age_days: int) -> list[StaleRow]:
    """Prices (offers, spot, commitments, APIs) older than `max_age_days` or undated, oldest first."""
    today = catalog.as_of or date.today()
    rows = []
    for row, provenance in provenances(catalog):
        if row.split("/")[0] in _PRICES:
            age = (today - provenance.as_of).days if provenance.as_of else None
            if age is None or age > max_age_days:
                rows.append(StaleRow(row, provenance.as_of, age))
    return sorted(rows, key=lambda stale: (stale.age_days is not None, -(stale.age_days or 0), stale.row))
