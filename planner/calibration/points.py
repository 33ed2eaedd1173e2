"""Runs → points: the deployment a run was made on, the load it was under, measured and predicted TPOT.

A load is the number of requests in flight. A closed loop states it; for requests that come at a rate it
follows from Little's law on the run's own figures,

    requests in flight = requests/s × (TTFT + (output tokens - 1) × TPOT)

so that measured and predicted TPOT are compared at the same load, wherever the queue came from.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from planner.calibration.run import Run
from planner.candidates.predict import Asked, Predicted, closed_points
from planner.catalog.own_factors import Deployment
from planner.catalog.specs import Catalog
from planner.errors import InputError
from planner.estimate.question import Names, Question, question_from
from planner.units import MS_PER_S

MOST_MISTAKES = 25


@dataclass(frozen=True)
class Point:
    """One comparison."""

    where: str
    engine: str
    architecture: str
    deployment: Deployment
    concurrency: float
    input_tokens: float
    output_tokens: float
    measured_tpot_ms: float
    predicted_tpot_ms: float

    @property
    def error(self) -> float:
        """ln(measured / predicted)."""
        return math.log(self.measured_tpot_ms / self.predicted_tpot_ms)


@dataclass(frozen=True)
class Comparison:
    """All points, and what was left out with the reason."""

    points: tuple[Point, ...]
    left_out: tuple[str, ...]


def compare(runs: Sequence[Run], given: Mapping[str, str], catalog: Catalog) -> Comparison:
    """Predict every run; `given` cells hold for all of them, whatever their files say.

    Raises InputError naming every run that says too little, and where nothing is left.
    """
    usable = [run for run in runs if not run.left_out]
    left_out = [f"{run.where}: {run.left_out}" for run in runs if run.left_out]
    questions = _questions(usable, given, Names(catalog))
    asked = [question.asked for question in questions]
    told = closed_points(asked, [question.concurrency or 1.0 for question in questions], catalog)
    points = []
    for run, question, predicted in zip(usable, questions, told, strict=True):
        if predicted.fits:
            points.append(_point(run, question, predicted))
        else:
            left_out.append(f"{run.where}: {predicted.reason}")
    if not points:
        raise InputError("\n".join(["no run can be compared:", *(f"  {text}" for text in left_out[:MOST_MISTAKES])]))
    return Comparison(tuple(points), tuple(left_out))


def in_flight(run: Run) -> float | None:
    """Requests in flight on average, None where the run does not say."""
    if run.clients is not None:
        return run.clients
    if run.requests_per_s is None or run.ttft_ms is None or run.tpot_ms is None or run.osl is None:
        return None
    seconds = (run.ttft_ms + (run.osl - 1) * run.tpot_ms) / MS_PER_S
    return max(1.0, run.requests_per_s * seconds)


def deployment_of(asked: Asked) -> Deployment:
    """Where three weight formats are mixed, that of the experts names the deployment: it holds most weights."""
    weights = asked.weights.split("/")[-1]
    return Deployment(asked.model.id, asked.gpu.id, asked.tp, asked.pp, asked.dp, asked.ep, weights, asked.kv)


def _questions(runs: Sequence[Run], given: Mapping[str, str], names: Names) -> list[Question]:
    questions: list[Question] = []
    wrong: list[str] = []
    for run in runs:
        question, mistakes = question_from({**run.cells, **dict(_load_cells(run)), **given}, names)
        mistakes = [*mistakes, *(["has no mean TPOT"] if run.tpot_ms is None else [])]
        if question is None or mistakes:
            wrong.append(f"{run.where}: {', '.join(dict.fromkeys(mistakes))}")
        else:
            questions.append(question)
    if wrong:
        more = [f"… and {len(wrong) - MOST_MISTAKES} more"] if len(wrong) > MOST_MISTAKES else []
        listed = "\n".join(f"  {text}" for text in [*wrong[:MOST_MISTAKES], *more])
        raise InputError(
            f"{len(wrong)} of {len(runs)} runs say too little:\n{listed}\n"
            "Say what their files leave out with --model, --gpu, --tp, --weights, … for all of them."
        )
    return questions


def _load_cells(run: Run) -> Iterator[tuple[str, str]]:
    """Lengths and load as cells; what is not known stays unsaid, so that it is asked for."""
    return (
        (name, repr(value))
        for name, value in (("isl", run.isl), ("osl", run.osl), ("concurrency", in_flight(run)))
        if value is not None
    )


def _point(run: Run, question: Question, predicted: Predicted) -> Point:
    asked = question.asked
    return Point(
        where=run.where,
        engine=asked.engine,
        architecture=asked.gpu.architecture,
        deployment=deployment_of(asked),
        concurrency=question.concurrency or 1.0,
        input_tokens=asked.input_tokens,
        output_tokens=asked.output_tokens,
        measured_tpot_ms=run.tpot_ms or math.nan,
        predicted_tpot_ms=predicted.tpot_ms,
    )
