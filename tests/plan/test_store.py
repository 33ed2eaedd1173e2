"""A plan survives its file exactly, and a wrong file says what is wrong."""

import json
from math import inf
from pathlib import Path

import pytest

from planner.errors import PlannerError
from planner.plan.checks import check
from planner.plan.plan import Plan
from planner.plan.store import load_plan, write_plan


def test_round_trip_is_exact(plan: Plan, tmp_path: Path) -> None:
    checked = plan.model_copy(update={"findings": check(plan)})
    path = tmp_path / "deep" / "plan.json"
    write_plan(checked, path)
    again = load_plan(path)
    assert again == checked
    write_plan(again, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_a_plan_without_a_bound_survives_too(plan: Plan, tmp_path: Path) -> None:
    unproven = plan.certificate.model_copy(update={"verdict": "feasible", "bound": -inf, "gap": inf})
    open_ended = plan.model_copy(update={"certificate": unproven})
    write_plan(open_ended, tmp_path / "plan.json")
    json.loads((tmp_path / "plan.json").read_text(), parse_constant=lambda word: pytest.fail(word))
    assert load_plan(tmp_path / "plan.json") == open_ended


def test_file_is_plain_json(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "plan.json")
    data = json.loads((tmp_path / "plan.json").read_text(), parse_constant=lambda word: pytest.fail(word))
    assert data["format"] == 1
    assert data["problem"]["title"] == "A year"


def test_a_failed_write_leaves_the_old_file(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")

    def full(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        write_plan(plan, path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "Invalid JSON"),
        ('{"format": 2}', "format: Input should be 1"),
        ("[]", "not a plan of this version"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(PlannerError, match=says) as error:
        load_plan(path)
    assert str(path) in str(error.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(PlannerError, match="cannot be read"):
        load_plan(tmp_path / "none.json")
