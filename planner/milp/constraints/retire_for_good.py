"""Existing systems that are retired do not come back."""

from __future__ import annotations

from planner.milp.instance import Existing, Instance
from planner.milp.model import Model, Term, constraint

_NONE = Existing(0, ())


@constraint(
    says="Existing systems are kept or retired, which is to say sold where they may be; none comes back.",
    math=r"E_{pt} \le E_{p,t-1},\qquad E_{pt} + Z_{p\,ex\,t} = E_{p,t-1}\text{ with } E_{p,-1}\text{ those that exist}",
    forall="pool p with existing systems, period t after the first (from the first and equal where they may be sold)",
    unit="nodes",
)
def define_retire_for_good(m: Model, p: Instance) -> None:
    for (pool, t), kept in m.family("kept").items():
        before = m.family("kept").get((pool, int(t) - 1))
        was: list[Term] = [] if before is None else [(before, -1.0)]
        if (sold := m.family("sold").get((pool, "existing", 0, t))) is not None:
            count = 0 if before is not None else (p.pools[str(pool)].existing or _NONE).count
            m.equal("retire_for_good", (pool, t), [(kept, 1.0), (sold, 1.0), *was], count)
        elif was:
            m.at_most("retire_for_good", (pool, t), [(kept, 1.0), *was], 0.0)
