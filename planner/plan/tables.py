"""Plan rows as DataFrames and CSV files, one a row kind, every cell one value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from planner.plan.plan import Plan, Row


def tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Row kind → table. Nested rows become columns ("memory.kv_pool_gib"), lists of words one cell."""
    kinds = {name: getattr(plan, name) for name in type(plan).model_fields if _is_rows(plan, name)}
    found = {name: _table(type(plan), name, rows) for name, rows in kinds.items()}
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


def _is_rows(plan: Plan, name: str) -> bool:
    return _row_type(type(plan), name) is not None


def _row_type(model: type[Plan], name: str) -> type[Row] | None:
    """The row class of a list field, None for other fields."""
    (inside,) = getattr(model.model_fields[name].annotation, "__args__", None) or (None,)
    return inside if isinstance(inside, type) and issubclass(inside, Row) else None


def _table(model: type[Plan], name: str, rows: list[Row]) -> pd.DataFrame:
    kind = _row_type(model, name)
    if not rows and kind:
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
