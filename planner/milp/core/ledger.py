"""What is signed, ordered and kept: the part of the formulation that has no blocks in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from planner.milp.arrays import Arrays, Vector, arrays_from
from planner.milp.build import formulate
from planner.milp.core.market import Cap, Market
from planner.milp.expressions import committed_nodes, nodes_bought
from planner.milp.instance import Instance, Pool
from planner.milp.model import Model, Term
from planner.milp.objective import objective_terms
from planner.milp.solution import Key

Signed = dict[str, dict[Key, float]]


@dataclass(frozen=True)
class Ledger:
    """Commitment columns with their rows and cost; `link` lists what each (period, link) adds up."""

    model: Model
    arrays: Arrays
    link: dict[tuple[int, int], list[Term]]
    counts: Vector  # [(t, link), column] the same as one matrix
    shape: tuple[int, int]

    @property
    def columns(self) -> int:
        """Number of commitment columns."""
        return len(self.arrays.cost)

    def links(self, values: Vector) -> Vector:
        """What blocks see of commitments, [t, link]."""
        return (self.counts @ values).reshape(self.shape)

    def signed(self, values: Vector) -> Signed:
        """bought and kept by key, whole numbers."""
        found: Signed = {"bought": {}, "kept": {}}
        for column, value in zip(self.model.columns, values, strict=True):
            if round(value):
                found[column.family][column.key] = float(round(value))
        return found

    def breach(self, values: Vector) -> float:
        """How far commitments miss a row of their own at most, rents left out."""
        return self.arrays.worst_breach(values) if len(self.arrays.row_lower) else 0.0


def ledger_of(p: Instance, market: Market) -> Ledger:
    """The ledger of an instance."""
    alone = _without_blocks(p)
    m = formulate(alone)
    m.minimise(term for terms in objective_terms(m, alone, p.objective).values() for term in terms)
    link = dict(_links(m, p, market))
    shape = len(p.time.months), market.links
    counts = np.zeros((shape[0] * shape[1], len(m.columns)))
    for (t, number), terms in link.items():
        for column, amount in terms:
            counts[t * shape[1] + number, column] += amount
    return Ledger(m, arrays_from(m), link, counts, shape)


def _without_blocks(p: Instance) -> Instance:
    time = replace(
        p.time,
        hours=tuple((sum(hours),) for hours in p.time.hours),
        block_of_hour=(0,) * len(p.time.block_of_hour),
        block_labels=("all",),
    )
    pools = {name: replace(pool, rentals={}) for name, pool in p.pools.items()}
    return replace(p, time=time, streams={}, workloads={}, pools=pools, deployments=(), apis=())


def _links(m: Model, p: Instance, market: Market) -> Iterator[tuple[tuple[int, int], list[Term]]]:
    for t in p.time.periods:
        for number, q in enumerate(market.linked):
            yield (t, number), list(committed_nodes(m, p.pools[market.sides[q][0]], t))
        for number, cap in enumerate(market.caps, len(market.linked)):
            yield (t, number), [term for pool in p.pools.values() for term in _counted(m, pool, cap, t)]


def _counted(m: Model, pool: Pool, cap: Cap, t: int) -> Iterator[Term]:
    for form in pool.commitments:
        if (pool.id, form) in cap.committed:
            yield from ((node, count * pool.gpus) for node, count in nodes_bought(m, pool, form, t))
    if pool.existing and (pool.id, "existing") in cap.committed:
        yield m.family("kept")[pool.id, t], float(pool.gpus)
