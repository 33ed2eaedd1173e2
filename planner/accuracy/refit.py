"""`make accuracy`: fit the constants to the shipped runs, once with all and once without each model and each GPU.

Writes the free constants into data/calibration/performance.yaml (their lines only; everything else stays as it is),
and the left-out predictions beside it. Takes some minutes on one core.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from planner.accuracy.command import SILICON, made_from
from planner.accuracy.figures import QUANTITIES, Array, Figures, summary
from planner.accuracy.fit import Prior, fit, read_priors, runs_from
from planner.accuracy.held_out import HeldOut, write_held_out
from planner.accuracy.measurements import Measurements, read_measurements
from planner.accuracy.scoring import as_figures, predictions
from planner.candidates.constants import constants_for
from planner.candidates.predict import ENGINES, Asked
from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog, Figure
from planner.errors import CatalogError

PRIORS = Path("calibration") / "priors.csv"
CONSTANTS = Path("calibration") / "performance.yaml"
LEAVE_OUT: dict[str, Callable[[Asked], str]] = {"model": lambda a: a.model.id, "gpu": lambda a: a.gpu.id}


def refit(data: Path, as_of: date, tell: Callable[[str], None]) -> None:
    """Fit, write the constants, fit again without each model and GPU, write the held-out predictions."""
    catalog = load_catalog(data, as_of=as_of)
    measured = read_measurements(data / SILICON, catalog)
    runs = runs_from(measured.questions, measured.measured)
    priors = read_priors(data / PRIORS, catalog.calibration)
    tell(f"fitting {len(priors)} constants to {len(measured):,} runs")
    fitted = fit(runs, priors, catalog)
    write_constants(data / CONSTANTS, priors, fitted)
    catalog = load_catalog(data, as_of=as_of)  # as written: rounded
    shipped = as_figures(predictions(measured.questions, catalog))
    tell(f"all runs: {_told(shipped, measured)}")
    held_out = {way: _left_out(way, measured, priors, catalog, tell) for way in LEAVE_OUT}
    made = made_from(catalog, data / SILICON, measured, shipped, as_of)
    write_held_out(data, measured.ids, HeldOut(made, held_out))


def _left_out(
    way: str, measured: Measurements, priors: Sequence[Prior], catalog: Catalog, tell: Callable[[str], None]
) -> Figures:
    """Predictions for each model (GPU) by constants fitted without it."""
    runs = runs_from(measured.questions, measured.measured)
    names = np.array([LEAVE_OUT[way](asked) for asked in runs.asked])
    figures = Figures(*(np.full(len(names), np.nan) for _ in QUANTITIES))
    for name in sorted(set(names.tolist())):
        rows = np.flatnonzero(names == name)
        fitted = fit(runs.take(np.flatnonzero(names != name)), priors, catalog)
        found = _predicted([measured.questions[row] for row in rows], catalog, fitted)
        for quantity in QUANTITIES:
            getattr(figures, quantity)[rows] = getattr(found, quantity)
        tell(f"without {name}: {_told(found, replace(measured, measured=runs.take(rows).measured))}")
    return figures


def _predicted(questions: Sequence[object], catalog: Catalog, calibration: Mapping[str, Figure]) -> Figures:
    constants = {engine: constants_for(calibration, engine) for engine in ENGINES}
    return as_figures(predictions(questions, catalog, constants))  # type: ignore[arg-type]


def _told(found: Figures, measured: Measurements) -> str:
    pairs: dict[str, tuple[Array, Array]] = {
        "TPOT": (found.tpot_ms, measured.measured.tpot_ms),
        "TTFT": (found.ttft_mean_ms, measured.measured.ttft_mean_ms),
    }
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
