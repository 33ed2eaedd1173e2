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
    """What a reader of a row would change to set it to a value; written without the explanation's own way to do it."""
    if row.key == "workloads.*":
        asked = {name: one.traffic or one.batch for name, one in question.problem.workloads.items()}
        return {
            f"workloads.{name}.{'traffic' if question.problem.workloads[name].traffic else 'batch'}.{way}": at * value
            for name, part in asked.items()
            for way in WAYS
            if (at := getattr(part, way, None)) is not None
        }
    if row.kind == "rate":
        return {row.key: 1 - value * (1 - question.problem.limits.throughput_margin)}
    if row.kind == "price":
        return {"prices": {**question.problem.prices, row.key.removeprefix("prices."): value}}
    if row.kind == "lengths" and row.key.split(".")[-1] in FIGURES:
        return _lengths(question, row, value)
    return {row.key: int(value) if float(value).is_integer() and row.kind == "cap" else value}


WAYS = ("requests_per_s", "requests_per_day", "users", "concurrent_requests", "input_tokens_per_day")
FIGURES = ("mean", "p50", "p90", "p95", "p99")


def _lengths(question: Question, row: LeverRow, value: float) -> Mapping[str, Any]:
    """Every figure of a length in proportion, the spread left as it is."""
    _, workload, _, part, _ = row.key.split(".")
    given = getattr(question.problem.workloads[workload].requests, part).model_dump(exclude_none=True)
    told = {name: one if name == "cv" else one * value / row.at for name, one in given.items()}
    return {row.key.rsplit(".", 1)[0]: told}


def again(one: Case, row: LeverRow, value: float) -> Plan:
    """The plan of the whole pipeline with a row's key set to a value, searched to the end."""
    return one.question.changed({**set_to(one.question, row, value), "solve.mip_gap": 0.0}).answered()
