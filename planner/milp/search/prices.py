"""Rows that every plan keeps and no linear relaxation knows: at given prices of nodes, a block costs at least so much.

For any price of each side's nodes, committed or rented, the nodes at work in a block are worth no less than
the cheapest whole nodes with whole replicas that carry its load. The prices that tell most are those at which
a commitment just pays: its cost spread over all hours it serves, and multiples of that for the busy hours, but
never more than the rent. A coefficient above the right-hand side is lowered to it, as one such node is enough.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from planner.milp.arrays import Arrays, Vector
from planner.milp.highs import forget_threads
from planner.milp.search.cheapest import Cheapest
from planner.milp.search.loads import Offer
from planner.milp.search.nodes import Asked

MULTIPLES = (1.0, 1.8, 3.0)
"""Of the price at which a commitment just pays."""
_SAFETY = 1e-6  # relative; what a bound of the solver may be wrong by


def price_families(asked: Asked) -> list[Vector]:
    """Prices of a node of each side [USD/h], the most telling first."""
    rent = np.array([side.rent_usd_per_hour for side in asked.sides])
    signed = np.array([side.signed_usd_per_hour for side in asked.sides])
    multiples = MULTIPLES if np.isfinite(signed).any() else MULTIPLES[:1]
    return [np.minimum(rent, multiple * signed) for multiple in multiples]


def with_price_rows(a: Arrays, asked: Asked, offered: list[list[Offer]], threads: int) -> Arrays:
    """The arrays with a row for each family of prices and each block that asks for anything."""
    cheapest = Cheapest(asked, offered)
    families = price_families(asked)
    forget_threads()
    with ThreadPoolExecutor(threads) as pool:
        for usd_per_hour, least in zip(families, pool.map(cheapest.at, families), strict=True):
            a = _with_rows(a, asked, usd_per_hour, least)
    return a


def _with_rows(a: Arrays, asked: Asked, usd_per_hour: Vector, least: Vector) -> Arrays:
    index: list[int] = []
    value: list[float] = []
    ends: list[int] = []
    for slot in np.flatnonzero(least > 0):
        share = np.minimum(usd_per_hour / (least[slot] * (1 - _SAFETY)), 1.0)
        for columns, worth in zip(asked.held[slot], share, strict=True):
            index += columns
            value += [float(worth)] * len(columns)
        ends.append(len(index))
    count = len(ends)
    return replace(
        a,
        row_lower=np.concatenate([a.row_lower, np.ones(count)]),
        row_upper=np.concatenate([a.row_upper, np.full(count, np.inf)]),
        start=np.concatenate([a.start, a.start[-1] + np.array(ends, dtype=np.int32)]).astype(np.int32),
        index=np.concatenate([a.index, np.array(index, dtype=np.int32)]),
        value=np.concatenate([a.value, np.array(value)]),
    )
