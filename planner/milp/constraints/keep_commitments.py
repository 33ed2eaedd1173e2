"""What is decided already is not decided again."""

from __future__ import annotations

from planner.milp.instance import Instance
from planner.milp.model import Model, constraint


@constraint(
    says="Where commitments are given, as in a scenario of a plan, exactly those are signed, bought and kept.",
    math=r"U_{pot} = \bar U_{pot},\qquad K_{pt} = \bar K_{pt}",
    forall="pool p, purchase form o, period t, where commitments are given",
    unit="nodes",
)
def define_keep_commitments(m: Model, p: Instance) -> None:
    for family, given in (p.signed or {}).items():
        for key, nodes in m.family(family).items():
            m.equal("keep_commitments", (family, *key), [(nodes, 1.0)], float(given.get(key, 0)))
