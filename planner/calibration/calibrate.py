"""Own benchmark results in, a calibration file out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from planner.calibration.fit import fit, spreads_from
from planner.calibration.points import compare
from planner.calibration.read import read_runs
from planner.calibration.write import calibration_text, write_factors
from planner.candidates.own_ground import constants_sha256
from planner.catalog.specs import Catalog


def calibrate(files: Sequence[Path], given: Mapping[str, str], out: Path, catalog: Catalog, today: date) -> str:
    """Fit factors to every run of the files, write them to `out`, return what to tell the user."""
    runs = [run for file in files for run in read_runs(file)]
    compared = compare(runs, given, catalog)
    factors = fit(compared.points, spreads_from(catalog.calibration), today)
    write_factors(out, factors, constants_sha256(catalog.calibration), files)
    return calibration_text(compared, factors, out)
