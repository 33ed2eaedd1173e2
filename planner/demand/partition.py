"""Hours into blocks, so that planning every block for its highest hour wastes least.

The load of an hour is a vector, one entry a traffic shape, in comparable units of work. A block is
planned at the maximum of each entry over its hours; the waste is what that exceeds the hours' own
load, and the volume planned, Σ hours x Σ maxima, is the waste plus a constant.

One shape: blocks are runs of the sorted hours, and a dynamic programme over their borders is exact.
Several: for 2, 3, 4 … blocks in turn, agglomerative merging (for 2, the busy and the quiet hours) gives
a start from which hours are moved one at a time, the best move first. Where that ends above the volume
of one block fewer, the moves start from that partition and an empty block instead, so more blocks never
waste more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.demand.merging import merged_levels
from planner.demand.types import Array

Labels = NDArray[np.intp]
FEWEST_FOR_AN_EXACT_PEAK = 3  # with two blocks, sparing the peak would load all other hours


@dataclass(frozen=True)
class Hours:
    """Distinct load vectors [hour, shape], how many hours have each, and which one is the peak."""

    load: Array
    count: Array
    peak: int

    def volume(self, labels: Labels) -> float:
        """Work planned over the week."""
        return sum(
            float(self.count[mine].sum() * self.load[mine].max(axis=0).sum())
            for mine in (labels == label for label in np.unique(labels))
        )

    def within_peak(self) -> NDArray[np.bool_]:
        """Hours that the peak hour covers in every shape: only they may share its block."""
        return np.asarray((self.load <= self.load[self.peak]).all(axis=1))

    def with_peak_spared(self, labels: Labels, blocks: int) -> Labels:
        """`labels` with the peak hour alone in the last of `blocks` blocks, unless its block is covered by it."""
        if self.within_peak()[labels == labels[self.peak]].all():
            return labels
        spared = labels.copy()
        spared[self.peak] = blocks - 1
        return spared


def partition(load: Array, blocks: int) -> Labels:
    """A block number for every row of `load` [hour, shape]; rows alike share a block.

    From three blocks on, the block of the hour with the highest total holds only hours that it
    covers, so that hour is planned at exactly its own load.
    """
    distinct, where, count = np.unique(load, axis=0, return_inverse=True, return_counts=True)
    hours = Hours(distinct, count.astype(float), int(distinct.sum(axis=1).argmax()))
    where = where.reshape(-1)
    if blocks >= len(distinct):
        return where
    labels = runs_of_one_shape(hours, blocks) if load.shape[1] == 1 else of_several_shapes(hours, blocks)
    return labels[where]


def runs_of_one_shape(hours: Hours, blocks: int) -> Labels:
    """The least volume for a single shape: runs of hours sorted by load, borders by dynamic programming."""
    load, count = hours.load[:, 0], hours.count  # np.unique sorted them
    done = np.concatenate([[0.0], np.cumsum(count)])
    last = np.arange(len(load))
    run_volume = np.where(last >= last[:, None], (done[1:] - done[:-1, None]) * load, np.inf)  # [first, last]
    best, choices = run_volume[0], []
    for _ in range(blocks - 1):
        before = np.concatenate([[np.inf], best[:-1]])[:, None] + run_volume
        choices.append(before.argmin(axis=0))
        best = before.min(axis=0)
    labels, end = np.zeros(len(load), dtype=np.intp), len(load)
    for block in range(blocks - 1, 0, -1):
        start = int(choices[block - 1][end - 1])
        labels[start:end] = block
        end = start
    return labels


def of_several_shapes(hours: Hours, blocks: int) -> Labels:
    """A good partition for several shapes; never worse than with fewer blocks."""
    starts = merged_levels(hours.load, hours.count, hours.peak, blocks)
    total = hours.load.sum(axis=1)
    starts[2] = (total > np.average(total, weights=hours.count)).astype(np.intp)
    best = np.zeros(len(hours.load), dtype=np.intp)
    for number in range(2, blocks + 1):
        spare_peak = number >= FEWEST_FOR_AN_EXACT_PEAK
        labels = moved(hours, starts[number], number, spare_peak)
        if hours.volume(labels) > hours.volume(best):
            labels = moved(hours, hours.with_peak_spared(best, number) if spare_peak else best, number, spare_peak)
        best = labels
    return best


def moved(hours: Hours, start: Labels, blocks: int, spare_peak: bool) -> Labels:
    """`start` after moving one hour at a time to another of `blocks` blocks while that lowers the volume."""
    labels, everyone = start.copy(), np.arange(len(start))
    frozen = np.zeros((len(start), blocks), dtype=bool)
    if spare_peak:
        frozen[hours.peak] = True
        frozen[~hours.within_peak(), labels[hours.peak]] = True
    while True:
        gain, volume = _gains(hours, labels, blocks)
        gain[frozen] = 0.0
        gain[everyone, labels] = 0.0
        hour, block = np.unravel_index(int(gain.argmax()), gain.shape)
        if gain[hour, block] <= 1e-9 * volume:
            return labels
        labels[hour] = block


def _gains(hours: Hours, labels: Labels, blocks: int) -> tuple[Array, float]:
    """What moving each hour to each block would save [hour, block], and the present volume."""
    load, count = hours.load, hours.count
    size = np.zeros(blocks)
    np.add.at(size, labels, count)
    top, holders, second = (np.zeros((blocks, load.shape[1])) for _ in range(3))
    np.maximum.at(top, labels, load)
    holds = load == top[labels]
    np.add.at(holders, labels, holds)
    alone = holds & (holders[labels] == 1)
    np.maximum.at(second, labels, np.where(alone, 0.0, load))
    planned = size * top.sum(axis=1)
    without = (size[labels] - count) * np.where(alone, second[labels], top[labels]).sum(axis=1)
    joined = (size + count[:, None]) * np.maximum(top, load[:, None, :]).sum(axis=2)
    return (planned[labels] - without)[:, None] - (joined - planned), float(planned.sum())
