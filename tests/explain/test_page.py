"""The page of explanations: what it says of time, of facts that changed, of scenarios; and the command."""

import json
from pathlib import Path

import pytest
from asked import case
from click.testing import CliRunner

from planner.catalog.locate import problems_folder
from planner.cli import main
from planner.errors import InfeasibleError
from planner.explain.ask import Asker
from planner.explain.explain import explained, reference
from planner.explain.fleet import fleet_of
from planner.plan.store import load_plan, write_plan
from planner.report.explanations import explained_text

FILE = "11-own-measured-rates.yaml"


@pytest.mark.parametrize("number", ["01", "05", "07", "11"])
def test_a_search_and_its_plan_are_of_one_fleet(number: str) -> None:
    one = case(number)
    assert one.base.fleet == fleet_of(one.plan)
    assert one.base.objective == pytest.approx(one.plan.certificate.objective)


def test_what_was_not_reached_is_said() -> None:
    one = case("11")
    plan = explained(one.plan, one.question, 1e-9)
    assert plan.explained is not None and plan.explained.solves == 1
    assert "what assistant demand is worth" in plan.explained.not_reached
    assert "which A10G prices changes the fleet" in plan.explained.not_reached
    assert not plan.marginals and not plan.flips and not plan.swings
    assert "Not reached in the time" in explained_text(plan)


def test_facts_that_changed_are_said() -> None:
    one = case("11")
    dearer = one.question.changed({"prices": {"A10G": 2.0}})
    reply, notes = reference(one.plan, Asker(dearer, 60))
    assert reply.objective > one.plan.certificate.objective and "Facts have changed" in notes[0]


def test_a_better_plan_within_the_gap_is_explained_instead() -> None:
    one = case("11")
    proof = one.plan.certificate
    worse = one.plan.model_copy(
        update={"certificate": proof.model_copy(update={"objective": proof.objective + 5, "bound": proof.bound - 5})}
    )
    reply, notes = reference(worse, Asker(one.question, 60))
    assert reply.objective == pytest.approx(proof.objective) and notes == []
    assert reply.bound == pytest.approx(proof.objective)


def test_a_question_without_answer_raises_its_own_error() -> None:
    one = case("11")
    with pytest.raises(InfeasibleError):
        reference(one.plan, Asker(one.question.changed({"limits.max_gpus": 0}), 60))


def test_plan_with_explain_and_explain_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "problems").symlink_to(problems_folder(), target_is_directory=True)
    first = ["plan", f"problems/{FILE}", "--as-of", "2026-11-21", "--out", "made", "--explain"]
    done = CliRunner().invoke(main, first, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    plan = load_plan(tmp_path / "made" / "plan.json")
    assert plan.explained is not None and plan.marginals and plan.flips and plan.swings
    assert plan.made.command.endswith("--explain")
    for name in ("report.md", "report.html"):
        told = (tmp_path / "made" / name).read_text(encoding="utf-8")
        assert "What would change the fleet" in told and "A10G prices" in told

    again = CliRunner().invoke(main, ["explain", "made/plan.json", "--out", "again"], catch_exceptions=False)
    assert again.exit_code == 0, again.output
    assert "The nearest changes of the fleet" in again.output and "+$737" in again.output
    stored = load_plan(tmp_path / "again" / "plan.json")
    assert (stored.marginals, stored.flips, stored.swings) == (plan.marginals, plan.flips, plan.swings)


def test_plans_nobody_explained_say_nothing_of_it(tmp_path: Path) -> None:
    plan = case("11").plan
    write_plan(plan, tmp_path / "plan.json")
    stored = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert not {"explained", "marginals", "flips", "swings"} & set(stored)
    assert load_plan(tmp_path / "plan.json") == plan


def test_names_stay_text(tmp_path: Path) -> None:
    from planner.report.render import write_report

    one = case("11")
    plan = explained(one.plan, one.question, 1e-9)
    (row,) = explained(one.plan, one.question, 1e6).swings[:1]
    hostile = row.model_copy(update={"subject": "<script>alert(1)</script> | =1+1"})
    write_report(plan.model_copy(update={"swings": [hostile]}), tmp_path)
    assert "<script>alert(1)" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "alert(1)&lt;/script> \\| =1+1" in (tmp_path / "report.md").read_text(encoding="utf-8")
