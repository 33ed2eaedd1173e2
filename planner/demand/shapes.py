"""When requests arrive: the 168 hours of a typical week, Monday 00:00 first, with mean 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from planner.catalog.hints import did_you_mean
from planner.catalog.specs import Catalog
from planner.demand.csv_columns import read_columns
from planner.demand.types import Array
from planner.errors import InputError
from planner.inputs.problem import CsvFile
from planner.units import HOURS_PER_DAY, HOURS_PER_WEEK

FLAT = np.ones(HOURS_PER_WEEK)


def weekly_shape(profile: str | list[float] | CsvFile, catalog: Catalog, base: Path, where: str) -> Array:
    """The shape a problem asks for; `where` is its key, `base` the folder of the problem file."""
    if profile == "flat":
        return FLAT
    if isinstance(profile, CsvFile):
        weights = read_columns(base / profile.csv, ("weight",), f"{where}.csv")["weight"]
    elif isinstance(profile, str):
        weights = np.array(_named(profile, catalog, where))
    else:
        weights = np.array(profile, dtype=float)
    return _with_mean_one(weights, where)


def _with_mean_one(weights: Array, where: str) -> Array:
    if len(weights) not in {HOURS_PER_DAY, HOURS_PER_WEEK}:
        raise InputError(f"{where}: has {len(weights)} hours; give 24 (a day) or 168 (a week, Monday 00:00 first)")
    if weights.sum() <= 0:
        raise InputError(f"{where}: has only zeros; at least one hour needs a weight above 0")
    week: Array = np.tile(weights, HOURS_PER_WEEK // len(weights))
    return np.asarray(week / week.mean(), dtype=float)


def _named(name: str, catalog: Catalog, where: str) -> tuple[float, ...]:
    if name not in catalog.profiles:
        hint = did_you_mean(name, catalog.profiles)
        raise InputError(f"{where}: no profile is called {name!r}{hint}; see `planner catalog profiles`")
    return catalog.profiles[name].weights
