"""What the requests of a class mean to a model: tokens to prefill, tokens held, tokens read at each step.

A prefix hit saves prefill work but not memory: the cached prefix still has to be resident. Averages over
decode steps weigh each request by how long it stays, which is proportional to its output length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.catalog.specs import AttentionSpec
from planner.demand.types import LengthMix

Array = NDArray[np.float64]

PROMPT_EDGES = (0.25, 0.5, 0.7, 0.85, 0.93, 0.97, 0.99)
OUTPUT_EDGES = (0.5, 0.8, 0.95)
MOST_CELLS = (len(PROMPT_EDGES) + 1) * (len(OUTPUT_EDGES) + 1)


@dataclass(frozen=True)
class Cells:
    """Requests of similar size: share of requests, and their mean prefill and decode work [C]."""

    share: Array
    new_tokens: Array  # prompt tokens that must be prefilled
    pairs: Array  # token pairs the growing layers' prefill attention sees
    index_pairs: Array  # pairs a sparse index scores
    window_pairs: Array  # pairs in windowed layers
    decode_steps: Array  # output tokens after the first


@dataclass(frozen=True)
class Shape:
    """One demand class as one model sees it, per request [tokens]."""

    cells: Cells
    resident: float  # tokens a decoding request holds in layers that grow
    resident_window: float  # … in windowed layers
    read: float  # tokens of the growing cache a decode step reads: fewer with sparse attention
    decode_steps: float
    mean_prompt: float
    mean_output: float
    long_request: float  # length that at most the tolerated share of requests exceeds


def shape_of(lengths: LengthMix, prefix_hit: float, attention: AttentionSpec, tolerated: float) -> Shape:
    """Averages over a joint length distribution for one attention layout."""
    prompt, output, share = lengths.input_tokens, lengths.output_tokens, lengths.share
    window = float(attention.window_tokens) or np.inf
    topk = float(attention.index_topk) or np.inf
    cells = _cells(prompt, output, share, prefix_hit, (topk, window))
    stay = share * np.maximum(output - 1, 1.0)
    held = prompt + output / 2
    return Shape(
        cells=_few(cells),
        resident=_mean(held, stay),
        resident_window=_mean(np.minimum(held, window), stay),
        read=_mean(np.minimum(held, topk), stay),
        decode_steps=float(cells.decode_steps @ share),
        mean_prompt=lengths.mean_input,
        mean_output=lengths.mean_output,
        long_request=exceeded_by(prompt + output, share, tolerated),
    )


def exceeded_by(length: Array, share: Array, tolerated: float) -> float:
    """Smallest length that at most a `tolerated` share of requests exceeds."""
    order = np.argsort(length)
    below = np.cumsum(share[order])
    return float(length[order][np.searchsorted(below, 1 - tolerated - 1e-9)])


def _mean(values: Array, weights: Array) -> float:
    return float(values @ weights / weights.sum())


def _cells(prompt: Array, output: Array, share: Array, prefix_hit: float, caps: tuple[float, float]) -> Cells:
    """A new token attends to the cached prefix and, on average, to half of the new tokens."""
    new = prompt * (1 - prefix_hit)
    seen = prompt * prefix_hit + new / 2
    topk, window = caps
    return Cells(
        share=share,
        new_tokens=new,
        pairs=new * np.minimum(seen, topk),
        index_pairs=new * seen,
        window_pairs=new * np.minimum(seen, window),
        decode_steps=np.maximum(output - 1, 1.0),
    )


def _few(cells: Cells) -> Cells:
    """At most MOST_CELLS cells: quantile bins of prompt work, each split by output length; means are kept."""
    if len(cells.share) <= MOST_CELLS:
        return cells
    row = _quantile_bin(cells.new_tokens, cells.share, PROMPT_EDGES)
    column = np.zeros_like(row)
    for index in set(row.tolist()):
        inside = row == index
        column[inside] = _quantile_bin(cells.decode_steps[inside], cells.share[inside], OUTPUT_EDGES)
    bins = row * (len(OUTPUT_EDGES) + 1) + column
    mass = _sums(bins, cells.share)
    kept = mass > 0

    def merged(values: Array) -> Array:
        mean: Array = _sums(bins, values * cells.share)[kept] / mass[kept]
        return mean

    return Cells(
        share=mass[kept],
        new_tokens=merged(cells.new_tokens),
        pairs=merged(cells.pairs),
        index_pairs=merged(cells.index_pairs),
        window_pairs=merged(cells.window_pairs),
        decode_steps=merged(cells.decode_steps),
    )


def _sums(bins: NDArray[np.intp], values: Array) -> Array:
    """Sum of values in each bin."""
    sums = np.zeros(MOST_CELLS)
    np.add.at(sums, bins, values)
    return sums


def _quantile_bin(values: Array, share: Array, edges: tuple[float, ...]) -> NDArray[np.intp]:
    """Bin of each value by the share of requests below its middle."""
    order = np.argsort(values, kind="stable")
    middle = (np.cumsum(share[order]) - share[order] / 2) / share.sum()
    bins = np.empty(len(values), dtype=np.intp)
    bins[order] = np.searchsorted(np.asarray(edges), middle)
    return bins
