"""Replicas fit on the whole nodes of their pool."""

from __future__ import annotations

from planner.milp.expressions import gpus_taken, nodes
from planner.milp.instance import Instance
from planner.milp.model import Model, constraint


@constraint(
    says="Replicas, spares included, take no more GPUs than the nodes of their pool hold; of a spot node only the "
    "usable share counts. Sizes form a divisibility chain, so this one row packs whole nodes exactly.",
    math=r"\sum_{w,c} n_{cp}\,(u_{wcpktb} + s_{wc}\,\delta_{wcpktb}) \le \phi_{pk}\, g_p\, N_{pktb}",
    forall="pool p, kind k, period t, block b",
    unit="GPUs",
)
def define_fill_nodes(m: Model, p: Instance) -> None:
    for (name, kind), deployments in p.housed.items():
        pool = p.pools[name]
        usable = pool.rentals["spot"].usable_share if kind == "spot" else 1.0
        for t, b in p.time.slots:
            taken = [term for one in deployments for term in gpus_taken(m, one, t, b)]
            held = [(node, -usable * pool.gpus * count) for node, count in nodes(m, pool, kind, t, b)]
            if taken:
                m.at_most("fill_nodes", (name, kind, t, b), [*taken, *held], 0.0)
