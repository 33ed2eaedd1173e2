"""The shipped measurements as a table: every row is answered, near what was measured."""

import csv
from datetime import date
from pathlib import Path
from statistics import median

import pytest

from planner.catalog.load import load_catalog
from planner.catalog.locate import data_folder
from planner.estimate.table import estimate_table

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    out = tmp_path_factory.mktemp("table") / "out.csv"
    catalog = load_catalog(as_of=date(2026, 11, 21))
    estimate_table(data_folder() / "measurements" / "silicon.csv", out, catalog)
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def error(rows: Rows, told: str) -> float:
    """Median relative error over the rows that were not set aside."""
    return median(abs(float(row[told]) / float(row[f"{told}_given"]) - 1) for row in rows if not row["flag"])


def test_every_measured_deployment_is_said_to_fit(rows: Rows) -> None:
    assert len(rows) > 1800
    assert {row["fits"] for row in rows} == {"true"}
    assert not [row["id"] for row in rows if not float(row["max_concurrency"]) > 1]


def test_rows_are_kept_as_they_were(rows: Rows) -> None:
    with Path(data_folder() / "measurements" / "silicon.csv").open(encoding="utf-8", newline="") as file:
        before = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [row["id"] for row in before]
    assert all(
        row["tpot_ms_given"] == was["tpot_ms"] and row["weights"] == was["weights"]
        for row, was in zip(rows, before, strict=True)
    )


def test_figures_are_near_what_was_measured(rows: Rows) -> None:
    assert error(rows, "tpot_ms") < 0.09
    assert error(rows, "output_tokens_per_s_per_gpu") < 0.09
    assert error(rows, "ttft_mean_ms") < 0.31


def test_the_ground_was_measured(rows: Rows) -> None:
    sure = [row for row in rows if row["basis"] == "modelled on measured ground"]
    assert len(sure) > 0.95 * len(rows)
