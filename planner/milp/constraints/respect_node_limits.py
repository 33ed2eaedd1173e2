"""No more systems are bought than may be."""

from __future__ import annotations

from planner.milp.instance import Instance
from planner.milp.model import Model, constraint


@constraint(
    says="Systems bought over the whole horizon stay within max_systems.",
    math=r"\sum_t U_{pot} \le M_{po}",
    forall="pool p and commitment form o with a limit",
    unit="nodes",
)
def define_respect_node_limits(m: Model, p: Instance) -> None:
    for pool in p.pools.values():
        for form, commitment in pool.commitments.items():
            signed = [t for t, serves in enumerate(commitment.serves) if serves]
            if commitment.limit and signed:
                bought = [(m.family("bought")[pool.id, form, t], 1.0) for t in signed]
                side = p.limits[commitment.limit].value
                m.at_most("respect_node_limits", (pool.id, form), bought, side, commitment.limit)
