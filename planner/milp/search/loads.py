"""Which loads a number of nodes can carry at most: replicas fill their GPUs in every way that is not beaten."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.milp.arrays import Vector
from planner.milp.search.nodes import Carrier, Side

Loads = NDArray[np.float64]  # [way, stream]
MOST_WAYS = 2_000
"""Ways to fill nodes beyond which a side is too rich for a table."""
_SLACK = 1e-9


@dataclass(frozen=True)
class Offer:
    """So many nodes together carry any of `loads`."""

    nodes: int
    loads: Loads


class TooManyWaysError(Exception):
    """A side can be filled in more ways than a table can hold."""


def offers(side: Side, top: Vector) -> list[Offer]:
    """One node where nodes add up; else every number of nodes until they carry all of `top`.

    Nodes do not add up where their usable GPUs are no whole number or a replica takes several nodes.
    Raises TooManyWaysError.
    """
    whole = round(side.usable_gpus)
    adds_up = abs(side.usable_gpus - whole) < _SLACK and all(one.gpus <= whole for one in side.carriers)
    if adds_up:
        return [Offer(1, fills(side.carriers, whole, top))]
    streams = sorted({one.stream for one in side.carriers})
    found: list[Offer] = []
    while not found or not _carries_all(found[-1].loads[:, streams], top[streams]):
        nodes = len(found) + 1
        found.append(Offer(nodes, fills(side.carriers, math.floor(side.usable_gpus * nodes + _SLACK), top)))
    return found


def _carries_all(loads: Loads, top: Vector) -> bool:
    return bool((loads >= top - _SLACK).all(axis=1).any())


def fills(carriers: tuple[Carrier, ...], gpus: int, top: Vector) -> Loads:
    """The loads that replicas in so many GPUs can carry, up to `top`, without those that others exceed."""
    ways = np.array([[float(gpus), *np.zeros(len(top))]])  # GPUs left, load of each stream
    for one in carriers:
        ways = unbeaten(np.unique(np.concatenate(list(_with_replicas(ways, one, top))), axis=0))
        if len(ways) > MOST_WAYS:
            raise TooManyWaysError
    loads = ways[:, 1:]
    return unbeaten(np.unique(loads[loads.any(axis=1)], axis=0))


def _with_replicas(ways: Loads, one: Carrier, top: Vector) -> Iterator[Loads]:
    """Every number of replicas beside each way, as long as GPUs are left and load is missing."""
    stream = 1 + one.stream
    while len(ways):
        yield ways
        ways = ways[(ways[:, 0] >= one.gpus) & (ways[:, stream] < top[one.stream])]
        ways = ways.copy()
        ways[:, 0] -= one.gpus
        ways[:, stream] = np.minimum(ways[:, stream] + one.rate, top[one.stream])


def unbeaten(loads: Loads) -> Loads:
    """Without loads that another one is at least as large as in every stream."""
    beaten = (loads[None] >= loads[:, None]).all(axis=2) & (loads[None] != loads[:, None]).any(axis=2)
    return np.asarray(loads[~beaten.any(axis=1)])
