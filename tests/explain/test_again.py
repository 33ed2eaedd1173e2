"""A stored plan's question, asked again as it was and with keys changed."""

from datetime import date
from pathlib import Path

import pytest

from planner.again import question_in, question_of
from planner.catalog.locate import problems_folder
from planner.errors import InfeasibleError, InputError
from planner.plan.store import load_plan

FILE = problems_folder() / "01-cheapest-chat-70b.yaml"
STORED = Path(__file__).parents[2] / "reports" / FILE.stem / "plan.json"
DAY = date(2026, 11, 21)


def test_a_stored_plan_asks_what_its_file_asked() -> None:
    day = load_plan(STORED).made.as_of
    stored, asked = question_of(load_plan(STORED), None, None, "again"), question_in(FILE, None, day, "again")
    assert stored.answered().total_npv_usd == pytest.approx(asked.answered().total_npv_usd)
    assert stored.made.as_of == day


def test_changes_are_felt() -> None:
    question = question_in(FILE, None, DAY, "again")
    once = question.answered().total_npv_usd
    twice = question.changed({"workloads.chat.traffic.requests_per_s": "x2"}).answered().total_npv_usd
    assert twice > once * 1.5
    with pytest.raises(InfeasibleError):
        question.changed({"limits.max_gpus": 0}).answered()


def test_every_mistake_is_told_at_its_key() -> None:
    with pytest.raises(InputError, match=r"(?s)traffic\.requests_per_s: .*limits\.max_gpu: "):
        question_in(FILE, None, DAY, "again").changed(
            {"limits.max_gpu": 1, "workloads.chat.traffic.requests_per_s": "many"}
        )
