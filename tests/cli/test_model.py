"""The mathematics of a problem on screen, in a file, and as the model other solvers read."""

from pathlib import Path

from click.testing import CliRunner

from planner.catalog.locate import problems_folder
from planner.cli import main

PROBLEM = str(problems_folder() / "01-cheapest-chat-70b.yaml")
AS_OF = ["--as-of", "2026-11-21"]


def test_formulation_is_shown_or_written(tmp_path: Path) -> None:
    shown = CliRunner().invoke(main, ["formulation", PROBLEM, *AS_OF])
    assert shown.exit_code == 0
    assert "### `serve_demand`" in shown.output
    out = tmp_path / "new" / "page.md"
    assert CliRunner().invoke(main, ["formulation", PROBLEM, *AS_OF, "--out", str(out)]).exit_code == 0
    assert out.read_text(encoding="utf-8") == shown.output


def test_plan_writes_the_model_it_solves(tmp_path: Path) -> None:
    files = ["--write-lp", str(tmp_path / "m.lp"), "--write-mps", str(tmp_path / "m.mps")]
    done = CliRunner().invoke(main, ["plan", PROBLEM, *AS_OF, "--out", str(tmp_path / "out"), *files])
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"Model: {tmp_path / 'm.lp'}, {tmp_path / 'm.mps'}\n")
    assert "serve_demand__" in (tmp_path / "m.lp").read_text(encoding="utf-8")
    assert (tmp_path / "m.mps").stat().st_size > 1000
