"""Whole commitments near fractional ones: what is signed so far is rounded, not each signature by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from planner.milp.arrays import Vector
from planner.milp.core.ledger import Ledger

THRESHOLDS = (0.5, 0.35, 0.65, 0.15, 0.85, 1e-6)
_ALMOST = 1e-7


def roundings(ledger: Ledger, commitments: Vector) -> Iterator[Vector]:
    """One rounding a threshold: a fraction at or above it is rounded up."""
    series: dict[tuple[str, object, object], list[int]] = defaultdict(list)
    for column, one in enumerate(ledger.model.columns):
        series[one.family, one.key[0], one.key[1] if one.family == "bought" else ""].append(column)
    for threshold in THRESHOLDS:
        whole = np.zeros_like(commitments)
        for (family, _, _), columns in series.items():
            fractions = commitments[columns]
            if family == "bought":
                so_far = _rounded(np.cumsum(fractions), threshold)
                whole[columns] = np.diff(so_far, prepend=0.0)
            else:
                whole[columns] = _rounded(fractions, threshold)
        yield np.clip(whole, 0.0, ledger.arrays.upper)


def _rounded(values: Vector, threshold: float) -> Vector:
    return np.floor(values + 1 - threshold + _ALMOST)
