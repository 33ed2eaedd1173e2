"""The largest rate within a TPOT limit, predicted against measured.

A curve is one deployment at one prompt and answer length over at least four concurrencies. Its TPOT grows with
concurrency; the throughput where it reaches a limit is found between the runs on logarithmic scales. Three limits
a curve, at equal ratios between 1.1 × its smallest and 0.9 × its largest measured TPOT. A predicted curve that never
reaches the limit, or always exceeds it, counts with its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from planner.accuracy.figures import Array, Figures, Index

FEWEST = 4
LIMITS = 3


def rates_at_limits(
    predicted: Figures, measured: Figures, concurrency: Array, curves: Sequence[str]
) -> tuple[Array, Array]:
    """Tokens/s/GPU at each limit of each curve: predicted, measured. With fixed lengths that is the request rate."""
    known = np.flatnonzero(predicted.known & measured.known)
    found = [pair for runs in _curves(known, concurrency, curves) for pair in _pairs(predicted, measured, runs)]
    table = np.array(found, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _curves(known: Index, concurrency: Array, curves: Sequence[str]) -> Iterator[Index]:
    """Runs of each long enough curve, by concurrency."""
    names = np.array(curves)[known]
    for name in dict.fromkeys(names.tolist()):
        runs = known[names == name]
        if len(np.unique(concurrency[runs])) >= FEWEST:
            yield runs[np.argsort(concurrency[runs], kind="stable")]


def _pairs(predicted: Figures, measured: Figures, runs: Index) -> Iterator[tuple[float, float]]:
    here, there = predicted.take(runs), measured.take(runs)
    least, most = there.tpot_ms.min() * 1.1, there.tpot_ms.max() * 0.9
    for limit in np.geomspace(least, most, LIMITS).tolist():
        if there.tpot_ms[0] <= limit <= there.tpot_ms.max():
            yield rate_at(here, limit), rate_at(there, limit)


def rate_at(curve: Figures, limit_ms: float) -> float:
    """Tokens/s/GPU where the curve's TPOT reaches the limit; its end where it does not."""
    rising = np.maximum.accumulate(curve.tpot_ms)
    log_rate = np.interp(np.log(limit_ms), np.log(rising), np.log(curve.output_tokens_per_s_per_gpu))
    return float(np.exp(log_rate))
