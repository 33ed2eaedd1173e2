"""Two caps that each leave no fleet: both are named, each by itself in the way, and only both together resolve it."""

import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))
from ten import PAIRS

from planner.again import question_in
from planner.explain.conflict import refusal, told
from planner.explain.conflict_ask import Oracle
from planner.explain.conflict_every import levers
from planner.explain.conflict_levers import Number

DAY = date(2026, 11, 21)


@pytest.mark.parametrize("name", PAIRS)
def test_only_both_together_resolve_it(name: str, tmp_path: Path) -> None:
    cause = PAIRS[name]
    path = tmp_path / "pair.yaml"
    path.write_text(yaml.safe_dump(cause.problem))
    question = question_in(path, None, DAY, "test")
    found = refusal(question, 90.0)
    assert sorted(len(one) for one in found.conflicts) == [1, 1]  # either alone leaves no fleet
    assert any(cause.named in names[0] for names in found.conflicts)
    (both,) = (one for one in found.remedies if len(one.names) == 2)
    assert any(cause.remedy in words for words in both.words)
    assert all(len(one.names) > 1 for one in found.remedies if set(one.names) & set(both.names))
    assert question.changed(both.changes).answered().total_npv_usd <= (both.usd or 0.0) * 1.001
    oracle = Oracle(question, float("inf"))
    for lever in (one for one in levers(question.problem) if one.name in both.names):
        assert isinstance(lever.by, Number)
        (key,) = lever.free
        less = float(both.changes[key]) - 1 if lever.by.whole else float(both.changes[key]) / 1.02
        assert oracle.has_fleet({**both.changes, **lever.by.make(less)}) is False  # the nearest there is
        assert oracle.has_fleet({key: value for key, value in both.changes.items() if key not in lever.free}) is False
    assert "Together these are enough, solved:" in list(told(found, "1 month"))
