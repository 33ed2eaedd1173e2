"""What the shipped model says about measured runs; nothing is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan

from planner.accuracy.figures import Figures, figures_from
from planner.candidates.constants import Constants
from planner.candidates.predict import Predicted, closed_points, open_points
from planner.catalog.specs import Catalog
from planner.estimate.question import Question


def predictions(
    questions: Sequence[Question], catalog: Catalog, constants: Mapping[str, Constants] | None = None
) -> list[Predicted]:
    """One prediction for each run; those that do not fit say why."""
    found: dict[int, Predicted] = {}
    closed = {row: q.concurrency for row, q in enumerate(questions) if q.concurrency is not None}
    opened = {row: q.requests_per_s for row, q in enumerate(questions) if q.requests_per_s is not None}
    for predict, loads in ((closed_points, closed), (open_points, opened)):
        rows = [row for row in loads if row not in found]
        asked = [questions[row].asked for row in rows]
        told = predict(asked, [loads[row] for row in rows], catalog, constants)
        found |= dict(zip(rows, told, strict=True))
    return [found[row] for row in range(len(questions))]


def as_figures(predicted: Sequence[Predicted]) -> Figures:
    """The three figures of each prediction; nan where it does not fit."""
    told = (
        (p.ttft_mean_ms, p.tpot_ms, p.output_tokens_per_s_per_gpu) if p.fits else (nan, nan, nan) for p in predicted
    )
    return figures_from(told)
