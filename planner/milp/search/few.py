"""The search where few nodes are needed: a start from tabulated loads, and rows that price whole nodes in every block.

Relaxations let a model run 0.2 of a replica, so where one node is most of the bill they prove nothing and round
to bad plans. Both the start and the rows come from whole nodes with whole replicas instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.milp.arrays import Arrays, Vector
from planner.milp.decouple import block_by_block
from planner.milp.highs import Search
from planner.milp.instance import Instance
from planner.milp.model import Model
from planner.milp.search.commit import best_commitments, options
from planner.milp.search.loads import Offer, TooManyWaysError, offers
from planner.milp.search.nodes import Asked, asked_of_nodes
from planner.milp.search.prices import with_price_rows
from planner.milp.search.table import Table


@dataclass(frozen=True)
class FewNodes:
    """What blocks ask of nodes, and what numbers of nodes of each side can carry."""

    asked: Asked
    offered: list[list[Offer]]

    def start(self, p: Instance, m: Model, a: Arrays, search: Search) -> Vector | None:
        """The best plan beside the tabulated commitments; None where there are none or other limits forbid them."""
        choices = options(p, m, self.asked)
        guess = None if m.family("kept") else best_commitments(self.asked, choices, Table(self.asked, self.offered))
        if guess is None:
            return None
        signed = np.zeros(len(a.cost))
        signed[list(guess)] = list(guess.values())
        return block_by_block(m, a, signed, search)

    def with_rows(self, a: Arrays, search: Search) -> Arrays:
        """The arrays with rows that every plan keeps."""
        return with_price_rows(a, self.asked, self.offered, search.threads)


def few_nodes(p: Instance, m: Model) -> FewNodes | None:
    """None where more than nodes decides what is served, or nodes can be filled in too many ways."""
    asked = asked_of_nodes(p, m)
    if asked is None or not asked.load.any():
        return None
    top = asked.load.max(axis=0)
    try:
        return FewNodes(asked, [offers(side, top) for side in asked.sides])
    except TooManyWaysError:
        return None
