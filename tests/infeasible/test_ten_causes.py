"""Ten questions without any fleet: the cause is named, and every change that is suggested makes a plan."""

import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))
from ten import CAUSES

from planner.again import Question, question_in
from planner.errors import InfeasibleError, NoCandidateError
from planner.explain.conflict import Refusal, explained, freed, refusal
from planner.explain.conflict_ask import Oracle
from planner.explain.conflict_every import levers
from planner.explain.conflict_levers import Number

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Question, Refusal]]:
    folder = tmp_path_factory.mktemp("ten")
    found = {}
    for name, cause in CAUSES.items():
        path = folder / f"{name.replace(' ', '-')}.yaml"
        path.write_text(yaml.safe_dump(cause.problem))
        question = question_in(path, None, DAY, "test")
        found[name] = question, refusal(question, 60.0)
    return found


@pytest.mark.parametrize("name", CAUSES)
def test_the_cause_is_named(name: str, answers: dict[str, tuple[Question, Refusal]]) -> None:
    question, found = answers[name]
    with pytest.raises((InfeasibleError, NoCandidateError)) as caught:
        question.answered()
    text = str(explained(caught.value, found, "1 month"))
    conflict = [one for names in found.conflicts for one in names]
    assert any(CAUSES[name].named in one for one in conflict), text
    assert any(CAUSES[name].remedy in words for one in found.remedies for words in one.words), text
    assert all(one in text for one in conflict)


@pytest.mark.parametrize("name", CAUSES)
def test_every_suggestion_makes_a_plan(name: str, answers: dict[str, tuple[Question, Refusal]]) -> None:
    question, found = answers[name]
    assert found.remedies
    for one in found.remedies:
        plan = question.changed(one.changes).answered()
        if one.usd is not None:
            assert plan.total_npv_usd <= one.usd * 1.001


@pytest.mark.parametrize("name", CAUSES)
def test_conflicts_cannot_be_made_smaller(name: str, answers: dict[str, tuple[Question, Refusal]]) -> None:
    """With everything else let go there is no fleet; with any one member let go too there is."""
    question, found = answers[name]
    oracle = Oracle(question, float("inf"))
    tight = [one for one in levers(question.problem) if one.tier in {"cap", "promise"}]
    allowed = [one for one in levers(question.problem) if one.tier != "demand"]
    suspects = tight if oracle.has_fleet(freed(tight)) else allowed
    assert found.conflicts
    for conflict in found.conflicts:
        others = [one for one in suspects if one.name not in conflict]
        assert oracle.has_fleet(freed(others)) is False
        for member in suspects:
            if member.name in conflict:
                assert oracle.has_fleet(freed([*others, member]))


@pytest.mark.parametrize("name", ["ttft", "quota", "budget", "power"])
def test_figures_are_the_nearest(name: str, answers: dict[str, tuple[Question, Refusal]]) -> None:
    """Two per cent, or one unit, less of a change and there is no fleet."""
    question, found = answers[name]
    oracle = Oracle(question, float("inf"))
    for one in found.remedies:
        for lever in levers(question.problem):
            if one.names == (lever.name,) and isinstance(lever.by, Number):
                (key,) = one.changes
                value = float(one.changes[key])
                less = value - 1 if lever.by.whole else value / 1.02
                assert oracle.has_fleet(lever.by.make(less)) is False
