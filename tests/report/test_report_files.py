"""Files are replaced whole; what an older report or refusal left behind goes."""

import os
from pathlib import Path

import pytest
from sample import sample_plan

import planner.report.render as render
from planner.plan.plan import Plan
from planner.plan.store import load_plan
from planner.report.refusal import refusal
from planner.report.render import write_refusal, write_report

DRAWN = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50"/>'


@pytest.fixture
def plain_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about files: drawing takes a second."""
    monkeypatch.setattr(render, "draw", lambda figure: DRAWN)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_everything_is_written_and_listed(report: Path, plan: Plan) -> None:
    assert names(report) == {
        "plan.json", "plan.xlsx", "report.html", "report.md",
        *(f"charts/{name}.svg" for name in (
            "api-prices", "cost-by-period", "cost-by-workload", "front", "gpus-by-hour", "latency", "memory",
            "requests-by-hour", "runners-up", "swings", "timeline", "utilisation",
        )),
    }  # fmt: skip
    assert load_plan(report / "plan.json") == plan
    assert not [path for path in report.rglob("*") if path.name.startswith(".")]


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_others_may_read_it(report: Path) -> None:
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in report.rglob("*.*"))


@pytest.mark.usefixtures("plain_charts")
def test_charts_of_an_older_report_go(tmp_path: Path) -> None:
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "old.svg").write_text("<svg/>")
    (tmp_path / "refusal.md").write_text("no")
    (tmp_path / "notes.txt").write_text("mine")
    write_report(sample_plan(), tmp_path)
    assert "charts/old.svg" not in names(tmp_path)
    assert "refusal.md" not in names(tmp_path)
    assert "notes.txt" in names(tmp_path)


@pytest.mark.usefixtures("plain_charts")
def test_a_refusal_takes_the_place_of_a_report_and_back(tmp_path: Path) -> None:
    write_report(sample_plan(), tmp_path)
    write_refusal(refusal("T", "Q?", "nothing fits", "planner plan x.yaml"), tmp_path)
    assert names(tmp_path) == {"refusal.html", "refusal.md"}
    assert not (tmp_path / "charts").exists()
    write_report(sample_plan(), tmp_path)
    assert not {"refusal.html", "refusal.md"} & names(tmp_path)


@pytest.mark.usefixtures("plain_charts")
def test_a_failure_leaves_the_old_report_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_report(sample_plan(), tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(render, "fill", broken)
    with pytest.raises(OSError, match="disk full"):
        write_report(sample_plan(assumptions=["changed"]), tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == before
