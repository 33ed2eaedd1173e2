"""Existing systems that are retired do not come back."""

from __future__ import annotations

from planner.milp.instance import Instance
from planner.milp.model import Model, constraint


@constraint(
    says="Existing systems are kept or retired; a retired one does not come back.",
    math=r"E_{pt} \le E_{p,t-1}",
    forall="pool p with existing systems, period t after the first",
    unit="nodes",
)
def define_retire_for_good(m: Model, p: Instance) -> None:
    for (pool, t), kept in m.family("kept").items():
        if t:
            before = m.family("kept")[pool, int(t) - 1]
            m.at_most("retire_for_good", (pool, t), [(kept, 1.0), (before, -1.0)], 0.0)
