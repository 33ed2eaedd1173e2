"""What each fitted constant became with any one model or GPU left out: a constant that jumps is not to be trusted."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from planner.accuracy.fit import Prior
from planner.catalog.readers.rows import Mistakes, csv_rows
from planner.catalog.specs import Figure

SPANS = "spans.csv"


@dataclass(frozen=True)
class Span:
    """A fitted constant: before the fit, after it, and its range over the fits with something left out."""

    id: str
    prior: float
    fitted: float
    low: float
    high: float


def spans_of(
    priors: Sequence[Prior], fitted: Mapping[str, Figure], others: Sequence[Mapping[str, Figure]]
) -> list[Span]:
    """`others` are the calibrations fitted with something left out."""
    values = {prior.id: [other[prior.id].value for other in others] for prior in priors}
    return [Span(p.id, p.value, fitted[p.id].value, min(values[p.id]), max(values[p.id])) for p in priors]


def write_spans(folder: Path, spans: Sequence[Span]) -> None:
    """Store the spans beside the constants."""
    with (folder / SPANS).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "prior", "fitted", "low", "high"])
        writer.writerows([s.id, *(f"{v:.4g}" for v in (s.prior, s.fitted, s.low, s.high))] for s in spans)


def read_spans(folder: Path) -> tuple[Span, ...]:
    """The stored spans; none where nothing is stored."""
    if not (folder / SPANS).is_file():
        return ()
    mistakes, names = Mistakes(), ("prior", "fitted", "low", "high")
    rows = csv_rows(folder / SPANS, ["id", *names], [], mistakes)
    found = tuple(Span(row.text("id"), *(row.number(name, zero=True) for name in names)) for row in rows)
    mistakes.stop_if_any()
    return found
