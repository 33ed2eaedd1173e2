"""Predicted against measured as chart rows: runs that fall on the same spot become one larger dot."""

from __future__ import annotations

from collections import Counter

import numpy as np

from planner.accuracy.figures import Figures
from planner.report.shapes import Figure

PANELS = {
    "tpot_ms": "TPOT, ms",
    "output_tokens_per_s_per_gpu": "output tokens/s per GPU",
    "ttft_mean_ms": "mean TTFT, ms",
}
SPOTS_PER_DECADE = 25


def predicted_against_measured(predicted: Figures, measured: Figures, who: str) -> Figure:
    """A figure for `planner.report.scatter`; `who` says whose predictions they are."""
    rows = [row for quantity, panel in PANELS.items() for row in _dots(predicted, measured, quantity, panel)]
    return Figure(
        id="accuracy",
        title="Predicted against measured",
        says=f"Each dot is one or more of {len(measured):,} measured runs, predictions: {who}. On the thick line both "
        "agree; between the thin lines they differ by less than a factor of 1.25.",
        kind="scatter",
        rows=tuple(rows),
    )


def _dots(predicted: Figures, measured: Figures, quantity: str, panel: str) -> list[dict[str, float | str]]:
    pairs = np.array([getattr(measured, quantity), getattr(predicted, quantity)])
    spots = np.rint(np.log10(pairs[:, np.isfinite(pairs).all(axis=0)]) * SPOTS_PER_DECADE).astype(int)
    counted = Counter(map(tuple, spots.T.tolist()))
    return [
        {"panel": panel, "measured": _value(x), "predicted": _value(y), "runs": runs}
        for (x, y), runs in sorted(counted.items())
    ]


def _value(spot: int) -> float:
    return float(f"{10 ** (spot / SPOTS_PER_DECADE):.4g}")
