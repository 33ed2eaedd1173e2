"""How long requests are: a joint histogram, or log-normal marginals cut into cells of exact mean."""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist

import numpy as np

from planner.catalog.hints import did_you_mean
from planner.catalog.specs import Catalog
from planner.demand.csv_columns import read_columns
from planner.demand.types import Array, LengthMix
from planner.errors import InputError
from planner.inputs.problem import CsvFile, Requests, TokenLength
from planner.inputs.requests import CV_OF_A_SINGLE_FIGURE

QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)  # borders of a marginal's cells
MOST_CSV_ROWS = 10_000
COLUMNS = ("input_tokens", "output_tokens", "share")


def length_mix(requests: Requests, catalog: Catalog, base: Path, where: str) -> LengthMix:
    """The joint distribution of prompt and output lengths [tokens]; reasoning tokens count as output."""
    if isinstance(requests.lengths, CsvFile):
        cells = _from_csv(base / requests.lengths.csv, f"{where}.lengths.csv")
    elif requests.lengths is not None:
        cells = _named(requests.lengths, catalog, f"{where}.lengths")
    else:
        cells = _independent(_marginal(requests.input), _marginal(requests.output))
    inputs, outputs, shares = cells
    return LengthMix(inputs, outputs + requests.reasoning_tokens, shares / shares.sum())


def assumed_spread(requests: Requests) -> str:
    """What is assumed where a length is known by one figure only; "" where nothing is."""
    figures = {"input": requests.input, "output": requests.output}
    single = [name for name, length in figures.items() if length is not None and _figures(length).is_single]
    if not single:
        return ""
    which = " and ".join(single)
    return f"{which} lengths are taken as log-normal with a coefficient of variation of {CV_OF_A_SINGLE_FIGURE:g}"


def _named(name: str, catalog: Catalog, where: str) -> tuple[Array, Array, Array]:
    if name not in catalog.lengths:
        hint = did_you_mean(name, catalog.lengths)
        raise InputError(f"{where}: no length table is called {name!r}{hint}; see `planner catalog lengths`")
    inputs, outputs, shares = np.array(catalog.lengths[name].cells, dtype=float).T
    return inputs, outputs, shares


def _from_csv(path: Path, where: str) -> tuple[Array, Array, Array]:
    """A CSV with the columns input_tokens, output_tokens, share; shares may be counts."""
    table = read_columns(path, COLUMNS, where)
    inputs, outputs, shares = (table[name] for name in COLUMNS)
    if len(shares) > MOST_CSV_ROWS:
        raise InputError(f"{where}: {path} has {len(shares):,} rows, at most {MOST_CSV_ROWS:,}; group the lengths")
    if min(inputs.min(), outputs.min()) < 1:
        raise InputError(f"{where}: {path} has a length below 1 token; leave such requests out")
    if shares.sum() <= 0:
        raise InputError(f"{where}: {path} has only zero shares; give each row its share or count")
    seen = shares > 0
    return inputs[seen], outputs[seen], shares[seen]


def _independent(inputs: tuple[Array, Array], outputs: tuple[Array, Array]) -> tuple[Array, Array, Array]:
    """The joint cells of two independent marginals (lengths, shares)."""
    grid_in, grid_out = np.meshgrid(inputs[0], outputs[0], indexing="ij")
    return grid_in.ravel(), grid_out.ravel(), np.outer(inputs[1], outputs[1]).ravel()


def _marginal(length: float | TokenLength | None) -> tuple[Array, Array]:
    """Cells of one length: (tokens, share). A bare number is a mean."""
    return log_normal_cells(*_figures(length).log_normal())


def _figures(length: float | TokenLength | None) -> TokenLength:
    return length if isinstance(length, TokenLength) else TokenLength(mean=length)


def log_normal_cells(mu: float, sigma: float) -> tuple[Array, Array]:
    """(tokens, share) of a log-normal cut at `QUANTILES`, each cell at its own mean, none below 1 token.

    With Φ the standard normal distribution, the mean of the cell between quantiles a and b is
    exp(μ + σ²/2) (Φ(z_b - σ) - Φ(z_a - σ)) / (b - a), so the shares' mean is exactly exp(μ + σ²/2).
    """
    mean = float(np.exp(mu + sigma**2 / 2))
    if sigma == 0:
        return np.array([mean]), np.ones(1)
    normal = NormalDist()
    mass = [0.0, *(normal.cdf(normal.inv_cdf(q) - sigma) for q in QUANTILES), 1.0]
    shares = np.diff([0.0, *QUANTILES, 1.0])
    return _at_least_one(mean * np.diff(mass) / shares, shares), shares


def _at_least_one(tokens: Array, shares: Array) -> Array:
    """Lengths raised to 1 token where shorter, the longer ones scaled so that the mean stays."""
    mean = float(tokens @ shares)
    if mean <= 1:
        return np.full_like(tokens, mean)
    while (short := tokens < 1).any():
        tokens = np.where(short, 1.0, tokens)
        long = tokens > 1
        spare = mean - float(shares[~long].sum())
        tokens = np.where(long, tokens * spare / float(tokens[long] @ shares[long]), 1.0)
    return tokens
