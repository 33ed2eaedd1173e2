"""Layouts that no host holds, and answers of one token: answered, and what stands behind them said."""

import csv
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner.candidates.hosts import fabric_for, network_words
from planner.catalog.load import load_catalog
from planner.cli import main

CATALOG = load_catalog(as_of=date(2026, 11, 21))
HEADER = "model,gpu,tp,pp,dp,ep,weights,isl,osl,concurrency\n"
ROWS = {
    "inside": "deepseek-v3,H200-SXM,8,1,1,1,fp8,2000,500,32",
    "stages over hosts": "deepseek-v3,H200-SXM,8,2,1,1,fp8,2000,500,32",
    "wide group": "deepseek-v3,H200-SXM,16,1,1,1,fp8,2000,500,32",
    "wide experts": "deepseek-v3,H200-SXM,2,1,8,16,fp8,2000,500,32",
    "one rack": "deepseek-v3,GB200,4,1,8,32,fp8,2000,500,32",
    "one token": "deepseek-v3,H200-SXM,8,1,1,1,fp8,2000,1,32",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    folder: Path = tmp_path_factory.mktemp("rows")
    (folder / "in.csv").write_text(HEADER + "\n".join(ROWS.values()))
    done = CliRunner().invoke(main, ["estimate", "--csv", str(folder / "in.csv"), "--out", str(folder / "out.csv")])
    assert done.exit_code == 0, done.output
    with (folder / "out.csv").open() as file:
        return dict(zip(ROWS, csv.DictReader(file), strict=True))


@pytest.mark.parametrize("name", ["stages over hosts", "wide group", "wide experts"])
def test_the_network_is_named(told: dict[str, dict[str, str]], name: str) -> None:
    row = told[name]
    assert row["fits"] == "true" and float(row["tpot_ms"]) > 0
    assert "hosts of 8 joined by 50 GB/s a GPU (as at aws, azure, dgx-h200, oci)" in row["basis"]
    assert ("GPUs that hold each layer span hosts of 8" in row["basis"]) == (name != "stages over hosts")
    assert ("pipeline parallelism was not measured" in row["basis"]) == (name == "stages over hosts")


def test_a_collective_over_the_network_costs_more_than_stages(told: dict[str, dict[str, str]]) -> None:
    inside, over, wide = (float(told[name]["ttft_mean_ms"]) for name in ("inside", "stages over hosts", "wide group"))
    assert wide > 2 * inside and wide > 2 * over


def test_one_host_needs_no_network(told: dict[str, dict[str, str]]) -> None:
    assert "hosts of" not in told["inside"]["basis"] + told["one rack"]["basis"]
    assert fabric_for(CATALOG.gpus["GB200"], 72, CATALOG).node_gpus == 0
    assert fabric_for(CATALOG.gpus["GB200"], 144, CATALOG).node_gpus == 72
    assert fabric_for(CATALOG.gpus["RTX-3090"], 4, CATALOG).node_gpus == 0


def test_an_unknown_network_is_said() -> None:
    text = network_words(CATALOG.gpus["L40S"], 16, CATALOG)
    assert text == "hosts of 8 joined by 50 GB/s a GPU (a usual network, as none of L40S is known)"


def test_one_token_has_no_time_per_output_token(told: dict[str, dict[str, str]]) -> None:
    row = told["one token"]
    assert row["tpot_ms"] == "" and float(row["ttft_mean_ms"]) > 0
    assert row["reason"] == "an answer of one token has no time per output token"
