"""The cheapest whole nodes with whole replicas that carry a load, at given prices of nodes: proven bounds.

Tiny problems, all with the same rows. Loads are solved from the extremes inwards: where a larger load was
carried for what a smaller one costs at least, all loads between them cost the same and need not be solved.
Several prices may be asked at once, each in a thread of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.milp.arrays import Arrays, Vector
from planner.milp.highs import Search, solve_in_thread
from planner.milp.search.loads import Loads, Offer
from planner.milp.search.nodes import Asked

MOST_SOLVES = 200
"""Loads solved at each family of prices; the others get the bound of a smaller load."""
_SEARCH = Search(time_limit_s=10.0, mip_gap=1e-3, threads=1, seed=0)
_CLOSE = 2e-3  # bounds so close are not worth a solve
_SLACK = 1e-9


@dataclass(frozen=True)
class _Known:
    """Bounds proven so far: loads with what they cost at least; loads carried, and for how much."""

    load: Vector
    least: float
    carried: Vector
    usd: float


class Cheapest:
    """Least costs of the loads of `asked`, from what numbers of nodes of each side can carry."""

    def __init__(self, asked: Asked, offered: list[list[Offer]]) -> None:
        self._load = asked.load
        self._offered = offered

    def at(self, usd_per_hour: Vector) -> Vector:
        """What each slot's load costs at least [USD/h]; infinite prices are not taken."""
        usd, carried = priced(self._offered, usd_per_hour)
        kept = unbeaten_offers(usd, carried)
        usd, carried = usd[kept], carried[kept]
        least = np.zeros(len(self._load))
        known: list[_Known] = []
        for slot in _from_the_extremes(self._load):
            load = self._load[slot]
            bound = max((one.least for one in known if (one.load <= load + _SLACK).all()), default=0.0)
            enough = min((one.usd for one in known if (one.carried >= load - _SLACK).all()), default=np.inf)
            if bound < enough * (1 - _CLOSE) and len(known) < MOST_SOLVES:
                known.append(_solved(usd, carried, load))
                bound = max(bound, known[-1].least)
            least[slot] = bound
        return least


def priced(offered: list[list[Offer]], usd_per_hour: Vector) -> tuple[Vector, Loads]:
    """Every offer at these prices [USD/h] and the load it carries, cheapest first."""
    pairs = [
        (float(usd) * one.nodes, load)
        for ones, usd in zip(offered, usd_per_hour, strict=True)
        if usd < np.inf
        for one in ones
        for load in one.loads
    ]
    pairs.sort(key=lambda pair: (pair[0], tuple(-pair[1])))
    return np.array([usd for usd, _ in pairs]), np.array([load for _, load in pairs])


def unbeaten_offers(usd: Vector, carried: Loads) -> list[int]:
    """Positions of offers, cheapest first, that no number of a cheaper one carries for no more."""
    kept: list[int] = []
    for position, (price, load) in enumerate(zip(usd, carried, strict=True)):
        number = np.floor(price / np.maximum(usd[kept], _SLACK) + _SLACK)
        if not (carried[kept] * number[:, None] >= load - _SLACK).all(axis=1).any():
            kept.append(position)
    return kept


def _solved(usd: Vector, carried: Loads, load: Vector) -> _Known:
    asked = load > 0
    if not asked.any():
        return _Known(load, 0.0, np.zeros(len(load)), 0.0)
    share = np.minimum(carried[:, asked] / load[asked], 1.0)
    some = np.flatnonzero(share.any(axis=1))
    kept = some[unbeaten_offers(usd[some], share[some])]
    answer = solve_in_thread(_arrays(usd[kept], share[kept]), _SEARCH)
    least = max(answer.bound, 0.0) if answer.status != "infeasible" else 0.0
    if answer.values is None:
        return _Known(load, least, np.zeros(len(load)), np.inf)
    return _Known(load, least, np.round(answer.values) @ carried[kept], answer.objective)


def _arrays(usd: Vector, share: Loads) -> Arrays:
    """Numbers of each offer, whose shares of the load add up to the whole of each stream."""
    row, column = np.nonzero(share.T)
    streams = share.shape[1]
    return Arrays(
        cost=usd,
        lower=np.zeros(len(usd)),
        upper=np.full(len(usd), np.inf),
        integer=np.ones(len(usd), dtype=bool),
        row_lower=np.ones(streams),
        row_upper=np.full(streams, np.inf),
        start=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=streams))]).astype(np.int32),
        index=column.astype(np.int32),
        value=share.T[row, column],
    )


def _from_the_extremes(load: np.ndarray) -> Iterator[int]:
    """Every slot: the largest and the smallest load first, then halfway between those before."""
    size = load / np.maximum(load.max(axis=0), _SLACK)
    order = np.lexsort((np.arange(len(load)), -size.sum(axis=1)))
    done: set[int] = set()
    step = max(len(order) - 1, 1)
    while len(done) < len(order):
        for position in range(0, len(order), step):
            if position not in done:
                done.add(position)
                yield int(order[position])
        step = max(step // 2, 1)
