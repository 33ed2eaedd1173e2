"""Owned systems are sold once, and only after they were bought."""

from __future__ import annotations

from collections import defaultdict

from planner.milp.instance import Instance
from planner.milp.model import Model, Term, constraint


@constraint(
    says="Of the systems ordered in a period no more are sold than were ordered.",
    math=r"\sum_u Z_{potu} \le U_{pot}",
    forall="pool p that may be bought and sold again, period t of order",
    unit="nodes",
)
def define_sell_once(m: Model, p: Instance) -> None:
    sold: dict[tuple[str | int, ...], list[Term]] = defaultdict(list)
    for key, nodes in m.family("sold").items():
        if key[1] != "existing":
            sold[key[:3]].append((nodes, 1.0))
    for place, terms in sold.items():
        m.at_most("sell_once", place, [*terms, (m.family("bought")[place], -1.0)], 0.0)
