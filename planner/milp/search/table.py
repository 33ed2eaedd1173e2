"""The least cost of nodes for every load up to the peak, in one table: loads in steps, nodes added one kind at a time.

What nodes carry is read as the step below, so a cost in the table is that of some plan. It chooses commitments;
nothing is proven from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.milp.arrays import Vector
from planner.milp.search.cheapest import priced, unbeaten_offers
from planner.milp.search.loads import Offer
from planner.milp.search.nodes import Asked

Steps = tuple[int, ...]
CELLS = 64_000
_SLACK = 1e-9
_UNSERVED = 1e12  # USD an hour


class Table:
    """Loads by stream, each in equal steps up to its peak; `cell` is that of each slot's load."""

    def __init__(self, asked: Asked, offered: list[list[Offer]]) -> None:
        top = asked.load.max(axis=0)
        streams = len(top)
        self._steps = np.full(streams, max(2, round(CELLS ** (1 / streams)) - 1))
        self._unit = np.where(top > 0, top, 1.0) / self._steps
        self._shape = tuple(int(n) + 1 for n in self._steps)
        self._moved: dict[Steps, NDArray[np.intp]] = {}
        self._offered = offered
        needed = np.minimum(np.ceil(asked.load / self._unit - _SLACK), self._steps).astype(np.intp)
        self.cell = np.ravel_multi_index(tuple(needed.T), self._shape)

    def least_costs(self, usd_per_hour: Vector) -> Vector:
        """Cost of every load with any number of nodes of each side at these prices; infinite prices are not taken."""
        costs = np.full(math.prod(self._shape), _UNSERVED)
        costs[0] = 0.0
        singles = [ones if len(ones) == 1 else [] for ones in self._offered]
        usd, carried = priced(singles, usd_per_hour)
        for position in unbeaten_offers(usd, carried)[::-1]:
            costs = self._with_any_number(costs, usd[position], carried[position])
        for ones, price in zip(self._offered, usd_per_hour, strict=True):
            if len(ones) > 1 and price < np.inf:
                costs = self._with_one_of(costs, [(price * one.nodes, load) for one in ones for load in one.loads])
        return costs

    def with_free_node(self, costs: Vector, side: int) -> Vector:
        """Costs where one more node of the side is there anyway."""
        return self._with_one_of(costs, [(0.0, load) for load in self._offered[side][0].loads])

    def _with_one_of(self, costs: Vector, choices: Sequence[tuple[float, Vector]]) -> Vector:
        best = costs
        for usd, load in choices:
            moved = self._moved_by(self._steps_of(load))
            if moved is not None:
                best = np.minimum(best, costs[moved] + usd)
        return best

    def _with_any_number(self, costs: Vector, usd: float, load: Vector) -> Vector:
        return self._with_one_of(costs, [(usd * n, load * n) for n in self._telling_numbers(load)])

    def _telling_numbers(self, load: Vector) -> Iterator[int]:
        """Numbers of nodes whose load reaches another step, until it reaches the peak."""
        used = load > 0
        rate, unit, steps = load[used], self._unit[used], self._steps[used]
        number = 1
        while True:
            yield number
            reached = np.minimum(np.floor(rate * number / unit + _SLACK), steps)
            if (reached >= steps).all():
                return
            short = reached < steps
            next_one = (reached[short] + 1) * unit[short] / rate[short]
            number = max(number + 1, math.ceil(float(next_one.min()) - _SLACK))

    def _steps_of(self, load: Vector) -> Steps:
        return tuple(np.minimum(np.floor(load / self._unit + _SLACK), self._steps).astype(int).tolist())

    def _moved_by(self, steps: Steps) -> NDArray[np.intp] | None:
        """Where each cell finds what is left of its load; None where nothing is taken."""
        if not any(steps):
            return None
        if steps not in self._moved:
            axes = [np.maximum(np.arange(size) - n, 0) for size, n in zip(self._shape, steps, strict=True)]
            self._moved[steps] = np.ravel_multi_index(np.meshgrid(*axes, indexing="ij"), self._shape).ravel()
        return self._moved[steps]
