"""Does the prediction order deployments as measurement does? Spearman's rank correlation, ties at their mean rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.accuracy.figures import Array

FEWEST = 5  # runs of a contest for its order to mean something


@dataclass(frozen=True)
class Ranking:
    """Rank correlation of predicted and measured tokens/s/GPU: over all runs, and the median over contests."""

    overall: float
    contest_median: float
    contests: int


def ranking(predicted: Array, measured: Array, contests: Sequence[str]) -> Ranking:
    """`contests` names the group of runs each run is compared in."""
    both = np.isfinite(predicted) & np.isfinite(measured)
    predicted, measured, names = predicted[both], measured[both], np.array(contests)[both]
    groups = (names == name for name in dict.fromkeys(names.tolist()))
    found = [spearman(predicted[group], measured[group]) for group in groups if group.sum() >= FEWEST]
    overall = spearman(predicted, measured) if len(predicted) >= FEWEST else float("nan")
    return Ranking(overall, float(np.median(found)) if found else float("nan"), len(found))


def spearman(one: Array, other: Array) -> float:
    """Pearson's correlation of the ranks; 0 where one side does not vary."""
    a, b = (ranks(side) - (len(side) - 1) / 2 for side in (one, other))
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale else 0.0


def ranks(values: Array) -> Array:
    """Ranks from 0; equal values share the mean of theirs."""
    _, group, count = np.unique(values, return_inverse=True, return_counts=True)
    first = np.cumsum(count) - count
    mean: Array = (first + (count - 1) / 2)[group]
    return mean
