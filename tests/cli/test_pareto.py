"""`planner pareto`: whole checked plans along a front, on screen and as files."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner.catalog.locate import problems_folder
from planner.cli import main
from planner.plan.checks import check
from planner.plan.store import load_plan

PROBLEM = str(problems_folder() / "01-cheapest-chat-70b.yaml")


def run(against: str, out: Path, *more: str) -> str:
    asked = ["pareto", PROBLEM, "--against", against, "--points", "3", "--as-of", "2026-11-21", "--out", str(out)]
    done = CliRunner().invoke(main, [*asked, *more])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("against", ["carbon", "tpot"])
def test_less_costs_more_and_every_plan_is_sound(against: str, tmp_path: Path) -> None:
    output = run(against, tmp_path)
    rows = list(csv.DictReader(StringIO((tmp_path / "pareto.csv").read_text(encoding="utf-8"))))
    assert len(rows) == 3
    values, usd = ([float(row[name]) for row in rows] for name in (against, "npv_usd"))
    assert values == sorted(values, reverse=True)
    assert usd == sorted(usd)
    assert usd[-1] > usd[0]
    for row in rows:
        plan = load_plan(tmp_path / f"plan-{row['plan']}.json")
        assert plan.total_npv_usd == float(row["npv_usd"])
        assert all(finding.ok for finding in check(plan))
    assert "Above the cheapest" in output
    assert "![" in (tmp_path / "pareto.md").read_text(encoding="utf-8")
    assert (tmp_path / "charts" / "pareto.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_shorter_front_leaves_no_old_plans(tmp_path: Path) -> None:
    run("carbon", tmp_path)
    run("configurations", tmp_path)
    assert sorted(path.name for path in tmp_path.glob("plan-*.json")) == ["plan-1.json"]


def test_another_objective_is_refused(tmp_path: Path) -> None:
    problem = tmp_path / "p.yaml"
    problem.write_text(Path(PROBLEM).read_text(encoding="utf-8") + "\nobjective: gpus\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["pareto", str(problem), "--against", "gpus", "--as-of", "2026-11-21"])
    assert done.exit_code == 2
    assert "a front needs objective: cost" in done.output
