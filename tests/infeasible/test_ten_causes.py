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
from planner.explain.conflict import Refusal, explained, refusal

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
def test_no_member_of_a_conflict_can_stay_while_nothing_changes(
    name: str, answers: dict[str, tuple[Question, Refusal]]
) -> None:
    """What is suggested touches every conflict: a change of anything else than a conflict's members is no remedy."""
    _, found = answers[name]
    assert all(len(set(conflict)) == len(conflict) > 0 for conflict in found.conflicts)
    told = [one for names in found.conflicts for one in names]
    assert len(told) == len(set(told))
