"""The shipped scorecard: what is promised holds, and the stored document says what the planner says."""

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from runs import AS_OF, ROOT, shipped_runs

from planner.accuracy.command import Scored, score, scored_text
from planner.accuracy.document import document
from planner.accuracy.held_out import HeldOut, MadeFrom, read_held_out, staleness, write_held_out
from planner.accuracy.scorecard import AIC, GPU_OUT, MODEL_OUT, SHIPPED, Line
from planner.accuracy.spans import Span, read_spans, write_spans
from planner.cli import main

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
RUN = "llama-3.1-8b,H100-SXM,1,bf16,bf16,vllm,1000,200,8,9.0"
HEADER = "model,gpu,tp,weights,kv,engine,isl,osl,concurrency,tpot_ms"


@pytest.fixture(scope="module")
def scored() -> Scored:
    return score(None, None, AS_OF)


@pytest.fixture(scope="module")
def lines(scored: Scored) -> dict[str, Line]:
    return {line.name: line for line in scored.card.lines}


def test_left_out_predictions_describe_this_model(scored: Scored) -> None:
    assert scored.about.stale == (), "the model or its constants changed: run `make accuracy`"


def test_promised_accuracy_with_the_model_left_out(lines: dict[str, Line]) -> None:
    line = lines[MODEL_OUT]
    assert line.tpot.n == 1833
    assert line.tpot.median <= 0.10
    assert line.tpot.p90 <= 0.32
    assert line.tokens.median <= 0.10
    assert line.ttft.median <= 0.34
    assert line.regret.mean <= 0.066


def test_promised_accuracy_with_the_gpu_left_out(scored: Scored, lines: dict[str, Line]) -> None:
    assert lines[GPU_OUT].tpot.median <= 0.11
    assert all(group.tpot[GPU_OUT].median <= 0.11 for group in scored.card.tables["GPU"])


def test_hard_architectures_left_out(scored: Scored) -> None:
    groups = {group.name: group for group in scored.card.tables["model"]}
    assert groups["gpt-oss-120b"].tpot[MODEL_OUT].median <= 0.20
    assert groups["glm-5"].tpot[MODEL_OUT].median <= 0.20


def test_leaving_out_never_flatters(lines: dict[str, Line]) -> None:
    assert lines[SHIPPED].tpot.median < lines[MODEL_OUT].tpot.median
    assert lines[SHIPPED].tpot.mean < lines[GPU_OUT].tpot.mean


def test_aiconfigurator_is_scored_on_the_same_runs(scored: Scored) -> None:
    shared = {line.name: line for line in scored.card.shared}
    assert {line.tpot.n for line in shared.values()} == {1679}
    assert shared[AIC].tpot.median == pytest.approx(0.097, abs=0.001)
    assert shared[AIC].ttft.median == pytest.approx(0.455, abs=0.001)
    assert shared[AIC].regret.mean == pytest.approx(0.129, abs=0.002)


def test_every_run_is_in_one_group_of_each_table(scored: Scored) -> None:
    for groups in scored.card.tables.values():
        assert sum(group.n for group in groups) == scored.card.runs


def test_the_document_is_up_to_date(scored: Scored) -> None:
    """Words must be equal; figures may differ in their last digit between machines."""
    stored = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    made = document(scored.card, scored.about)
    assert NUMBER.sub("#", stored) == NUMBER.sub("#", made)
    theirs, ours = (
        np.array([float(found.replace(",", "")) for found in NUMBER.findall(text)]) for text in (stored, made)
    )
    assert np.all(np.abs(theirs - ours) <= 0.11 + 0.01 * np.abs(ours))


def test_held_out_predictions_survive_storage(tmp_path: Path) -> None:
    (tmp_path / "calibration").mkdir()
    runs = shipped_runs()
    half = np.arange(len(runs)) % 2 == 0
    figures = runs.measured.take(half)
    made = MadeFrom(AS_OF, len(figures), "a" * 64, "b" * 64, 0.0731234)
    ids = [name for name, kept in zip(runs.ids, half, strict=True) if kept]
    write_held_out(tmp_path, ids, HeldOut(made, {"model": figures, "gpu": figures}))
    found = read_held_out(tmp_path, runs.ids)
    assert found is not None
    assert found.made.made_on == AS_OF
    assert staleness(made, found.made) == []
    assert np.isnan(found.figures["gpu"].tpot_ms[~half]).all()
    assert found.figures["gpu"].tpot_ms[half] == pytest.approx(figures.tpot_ms, rel=1e-5)
    assert read_held_out(tmp_path / "nothing", runs.ids) is None


def test_every_change_makes_them_stale() -> None:
    made = MadeFrom(AS_OF, 1, "a", "b", 0.07)
    assert staleness(made, MadeFrom(AS_OF, 1, "x", "b", 0.07)) == ["the constants"]
    assert staleness(made, MadeFrom(AS_OF, 1, "a", "x", 0.07)) == ["the measurements"]
    assert staleness(made, MadeFrom(AS_OF, 1, "a", "b", 0.071)) == ["the model's own predictions"]


def test_spans_survive_storage(tmp_path: Path) -> None:
    assert read_spans(tmp_path) == ()
    spans = (Span("mfu_16bit", 0.75, 0.7391, 0.735, 0.744), Span("launch_layer_s", 3.5e-5, 4.231e-5, 4e-5, 4.4e-5))
    write_spans(tmp_path, spans)
    assert read_spans(tmp_path) == spans


def test_a_users_file_is_scored_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER}\n{RUN}\n", encoding="utf-8")
    scored = score(path, None, AS_OF)
    (line,) = scored.card.lines
    assert (line.name, line.tpot.n, line.ttft.n) == (SHIPPED, 1, 0)
    predicted = scored.figures[SHIPPED].tpot_ms[0]
    assert line.tpot.median == pytest.approx(abs(predicted / 9.0 - 1))
    assert AIC not in scored_text(scored)


def test_the_command_writes_document_and_picture(tmp_path: Path) -> None:
    path, target = tmp_path / "mine.csv", tmp_path / "made" / "accuracy.md"
    path.write_text(f"{HEADER}\n{RUN}\n{RUN.replace(',8,9.0', ',32,14.5')}\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["accuracy", str(path), "--out", str(target), "--as-of", str(AS_OF)])
    assert done.exit_code == 0, done.output
    assert "2 measured runs" in done.output
    assert "| shipped | 2 |" in target.read_text(encoding="utf-8")
    picture = (target.parent / "accuracy.svg").read_text(encoding="utf-8")
    assert "Predicted against measured" in picture
    assert "TPOT, ms" in picture
    assert "mean TTFT" not in picture


def test_refit_takes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER}\n{RUN}\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["accuracy", str(path), "--refit"])
    assert done.exit_code == 2
    assert "leave FILE out" in done.output


def test_a_file_that_cannot_be_predicted_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER}\n{RUN.replace('llama-3.1-8b', 'deepseek-v3')}\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["accuracy", str(path)])
    assert done.exit_code == 2
    assert "none of its 1 runs can be predicted" in done.output
