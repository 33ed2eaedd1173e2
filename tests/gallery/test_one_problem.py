"""One problem of a gallery: explained, refused with what helps, or plain where no time is given."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner.catalog.locate import problems_folder
from planner.cli import main
from planner.gallery import Run, solve_one
from planner.plan.store import load_plan

DAY = date(2026, 11, 28)
SMALL = problems_folder() / "11-own-measured-rates.yaml"


def test_a_plan_is_explained_and_says_so(tmp_path: Path) -> None:
    solve_one(SMALL, tmp_path, Run(None, DAY, 20.0))
    plan = load_plan(tmp_path / "plan.json")
    assert plan.made.command == "planner plan problems/11-own-measured-rates.yaml --as-of 2026-11-28 --explain"
    assert plan.explained is not None and plan.twice and plan.swings and plan.front and plan.why_not
    assert (tmp_path / "charts" / "swings.svg").is_file()
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "What moves the cost" in page and "Twice the demand from the first day was planned too" in page


def test_no_time_no_explanations(tmp_path: Path) -> None:
    solve_one(SMALL, tmp_path, Run(None, DAY, 0.0))
    plan = load_plan(tmp_path / "plan.json")
    assert plan.explained is None and not plan.why_not and plan.twice is None
    assert plan.made.command == "planner plan problems/11-own-measured-rates.yaml --as-of 2026-11-28"


@pytest.mark.parametrize("limit", [[], ["--time-limit", "0"]])
def test_a_refusal_says_what_helps_whatever_the_time(tmp_path: Path, limit: list[str]) -> None:
    problems = tmp_path / "problems"
    problems.mkdir()
    name = "09-infeasible-quota-and-budget"
    (problems / f"{name}.yaml").symlink_to(problems_folder() / f"{name}.yaml")
    asked = ["gallery", str(problems), str(tmp_path / "out"), "--as-of", "2026-11-28", *limit]
    done = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    for file in ("refusal.md", "refusal.html"):
        told = (tmp_path / "out" / name / file).read_text("utf-8")
        assert "raise the quota aws H100-SXM from 8 to 32 GPUs" in told
        assert f"planner plan problems/{name}.yaml --as-of 2026-11-28" in told
    index = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "Together these are enough, solved: raise the quota aws H100-SXM" in index


def test_facts_that_cannot_be_read_are_a_refusal_too(tmp_path: Path) -> None:
    name = "11-own-measured-rates"
    problem = tmp_path / f"{name}.yaml"
    problem.write_text(SMALL.read_text("utf-8").replace("measured/", "missing/"), encoding="utf-8")
    entry = solve_one(problem, tmp_path / "out", Run(None, DAY, 20.0))
    assert entry.answer.startswith("No plan: ")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"refusal.html", "refusal.md"}
