"""What each way to pay costs on each traffic shape, stored so that the page needs no solving."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from planner.errors import InputError

_ROUNDING = 1e-6


@dataclass(frozen=True)
class ValueRow:
    """One strategy on one problem; costs are 0 where it has no plan, and `refusal` says why."""

    problem: str
    problem_sha256: str
    shape: str
    title: str
    """Of the traffic, as data/traffic/index.yaml has it."""
    attribution: str
    """Whose measurement it is: title and licence of its source."""
    peak_over_mean: float
    """Of the busiest hour of the week."""
    strategy: str
    name: str
    says: str
    npv_usd: float
    bound_usd: float
    """What is proven that no plan of this strategy can be below, discounted."""
    fleet: str
    refusal: str
    as_of: date

    @property
    def gap(self) -> float:
        """How far the cost may be above the best of its strategy, as a share of it."""
        share = 1 - self.bound_usd / self.npv_usd if self.npv_usd else 0.0
        return share if share > _ROUNDING else 0.0


def text_of(rows: Iterable[ValueRow]) -> str:
    """The rows as a CSV file; costs to the cent."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [field.name for field in fields(ValueRow)], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        rounded = {name: round(getattr(row, name), 2) for name in ("npv_usd", "bound_usd")}
        writer.writerow(asdict(row) | rounded | {"peak_over_mean": round(row.peak_over_mean, 4)})
    return out.getvalue()


def read_rows(path: Path) -> list[ValueRow]:
    """The stored rows; InputError where the file is not one of ours."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [_row(line) for line in csv.DictReader(file)]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: is not the table that `make value` writes ({error}); run it") from error


def _row(line: Mapping[str, str]) -> ValueRow:
    read: dict[str, Any] = dict(line)
    for name in ("peak_over_mean", "npv_usd", "bound_usd"):
        read[name] = float(line[name])
    return ValueRow(**read | {"as_of": date.fromisoformat(line["as_of"])})


def regrets(rows: Sequence[ValueRow], best: str) -> dict[tuple[str, str], float]:
    """(strategy, problem) → how much more it costs than the best mix, as a share; those without a plan left out."""
    least = {row.problem: row.npv_usd for row in rows if row.strategy == best}
    return {(row.strategy, row.problem): row.npv_usd / least[row.problem] - 1 for row in rows if row.npv_usd}
