"""Constants from measured runs: bounded, robust least squares on logarithms, pulled towards priors.

Residuals are ln(predicted/measured) of TPOT over 0.10 and of TTFT over 1.0, through a soft absolute value, so
that single runs cannot steer. A run counts (60/n)^(1/4), n runs being in its group of model, GPU, engine and
format: a large campaign does not outvote a small one. Each free constant adds 8·(value - prior)/sd. TTFT of runs
in which requests queue before admission says nothing of the model and is left out.

Free are the constants in data/calibration/priors.csv, within `low` and `high` of performance.yaml.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from planner.accuracy.figures import Array, Figures, Index, Mask
from planner.candidates.closed_loop import closed_loop
from planner.candidates.constants import Constants, constants_for
from planner.candidates.engine import engine_of
from planner.candidates.predict import ENGINES, Asked, replica_for
from planner.candidates.rows import rows_from
from planner.catalog.readers.rows import Mistakes, csv_rows
from planner.catalog.specs import Catalog, Figure
from planner.errors import CatalogError, InputError
from planner.units import MS_PER_S

TPOT_SCALE, TTFT_SCALE = 0.10, 1.0
PULL = 8.0
GROUP_SIZE, GROUP_POWER = 60, 0.25
DIFFERENCE = 2e-3  # step of a derivative, as a share of a constant's range
TOLERANCE = 1e-4
ROUNDS = 40


@dataclass(frozen=True)
class Prior:
    """A free constant: what is believed of it before the fit, and within which bounds it may move."""

    id: str
    value: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True)
class Runs:
    """Measured closed-loop runs to fit on [N]."""

    asked: Sequence[Asked]
    concurrency: Array
    measured: Figures

    def take(self, index: Index) -> Runs:
        return Runs([self.asked[row] for row in index], self.concurrency[index], self.measured.take(index))

    @cached_property
    def weights(self) -> Array:
        """How much each run's TPOT counts."""
        groups = [(a.model.id, a.gpu.id, a.engine, a.weights) for a in self.asked]
        sizes = Counter(groups)
        return np.array([(GROUP_SIZE / sizes[group]) ** GROUP_POWER for group in groups])

    @cached_property
    def admitted(self) -> Array:
        """1 where TTFT tells of the model, 0 where requests queued before admission."""
        ttft, tpot = self.measured.ttft_mean_ms, self.measured.tpot_ms
        answer = tpot * np.array([a.output_tokens for a in self.asked])
        queued: Mask = (ttft > 20 * tpot + 3000) & (ttft > 0.3 * answer)
        return np.where(queued, 0.0, 1.0)


def read_priors(path: Path, calibration: Mapping[str, Figure]) -> list[Prior]:
    """The free constants; CatalogError for one that is unknown or has no bounds."""
    mistakes, priors = Mistakes(), []
    for row in csv_rows(path, ["id", "prior", "sd"], [], mistakes):
        figure = calibration.get(row.text("id"))
        if figure is None or figure.low is None or figure.high is None:
            row.wrong("needs a figure of that id with low and high in performance.yaml")
            continue
        priors.append(Prior(figure.id, row.number("prior"), row.number("sd"), figure.low, figure.high))
    mistakes.stop_if_any()
    return priors


def fit(runs: Runs, priors: Sequence[Prior], catalog: Catalog) -> dict[str, Figure]:
    """The calibration with its free constants fitted to `runs`, starting from the priors."""
    low, high, prior, sd = (np.array([getattr(p, name) for p in priors]) for name in ("low", "high", "value", "sd"))
    width = high - low
    predict = predictor(runs, catalog)

    def residuals(x: Array) -> Array:
        ttft, tpot = predict(calibrated(catalog.calibration, priors, low + x * width))
        data = np.concatenate([
            runs.weights * np.log(tpot * MS_PER_S / runs.measured.tpot_ms) / TPOT_SCALE,
            runs.admitted * np.log(ttft * MS_PER_S / runs.measured.ttft_mean_ms) / TTFT_SCALE,
        ])  # fmt: skip
        return np.concatenate([soft(data), PULL * (low + x * width - prior) / sd])

    start = np.clip((prior - low) / width, 1e-3, 1 - 1e-3)
    options: dict[str, Any] = {"xtol": TOLERANCE, "ftol": TOLERANCE, "diff_step": DIFFERENCE, "max_nfev": ROUNDS}
    found = _least_squares()(residuals, start, bounds=(0, 1), **options)
    return calibrated(catalog.calibration, priors, low + found.x * width)


def soft(z: Array) -> Array:
    """Residuals whose squares grow like |z| far out: sign(z)·sqrt(2(sqrt(1 + z²) - 1))."""
    value: Array = np.sign(z) * np.sqrt(2 * (np.sqrt(1 + z * z) - 1))
    return value


def calibrated(calibration: Mapping[str, Figure], priors: Sequence[Prior], values: Array) -> dict[str, Figure]:
    """The calibration with these values of the free constants."""
    changed = {p.id: replace(calibration[p.id], value=value) for p, value in zip(priors, values.tolist(), strict=True)}
    return {**calibration, **changed}


def predictor(runs: Runs, catalog: Catalog) -> Callable[[Mapping[str, Figure]], tuple[Array, Array]]:
    """A function from a calibration to mean TTFT and TPOT of every run [s]."""
    names = [name for name in ENGINES if any(a.engine == name for a in runs.asked)]
    rows = {name: np.flatnonzero([a.engine == name for a in runs.asked]) for name in names}
    of_engine = {name: _one_engine(runs.take(rows[name]), catalog) for name in names}

    def predict(calibration: Mapping[str, Figure]) -> tuple[Array, Array]:
        both = np.empty((2, len(runs.asked)))
        for name in names:
            both[:, rows[name]] = of_engine[name](constants_for(calibration, name))
        return both[0], both[1]

    return predict


def _one_engine(runs: Runs, catalog: Catalog) -> Callable[[Constants], tuple[Array, Array]]:
    """As `predictor`; a constant of another engine costs nothing, as the last answers are kept.

    Replicas are made once: no free constant enters them.
    """
    known = constants_for(catalog.calibration, runs.asked[0].engine)
    replicas = [replica_for(asked, catalog, known) for asked in runs.asked]
    fixed = np.array([asked.fixed_lengths for asked in runs.asked])

    @lru_cache(maxsize=2)
    def predict(k: Constants) -> tuple[Array, Array]:
        found = closed_loop(engine_of(rows_from(replicas, k), k), runs.concurrency, fixed)
        return found.ttft_s, found.tpot_s

    return predict


def _least_squares() -> Callable[..., Any]:
    try:
        from scipy.optimize import least_squares
    except ImportError:
        raise InputError("fitting needs scipy: pip install 'llm-fleet-planner[dev]'") from None
    return least_squares  # type: ignore[no-any-return]


def runs_from(questions: Sequence[Any], measured: Figures) -> Runs:
    """Runs to fit on. Raises CatalogError where one is not a closed-loop run with all three figures."""
    clients = [question.concurrency for question in questions]
    if None in clients or not measured.known.all():
        raise CatalogError("the fit needs concurrency, TTFT, TPOT and tokens/s/GPU of every measured run")
    return Runs([question.asked for question in questions], np.array(clients, dtype=np.float64), measured)
