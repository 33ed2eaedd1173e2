"""The gallery is true: its pages render again from the stored plans, its problems solve again to the same cost."""

import re
from datetime import date
from pathlib import Path

import pytest

from planner.gallery import Run, solve_one
from planner.pipeline import plan_file
from planner.plan.checks import check
from planner.plan.plan import Plan
from planner.plan.store import load_plan
from planner.report.render import write_report

COST = re.compile(r"about \$[\d,]+")
ROOT = Path(__file__).parents[2]
STORED = sorted((ROOT / "reports").glob("*/plan.json"))
PROBLEMS = sorted((ROOT / "problems").glob("[0-9][0-9]-*.yaml"))


def solved(name: str, as_of: date) -> Plan:
    return plan_file(ROOT / "problems" / f"{name}.yaml", None, as_of, None, "test")


def test_every_problem_has_its_answer() -> None:
    answered = {path.parent.name for path in (ROOT / "reports").glob("*/*") if path.name in ("plan.json", "refusal.md")}
    assert answered == {path.stem for path in PROBLEMS}
    assert len(PROBLEMS) >= 10


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.parent.name)
def test_stored_plan_passes_its_checks(path: Path) -> None:
    plan = load_plan(path)
    assert [finding for finding in check(plan) if not finding.ok] == []
    assert plan.findings == check(plan)


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.parent.name)
def test_report_renders_again_from_the_plan_alone(path: Path, tmp_path: Path) -> None:
    write_report(load_plan(path), tmp_path)
    assert (tmp_path / "report.md").read_text("utf-8") == (path.parent / "report.md").read_text("utf-8")
    stored_charts = {chart.name for chart in (path.parent / "charts").iterdir()}
    assert {chart.name for chart in (tmp_path / "charts").iterdir()} == stored_charts


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.parent.name)
def test_problem_solves_again_to_the_same_cost(path: Path) -> None:
    """Two plans proven within a gap of one another's optimum differ by at most the larger gap."""
    stored = load_plan(path)
    again = solved(path.parent.name, stored.made.as_of)
    allowed = max(stored.certificate.gap, again.certificate.gap) + 1e-6
    assert again.certificate.objective == pytest.approx(stored.certificate.objective, rel=allowed)
    assert again.certificate.bound <= stored.certificate.objective * (1 + 1e-6)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("09-infeasible-quota-and-budget", ["raise the quota aws H100-SXM from 8 to", "raise the total budget from"]),
        ("10-no-gpu-fits", ["94.5 GiB of weights on each of 8 GPUs", "allow MI300X, too"]),
    ],
)
def test_refusal_is_the_stored_one(name: str, words: list[str], tmp_path: Path) -> None:
    """What helps is found by solving again, so that only its cost may differ, within the search's gap."""
    solve_one(ROOT / "problems" / f"{name}.yaml", tmp_path, Run(None, load_plan(STORED[0]).made.as_of, 0.0))
    for file in ("refusal.md", "refusal.html"):
        fresh, stored = ((folder / file).read_text("utf-8") for folder in (tmp_path, ROOT / "reports" / name))
        assert COST.sub("", fresh) == COST.sub("", stored)
        for word in words:
            assert word in stored


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.parent.name)
def test_every_plan_of_the_gallery_says_why(path: Path) -> None:
    plan = load_plan(path)
    assert plan.explained is not None and plan.explained.solves > 1
    assert plan.why_not


def test_sizes_that_share_a_replica_are_checked_as_the_mix_they_are() -> None:
    """Short requests share replicas with long ones: more are in flight than would fit of the long ones alone."""
    stored = load_plan(ROOT / "reports" / "08-many-request-sizes" / "plan.json")
    again = solved("08-many-request-sizes", stored.made.as_of)
    rooms = [(row.busiest.concurrency, row.busiest_room) for row in again.configs if row.busiest_room is not None]
    assert rooms
    assert all(in_flight is not None and in_flight <= room for in_flight, room in rooms)
