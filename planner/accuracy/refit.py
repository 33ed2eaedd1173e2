"""`make accuracy`: fit the constants to the shipped runs, once with all and once without each model and each GPU.

Writes the free constants into data/calibration/performance.yaml (their lines only; everything else stays as it is),
and the left-out predictions beside it. Takes some minutes on one core.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from planner.accuracy.command import SILICON, made_from
from planner.accuracy.figures import QUANTITIES, Figures, summary
from planner.accuracy.fit import Prior, Runs, fit, read_priors, runs_from
from planner.accuracy.held_out import FOLDER, HeldOut, write_held_out
from planner.accuracy.measurements import Measurements, read_measurements
from planner.accuracy.scoring import as_figures, predictions
from planner.accuracy.spans import spans_of, write_spans
from planner.accuracy.widths import measured_widths, write_widths
from planner.candidates.constants import constants_for
from planner.candidates.predict import ENGINES, Asked
from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog, Figure
from planner.errors import CatalogError
from planner.estimate.question import Question

PRIORS = Path(FOLDER) / "priors.csv"
CONSTANTS = Path(FOLDER) / "performance.yaml"
LEAVE_OUT: dict[str, Callable[[Asked], str]] = {"model": lambda a: a.model.id, "gpu": lambda a: a.gpu.id}


def refit(data: Path, as_of: date, tell: Callable[[str], None]) -> None:
    """Fit, write the constants, fit again without each model and GPU, write what was held out."""
    catalog = load_catalog(data, as_of=as_of)
    measured = read_measurements(data / SILICON, catalog)
    runs = runs_from(measured.questions, measured.measured)
    priors = read_priors(data / PRIORS, catalog.calibration)
    tell(f"fitting {len(priors)} constants to {len(measured):,} runs")
    write_constants(data / CONSTANTS, priors, fit(runs, priors, catalog))
    catalog = load_catalog(data, as_of=as_of)  # as written: rounded
    shipped = as_figures(predictions(measured.questions, catalog))
    tell(f"all runs: {_told(shipped, measured.measured)}")
    task = _Task(measured, runs, priors, catalog)
    left_out = {way: _left_out(way, task, tell) for way in LEAVE_OUT}
    others = [calibration for _, calibrations in left_out.values() for calibration in calibrations]
    write_spans(data / FOLDER, spans_of(priors, catalog.calibration, others))
    made = made_from(catalog, data / SILICON, measured, shipped, as_of)
    write_held_out(data, measured.ids, HeldOut(made, {way: figures for way, (figures, _) in left_out.items()}))
    crowded_above = catalog.calibration["interval_crowded_above"].value
    write_widths(data / FOLDER / "intervals.yaml", measured_widths(measured, left_out["model"][0], crowded_above))


@dataclass(frozen=True)
class _Task:
    """Everything a fit needs."""

    measured: Measurements
    runs: Runs
    priors: Sequence[Prior]
    catalog: Catalog


def _left_out(way: str, task: _Task, tell: Callable[[str], None]) -> tuple[Figures, list[Mapping[str, Figure]]]:
    """Predictions for each model (GPU) by constants fitted without it, and those constants."""
    names = np.array([LEAVE_OUT[way](asked) for asked in task.runs.asked])
    figures = Figures(*(np.full(len(names), np.nan) for _ in QUANTITIES))
    calibrations: list[Mapping[str, Figure]] = []
    for name in sorted(set(names.tolist())):
        rows = np.flatnonzero(names == name)
        fitted = fit(task.runs.take(np.flatnonzero(names != name)), task.priors, task.catalog)
        found = _predicted([task.measured.questions[row] for row in rows], task.catalog, fitted)
        for quantity in QUANTITIES:
            getattr(figures, quantity)[rows] = getattr(found, quantity)
        calibrations.append(fitted)
        tell(f"without {name}: {_told(found, task.runs.measured.take(rows))}")
    return figures, calibrations


def _predicted(questions: Sequence[Question], catalog: Catalog, calibration: Mapping[str, Figure]) -> Figures:
    constants = {engine: constants_for(calibration, engine) for engine in ENGINES}
    return as_figures(predictions(questions, catalog, constants))


def _told(found: Figures, measured: Figures) -> str:
    pairs = {"TPOT": (found.tpot_ms, measured.tpot_ms), "TTFT": (found.ttft_mean_ms, measured.ttft_mean_ms)}
    return ", ".join(f"{name} {summary(*pair).median:.1%}" for name, pair in pairs.items()) + " median error"


def write_constants(path: Path, priors: Sequence[Prior], fitted: Mapping[str, Figure]) -> None:
    """Replace the values of the free constants in their lines."""
    text = path.read_text(encoding="utf-8")
    for prior in priors:
        line = re.compile(rf"(^- \{{id: {re.escape(prior.id)}, value: )[^,}}]+", re.MULTILINE)
        text, count = line.subn(rf"\g<1>{fitted[prior.id].value:.4g}", text)
        if count != 1:
            raise CatalogError(f"{path}: {prior.id} must stand in one line as '- {{id: {prior.id}, value: …'")
    path.write_text(text, encoding="utf-8")
