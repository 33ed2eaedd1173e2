"""Agglomerative merging of hours: from every hour alone down to two blocks, the cheapest pair first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.demand.types import Array


def merged_levels(load: Array, count: Array, peak: int, most: int) -> dict[int, NDArray[np.intp]]:
    """Block numbers of every hour for 2 … `most` blocks; `load` is [hour, shape], `count` hours of a kind.

    Only hours which the `peak` hour covers in every shape join its block.
    """
    clusters = _Clusters(load, count, peak)
    levels = {}
    for blocks in range(len(load) - 1, 1, -1):
        clusters.merge_cheapest()
        if blocks <= most:
            levels[blocks] = np.unique(clusters.labels, return_inverse=True)[1].reshape(-1)
    return levels


class _Clusters:
    """Clusters named by one of their hours, with the added volume of joining each pair."""

    def __init__(self, load: Array, count: Array, peak: int) -> None:
        self.top, self.size, self.peak = load.copy(), count.copy(), peak
        self.labels = np.arange(len(load))
        self.alive = np.ones(len(load), dtype=bool)
        self.added = np.array([self._added_by(i) for i in range(len(load))])

    def merge_cheapest(self) -> None:
        into, gone = divmod(int(self.added.argmin()), len(self.labels))
        self.top[into] = np.maximum(self.top[into], self.top[gone])
        self.size[into] += self.size[gone]
        self.alive[gone] = False
        self.labels[self.labels == gone] = into
        self.added[gone], self.added[:, gone] = np.inf, np.inf
        self.added[into] = self.added[:, into] = self._added_by(into)

    def _added_by(self, i: int) -> Array:
        """Volume that joining cluster `i` with each other would add; infinite where it may not."""
        joint: Array = (self.size[i] + self.size) * np.maximum(self.top[i], self.top).sum(axis=1)
        added: Array = joint - self.size[i] * self.top[i].sum() - self.size * self.top.sum(axis=1)
        home = self.labels[self.peak]
        covered = (self.top <= self.top[home]).all(axis=1)
        if i == home:
            added[~covered] = np.inf
        elif not covered[i]:
            added[home] = np.inf
        added[~self.alive] = np.inf
        added[i] = np.inf
        return added
