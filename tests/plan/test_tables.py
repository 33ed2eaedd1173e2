"""Plan rows as tables: every row kind, every cell one value, nothing lost."""

from pathlib import Path

import pandas as pd
import pytest

from planner.plan.plan import Plan
from planner.plan.tables import tables, write_tables

KINDS = {
    "alternatives", "classes", "held", "sales", "scenarios",
    "periods", "blocks", "workloads", "demand", "hourly_demand", "pools", "options", "purchases", "kept", "capacity",
    "configs", "replicas", "flows", "api_options", "api", "api_quotes", "costs", "cash", "workload_costs", "energy",
    "limits", "energy_use", "statements", "unserved", "excess", "standby",
    "marginals", "flips", "swings", "front", "why_not",
    "carbon", "rejections", "runners_up", "sources", "assumptions", "findings", "opinions",
}  # fmt: skip


def test_one_table_a_row_kind(plan: Plan) -> None:
    assert set(tables(plan)) == KINDS


def test_cells_are_single_values(plan: Plan) -> None:
    for name, table in tables(plan).items():
        held = {type(value) for column in table for value in table[column]}
        assert not held & {list, dict}, name


def test_nested_rows_become_columns(plan: Plan) -> None:
    configs = tables(plan)["configs"]
    assert configs.loc[0, "memory.kv_pool_gib"] == 33.0
    assert {"busiest.ttft_p95_ms", "at_max.requests_per_s", "latency.ttft_p95_ms"} <= set(configs)


def test_demand_has_a_line_an_hour(plan: Plan) -> None:
    hours = tables(plan)["hourly_demand"]
    assert len(hours) == 3 * 4 * 168
    noon = hours.query("demand_class == 'chat/bucket-0' and period == 0 and hour_of_week == 12")
    assert noon["requests_per_s"].tolist() == [20.0]


def test_csv_files_add_up_to_the_bill(plan: Plan, tmp_path: Path) -> None:
    paths = write_tables(plan, tmp_path / "tables")
    assert {path.stem for path in paths} == KINDS
    costs = pd.read_csv(tmp_path / "tables" / "costs.csv")
    assert list(costs) == ["term", "subject", "period", "usd", "npv_usd"]
    assert costs["usd"].sum() == pytest.approx(plan.total_usd)


def test_a_kind_without_rows_keeps_its_columns(plan: Plan, tmp_path: Path) -> None:
    write_tables(plan.model_copy(update={"kept": [], "hourly_demand": []}), tmp_path)
    assert (tmp_path / "kept.csv").read_text() == "pool,period,nodes\n"
    assert "hour_of_week" in (tmp_path / "hourly_demand.csv").read_text()
