"""Typical-hour blocks of the week, clustered jointly over all traffic, and what the clustering wastes."""

from __future__ import annotations

import numpy as np

from planner.demand.hour_labels import hour_labels
from planner.demand.partition import partition
from planner.demand.types import Array, Block
from planner.inputs.problem import Horizon
from planner.units import HOURS_PER_DAY, HOURS_PER_WEEK


def blocks_of(horizon: Horizon, load: Array) -> tuple[Block, ...]:
    """Blocks that partition the 168 hours, busiest first; `load` is work [hour of the week, shape].

    Fewer than `horizon.blocks` where fewer hours differ.
    """
    labels = _labels(horizon, load)
    groups = [tuple(int(hour) for hour in np.flatnonzero(labels == label)) for label in sorted(set(labels.tolist()))]
    total = load.sum(axis=1)
    groups.sort(key=lambda hours: (-max(total[list(hours)]), hours[0]))
    names = hour_labels(groups)
    return tuple(Block(index, name, hours) for index, (name, hours) in enumerate(zip(names, groups, strict=True)))


def wasted_share(blocks: tuple[Block, ...], load: Array) -> float:
    """What planning each block at its highest hour exceeds the hourly load, as a share of that load."""
    planned = sum(len(block.hours_of_week) * load[list(block.hours_of_week)].max(axis=0).sum() for block in blocks)
    return max(float(planned / load.sum() - 1), 0.0) if load.size else 0.0


def _labels(horizon: Horizon, load: Array) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    hour = np.arange(HOURS_PER_WEEK)
    if horizon.hours == "flat" or load.shape[1] == 0:
        return np.zeros(HOURS_PER_WEEK, dtype=np.intp)
    if horizon.hours == "day":
        by_hour_of_day = load.reshape(-1, HOURS_PER_DAY, load.shape[1]).max(axis=0)
        return partition(by_hour_of_day, horizon.blocks)[hour % HOURS_PER_DAY]
    return partition(load, horizon.blocks)
