"""Small sets of figures for the accuracy tests."""

from datetime import date
from functools import cache
from pathlib import Path

from planner.accuracy.figures import Figures, figures_from
from planner.accuracy.measurements import Measurements, read_measurements
from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog

ROOT = Path(__file__).parents[2]
AS_OF = date(2026, 11, 21)


@cache
def catalog() -> Catalog:
    return load_catalog(as_of=AS_OF)


@cache
def shipped_runs() -> Measurements:
    return read_measurements(ROOT / "data" / "measurements" / "silicon.csv", catalog())


def figures(*rows: tuple[float, float, float]) -> Figures:
    """(TTFT, TPOT, tokens/s/GPU) of each run."""
    return figures_from(rows)
