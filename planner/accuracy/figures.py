"""What is compared: TTFT, TPOT and throughput of many runs, and how far two of them lie apart.

    error = |predicted/measured - 1|          bias = median of ln(predicted/measured)

An absent figure is nan and takes no part; how many took part is always said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Figures:
    """Means of each run [N]; nan where there is none."""

    ttft_mean_ms: Array
    tpot_ms: Array
    output_tokens_per_s_per_gpu: Array

    def __len__(self) -> int:
        return len(self.tpot_ms)

    def take(self, index: Index | Mask) -> Figures:
        """The runs at `index`."""
        return Figures(*(getattr(self, name)[index] for name in QUANTITIES))

    @property
    def known(self) -> Mask:
        """Runs with all three figures."""
        known: Mask = np.isfinite(np.array([getattr(self, name) for name in QUANTITIES])).all(axis=0)
        return known


QUANTITIES = tuple(field.name for field in fields(Figures))


@dataclass(frozen=True)
class Summary:
    """Errors of many predictions as shares (0.1 is 10 %); nan where `n` is 0."""

    n: int
    median: float
    mean: float
    p90: float
    bias: float


def figures_from(rows: Iterable[tuple[float, float, float]]) -> Figures:
    """Figures of runs given as (TTFT, TPOT, tokens/s/GPU)."""
    table = np.array(list(rows), dtype=np.float64).reshape(-1, len(QUANTITIES))
    return Figures(*table.T)


def errors(predicted: Array, measured: Array) -> Array:
    """|predicted/measured - 1| of each pair."""
    return np.abs(predicted / measured - 1)


def summary(predicted: Array, measured: Array) -> Summary:
    """Errors over the pairs that have both figures."""
    both = np.isfinite(predicted) & np.isfinite(measured)
    if not both.any():
        return Summary(0, *[float("nan")] * 4)
    ratio = predicted[both] / measured[both]
    error = np.abs(ratio - 1)
    return Summary(
        n=int(both.sum()),
        median=float(np.median(error)),
        mean=float(error.mean()),
        p90=float(np.quantile(error, 0.9)),
        bias=float(np.median(np.log(ratio))),
    )
