"""Existing systems that are retired do not come back."""

from __future__ import annotations

from planner.milp.instance import Instance
from planner.milp.model import Model, constraint


@constraint(
    says="Existing systems are kept, sold where they may be, or retired; none comes back.",
    math=r"E_{pt} + Z_{p\,ex\,t} \le E_{p,t-1},\qquad E_{p,-1} = \text{those that exist}",
    forall="pool p with existing systems, period t (the first only where they may be sold)",
    unit="nodes",
)
def define_retire_for_good(m: Model, p: Instance) -> None:
    for (pool, t), kept in m.family("kept").items():
        sold = m.family("sold").get((pool, "existing", 0, t))
        gone = [(kept, 1.0)] if sold is None else [(kept, 1.0), (sold, 1.0)]
        if t:
            before = m.family("kept")[pool, int(t) - 1]
            m.at_most("retire_for_good", (pool, t), [*gone, (before, -1.0)], 0.0)
        elif sold is not None and (existing := p.pools[str(pool)].existing):
            m.at_most("retire_for_good", (pool, t), gone, existing.count)
