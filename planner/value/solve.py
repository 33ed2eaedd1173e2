"""Every way to pay on every traffic shape, solved: whole plans that passed their checks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from planner.again import Question, question_in
from planner.errors import InputError
from planner.invest.solve import Tried, compared
from planner.invest.strategies import (
    API,
    MEAN,
    ON_DEMAND,
    OPTIMAL,
    OWNED,
    RESERVED_1Y,
    RESERVED_3Y,
    SPOT,
    Strategy,
)
from planner.report.answer import fleet
from planner.report.lookup import Lookup
from planner.value.rows import ValueRow

WAYS = (OPTIMAL, ON_DEMAND, SPOT, RESERVED_1Y, RESERVED_3Y, OWNED, API, MEAN)
COMMAND = "make value"


def value_rows(folder: Path, data: Path | None, as_of: date, say: Callable[[str], None]) -> list[ValueRow]:
    """All ways on every problem of a folder."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise InputError(f"{folder}: holds no problem; run from the repository, or name the folder")
    return [row for file in files for row in solved(file, data, as_of, say)]


def solved(
    file: Path, data: Path | None, as_of: date, say: Callable[[str], None], ways: tuple[Strategy, ...] = WAYS
) -> Iterator[ValueRow]:
    """The wanted ways on one problem."""
    question = question_in(file, data, as_of, COMMAND)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    profile = _profile(file, question)
    shape = question.catalog.profiles[profile]
    source = question.catalog.sources[shape.provenance.source]
    peak = max(shape.weights) / (sum(shape.weights) / len(shape.weights))
    for one in compared(question, lambda name: say(f"{file.stem}: {name}"), ways):
        yield ValueRow(
            problem=file.stem,
            problem_sha256=sha256,
            shape=profile,
            title=shape.title,
            attribution=f"{source.title}, {source.licence}",
            peak_over_mean=peak,
            strategy=one.strategy.id,
            name=one.strategy.name,
            says=one.strategy.says,
            npv_usd=one.plan.total_npv_usd if one.plan else 0.0,
            bound_usd=one.plan.certificate.bound if one.plan else 0.0,
            fleet=_fleet(one),
            refusal=one.refusal,
            as_of=as_of,
        )


def _profile(file: Path, question: Question) -> str:
    """The one shape that all traffic of a problem has."""
    shapes = {one.traffic.profile for one in question.problem.workloads.values() if one.traffic}
    if len(shapes) != 1 or (name := next(iter(shapes))) not in question.catalog.profiles:
        raise InputError(f"{file}: needs one traffic profile of the catalogue for all its workloads")
    return str(name)


def _fleet(one: Tried) -> str:
    return fleet(Lookup(one.plan)) if one.plan else ""
