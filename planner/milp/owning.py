"""Owned systems that may be sold again and the people who look after them: columns and shared sums."""

from __future__ import annotations

from collections.abc import Iterator

from planner.milp.expressions import nodes_bought
from planner.milp.instance import Instance
from planner.milp.model import Model, Term, Variable
from planner.milp.ownership import Sale


def define_sold(m: Model, p: Instance) -> None:
    """sold[p, o, t, u]: nodes ordered in t (existing ones: 0) and sold when period u starts."""
    for pool in p.pools.values():
        for form, commitment in pool.commitments.items():
            for t, sales in enumerate(commitment.sales):
                for u in sales:
                    m.define("sold", (pool.id, form, t, u))
        if pool.existing:
            for u in pool.existing.sales:
                m.define("sold", (pool.id, "existing", 0, u), upper=pool.existing.count)


def define_persons(m: Model, p: Instance) -> None:
    """persons[t]: people paid to look after owned systems."""
    if p.staff:
        for t in p.time.periods:
            if next(owned_nodes(m, p, t), None):
                m.define("persons", (t,))


def sales(m: Model, p: Instance) -> Iterator[tuple[Variable, int, Sale]]:
    """Each sale's column, the period it happens in, and what it changes."""
    for (pool, form, t, u), sold in m.family("sold").items():
        existing = p.pools[str(pool)].existing
        if form == "existing" and existing:
            yield sold, int(u), existing.sales[int(u)]
        else:
            yield sold, int(u), p.pools[str(pool)].commitments[str(form)].sales[int(t)][int(u)]


def owned_nodes(m: Model, p: Instance, t: int) -> Iterator[Term]:
    """Systems that are owned and in place in a period, existing ones too."""
    for pool in p.pools.values():
        if "owned" in pool.commitments:
            yield from nodes_bought(m, pool, "owned", t)
        if pool.existing:
            yield m.family("kept")[pool.id, t], 1.0
