"""Which blocks may share their prices: groups, split where sharing costs most."""

from __future__ import annotations

import heapq

import numpy as np

from planner.milp.arrays import Vector
from planner.milp.core.slots import Positions, Slots


class Groups:
    """Which group every block is in, and the weight and period of each group."""

    def __init__(self, of_slot: Positions, weight: Vector, period: Positions) -> None:
        self.of_slot = of_slot
        self.count = int(of_slot.max()) + 1
        self.weight = np.bincount(of_slot, weights=weight, minlength=self.count)
        self.period = np.zeros(self.count, dtype=np.int64)
        self.period[of_slot] = period
        self.share = np.zeros((len(of_slot), self.count))
        self.share[np.arange(len(of_slot)), of_slot] = weight / self.weight[of_slot]


def by_load(slots: Slots, groups: int) -> Groups:
    """In each period so many groups of equally many blocks, from the least loaded to the most."""
    typical = slots.planned.mean(axis=0)
    load = slots.planned @ (1 / np.where(typical > 0, typical, 1.0))
    of_slot = np.zeros(len(slots), dtype=np.int64)
    number = 0
    for period in np.unique(slots.period):
        mine = np.flatnonzero(slots.period == period)
        for part in np.array_split(mine[np.argsort(load[mine], kind="stable")], min(groups, len(mine))):
            of_slot[part] = number
            number += 1
    return Groups(of_slot, slots.weight, slots.period)


def split(groups: Groups, values: Vector, slots: Slots, allowed_usd: float) -> Groups:
    """Groups whose common prices miss at most `allowed_usd` of what each block's own would prove.

    `values[v, s]` is what prices v prove of block s [USD an hour] at the commitments in question.
    """
    used = np.unique(values.argmax(axis=0))
    worth = values[used] * slots.weight
    heap = [_entry(worth, np.flatnonzero(groups.of_slot == c)) for c in range(groups.count)]
    heapq.heapify(heap)
    missed = -sum(entry[0] for entry in heap)
    while missed > allowed_usd and heap[0][0] < 0:
        entry = heapq.heappop(heap)
        children = [_entry(worth, part) for part in _halves(worth, entry[2])]
        missed += entry[0] - sum(child[0] for child in children)
        for child in children:
            heapq.heappush(heap, child)
    of_slot = np.zeros_like(groups.of_slot)
    for number, (_, _, members) in enumerate(sorted(heap, key=lambda entry: entry[1])):
        of_slot[members] = number
    return Groups(of_slot, slots.weight, slots.period)


def _entry(worth: Vector, members: Positions) -> tuple[float, int, Positions]:
    """(minus what common prices miss, first member, members)."""
    mine = worth[:, members]
    return -float(max(0.0, mine.max(axis=0).sum() - mine.sum(axis=1).max())), int(members[0]), members


def _halves(worth: Vector, members: Positions) -> tuple[Positions, Positions]:
    """The two parts that the best pair of prices makes: the best for all, and the one that adds most to it."""
    mine = worth[:, members]
    first = mine[mine.sum(axis=1).argmax()]
    gained = np.maximum(mine - first, 0.0)
    to_second = gained[gained.sum(axis=1).argmax()] > 0
    return members[~to_second], members[to_second]
