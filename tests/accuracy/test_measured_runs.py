"""Reading measured runs: the shipped file keeps every figure, and a user's mistakes are all named."""

import csv
from pathlib import Path

import numpy as np
import pytest
from runs import ROOT, catalog, shipped_runs

from planner.accuracy.measurements import read_measurements
from planner.errors import InputError

FACTS = ROOT.parent / "shared" / "facts" / "measurements" / "silicon.csv"
HEADER = "model,gpu,tp,weights,kv,engine,isl,osl,concurrency,tpot_ms"
RUN = "llama-3.1-8b,H100-SXM,1,bf16,bf16,vllm,1000,200,8"


def test_every_figure_of_the_source_is_kept() -> None:
    if not FACTS.is_file():
        pytest.skip("the source of the measurements is not here")
    with FACTS.open(encoding="utf-8") as file:
        theirs = {row["id"]: row for row in csv.DictReader(file)}
    runs = shipped_runs()
    assert set(runs.ids) == {name for name, row in theirs.items() if not row["flag"]}
    for ours, prefix in ((runs.measured, ""), (runs.aiconfigurator, "aic_")):
        for quantity, column in (
            ("ttft_mean_ms", "ttft_ms"),
            ("tpot_ms", "tpot_ms"),
            ("output_tokens_per_s_per_gpu", "tok_s_gpu"),
        ):
            truth = [float(theirs[name][prefix + column] or "nan") for name in runs.ids]
            assert np.array_equal(getattr(ours, quantity), truth, equal_nan=True)
    for name, question in zip(runs.ids, runs.questions, strict=True):
        row, asked = theirs[name], question.asked
        assert (asked.tp, asked.dp, asked.ep, asked.weights) == (
            int(row["tp"]), int(row["dp"]), int(row["ep"]), row["weight_parts"]
        )  # fmt: skip
        assert (asked.engine, asked.kv, question.concurrency) == (row["backend"], row["kv"], float(row["conc"]))
        assert asked.fixed_lengths == (abs(float(row["isl"]) - float(row["isl_eff"])) < 1)


def test_flagged_runs_are_left_out_with_their_reason() -> None:
    runs = shipped_runs()
    assert (len(runs), len(runs.left_out)) == (1833, 30)
    assert len(set(runs.left_out)) == 2
    assert len(set(runs.contests)) == 78


def written(folder: Path, *lines: str) -> Path:
    path = folder / "mine.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_users_file_needs_little(tmp_path: Path) -> None:
    runs = read_measurements(written(tmp_path, HEADER, f"{RUN},12.5", f"{RUN},"), catalog())
    assert runs.ids == ("line 2", "line 3")
    assert runs.measured.tpot_ms[0] == 12.5
    assert np.isnan(runs.measured.tpot_ms[1])
    assert runs.contests[0] == "llama-3.1-8b|1000/200"
    assert not runs.aiconfigurator.known.any()


def test_all_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        read_measurements(written(tmp_path, HEADER, f"{RUN},fast", f"{RUN},-3", f"{RUN},9"), catalog())
    assert "mine.csv:2: tpot_ms must be a positive number (got 'fast')" in str(raised.value)
    assert "mine.csv:3" in str(raised.value)
    assert "mine.csv:4" not in str(raised.value)


def test_a_file_without_measurements_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing measured"):
        read_measurements(written(tmp_path, HEADER.removesuffix(",tpot_ms"), RUN), catalog())


def test_a_file_of_flagged_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run without a flag"):
        read_measurements(written(tmp_path, f"{HEADER},flag", f"{RUN},9,warm cache"), catalog())
