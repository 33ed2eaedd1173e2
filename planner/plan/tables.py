"""Plan rows as DataFrames and CSV files, one a row kind, every cell one value."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pandas as pd

from planner.plan.plan import Plan, Row


def tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Row kind → table. Nested rows become columns ("memory.kv_pool_gib"), lists of words one cell."""
    found = {name: _table(kind, getattr(plan, name)) for name, kind in _row_kinds().items()}
    found["hourly_demand"] = _hour_by_hour(found["hourly_demand"])
    found["assumptions"] = pd.DataFrame({"assumption": plan.assumptions})
    return found


def write_tables(plan: Plan, folder: Path) -> list[Path]:
    """Write every table as `<row kind>.csv` under `folder`; returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in tables(plan).items():
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False)
        paths.append(path)
    return paths


def _row_kinds() -> dict[str, type[Row]]:
    """The plan's lists of rows, by field, and the class of their rows."""
    inside = {name: get_args(field.annotation) for name, field in Plan.model_fields.items()}
    return {name: kinds[0] for name, kinds in inside.items() if len(kinds) == 1 and _is_row(kinds[0])}


def _is_row(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Row)


def _table(kind: type[Row], rows: list[Row]) -> pd.DataFrame:
    if not rows:
        return pd.DataFrame(columns=list(kind.model_fields))
    return pd.DataFrame([_flat(row.model_dump()) for row in rows])


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list) and name != "requests_per_s":
            flat[prefix + name] = "; ".join(map(str, value))
        else:
            flat[prefix + name] = value
    return flat


def _hour_by_hour(table: pd.DataFrame) -> pd.DataFrame:
    """One line a class, period and hour of the week instead of lists of 168."""
    hours = table.assign(hour_of_week=table["requests_per_s"].map(lambda rates: list(range(len(rates)))))
    return hours.explode(["hour_of_week", "requests_per_s"], ignore_index=True)
