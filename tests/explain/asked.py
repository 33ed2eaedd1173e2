"""Explained problems, and their questions asked again by the whole pipeline rather than the explanations' short cut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from planner.again import Question, question_in
from planner.catalog.locate import problems_folder
from planner.explain.ask import Asker
from planner.explain.explain import reference
from planner.explain.reply import Reply
from planner.plan.plan import LeverRow, Plan

DAY = date(2026, 11, 21)
PATIENT = 1e6  # s


@dataclass(frozen=True)
class Case:
    """A question, its plan, and what changes are counted from."""

    question: Question
    plan: Plan
    asker: Asker
    base: Reply


def case(number: str, changes: Mapping[str, Any] | None = None) -> Case:
    """A shipped problem, with keys changed."""
    return _case(number, json.dumps(changes or {}))


@cache
def _case(number: str, changes: str) -> Case:
    (path,) = problems_folder().glob(f"{number}-*.yaml")
    question = question_in(path, None, DAY, "test")
    question = question.changed(json.loads(changes)) if changes != "{}" else question
    plan = question.answered()
    asker = Asker(question, PATIENT)
    return Case(question, plan, asker, reference(plan, asker)[0])


def set_to(question: Question, row: LeverRow, value: float) -> Mapping[str, Any]:
    """What a reader of a row would change to set it to a value."""
    if row.key == "workloads.*":
        parts = {name: one.traffic or one.batch for name, one in question.problem.workloads.items()}
        ways = ("requests_per_s", "requests_per_day")
        return {
            f"workloads.{name}.{'traffic' if way == ways[0] else 'batch'}.{way}": getattr(part, way) * value
            for name, part in parts.items()
            for way in ways
            if getattr(part, way, None) is not None
        }
    if row.kind == "rate":
        return {row.key: 1 - value * (1 - question.problem.limits.throughput_margin)}
    if row.subject.endswith("(mean)"):
        return {row.key: value}
    return {row.key: int(value) if float(value).is_integer() and row.kind == "cap" else value}


def again(one: Case, row: LeverRow, value: float) -> Plan:
    """The plan of the whole pipeline with a row's key set to a value, searched to the end."""
    return one.question.changed({**set_to(one.question, row, value), "solve.mip_gap": 0.0}).answered()
