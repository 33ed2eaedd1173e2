"""data/traffic/: weekly arrival shapes, joint length histograms and named workloads."""

from __future__ import annotations

from itertools import pairwise
from math import log1p, sqrt
from pathlib import Path
from statistics import NormalDist

from planner.catalog.readers.context import Context
from planner.catalog.readers.rows import Row, csv_rows, yaml_rows
from planner.catalog.specs import LengthTable, Profile
from planner.units import HOURS_PER_WEEK

_BINS = 5  # equally likely cells of a log-normal length; their means keep the mean exact
_MEAN_TOLERANCE = 1e-4  # rounding of the weights in the file


def read_profiles(folder: Path, context: Context) -> dict[str, Profile]:
    """Weekly shapes by id; each column of profiles.csv must be described in index.yaml."""
    rows = yaml_rows(folder / "index.yaml", "profiles", context.mistakes)
    ids = [row.text("id") for row in rows]
    table = csv_rows(folder / "profiles.csv", ["hour_of_week", *ids], [], context.mistakes)
    hours = [row.whole("hour_of_week", zero=True) for row in table]
    if table and hours != list(range(HOURS_PER_WEEK)):
        context.mistakes.note("profiles.csv", f"hour_of_week must run from 0 to {HOURS_PER_WEEK - 1}")
    return context.keyed(rows, lambda row: _profile(row, table, context))


def _profile(row: Row, table: list[Row], context: Context) -> Profile:
    name = row.text("id")
    weights = [hour.number(name, zero=True) for hour in table]
    mean = sum(weights) / len(weights) if weights else 1.0
    if abs(mean - 1) > _MEAN_TOLERANCE:
        row.wrong(f"the weights of '{name}' in profiles.csv have the mean {mean:.6f}, not 1")
    return Profile(name, row.text("title"), tuple(w / mean for w in weights), context.provenance(row))


def read_lengths(folder: Path, context: Context) -> dict[str, LengthTable]:
    """Length tables by id: histograms from lengths/<id>.csv, then the presets."""
    histograms = yaml_rows(folder / "index.yaml", "lengths", context.mistakes)
    presets = yaml_rows(folder / "presets.yaml", "presets", context.mistakes)
    return context.keyed([*histograms, *presets], lambda row: _lengths(folder, row, context))


def _lengths(folder: Path, row: Row, context: Context) -> LengthTable:
    cells = _preset(row) if row.has("input") else _histogram(folder, row, context)
    return LengthTable(row.text("id"), row.text("title"), cells, context.provenance(row))


def _histogram(folder: Path, row: Row, context: Context) -> tuple[tuple[float, float, float], ...]:
    path = folder / "lengths" / f"{row.text('id')}.csv"
    lines = csv_rows(path, ["input_tokens", "output_tokens", "share"], [], context.mistakes)
    cells = [(line.number("input_tokens"), line.number("output_tokens"), line.number("share")) for line in lines]
    total = sum(share for _, _, share in cells)
    if abs(total - 1) > _MEAN_TOLERANCE:
        row.wrong(f"the shares in {path.name} add up to {total:.6f}, not 1")
    return tuple((tokens_in, tokens_out, share / total) for tokens_in, tokens_out, share in cells) if total else ()


def _preset(row: Row) -> tuple[tuple[float, float, float], ...]:
    inputs, outputs = _cells(row.part("input")), _cells(row.part("output"))
    share = 1 / (len(inputs) * len(outputs))
    return tuple((tokens_in, tokens_out, share) for tokens_in in inputs for tokens_out in outputs)


def _cells(row: Row) -> list[float]:
    mean, cv = row.number("mean"), row.number("cv", 0, zero=True)
    row.finish()
    return lognormal_means(mean, cv, _BINS) if cv else [mean]


def lognormal_means(mean: float, cv: float, bins: int) -> list[float]:
    """Means of `bins` equally likely cells of a log-normal with this mean and coefficient of variation.

    The mean below quantile q is mean x Phi(z_q - sigma), sigma^2 = ln(1 + cv^2) (partial expectation).
    """
    normal = NormalDist()
    sigma = sqrt(log1p(cv**2))
    below = [0.0, *(normal.cdf(normal.inv_cdf(k / bins) - sigma) for k in range(1, bins)), 1.0]
    return [mean * bins * (high - low) for low, high in pairwise(below)]
