"""No more nodes are bought than may be."""

from __future__ import annotations

from collections import defaultdict

from planner.milp.instance import Instance
from planner.milp.model import Model, Term, constraint


@constraint(
    says="Nodes bought over the whole horizon stay within max_systems, or the max_nodes of their capacity block.",
    math=r"\sum_{(p,o) \in \ell} \sum_t U_{pot} \le M_\ell",
    forall="limit l on some commitment forms o of pools p",
    unit="nodes",
)
def define_respect_node_limits(m: Model, p: Instance) -> None:
    bought: dict[str, list[Term]] = defaultdict(list)
    for pool in p.pools.values():
        for form, commitment in pool.commitments.items():
            if commitment.limit:
                signed = (t for t, serves in enumerate(commitment.serves) if serves)
                bought[commitment.limit] += [(m.family("bought")[pool.id, form, t], 1.0) for t in signed]
    for limit, nodes in bought.items():
        if nodes:
            m.at_most("respect_node_limits", (limit,), nodes, p.limits[limit].value, limit)
