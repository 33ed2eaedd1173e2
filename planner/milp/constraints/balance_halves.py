"""What is prefilled in a place is decoded there: the halves of every request are in balance."""

from __future__ import annotations

from collections import defaultdict

from planner.milp.expressions import served
from planner.milp.instance import Instance
from planner.milp.model import Model, Term, constraint

Partners = tuple[str, str, str, str]  # stream, group, provider, region


@constraint(
    says="Prefill replicas hand over as many requests of a class as decode replicas of the same group, which "
    "understand their caches, take up in the same provider and region.",
    math=r"\sum_{c \in \text{prefill}(g),\, p \in P,\, k} x_{dcpktb} = "
    r"\sum_{c \in \text{decode}(g),\, p \in P,\, k} x_{dcpktb}",
    forall="demand class d, group of halves g, pools P of a provider and region, period t, block b",
    unit="requests/s",
)
def define_balance_halves(m: Model, p: Instance) -> None:
    for t, b in p.time.slots:
        handed: dict[Partners, list[Term]] = defaultdict(list)
        for one in p.deployments:
            if one.role == "aggregated":
                continue
            pool, sign = p.pools[one.pool], 1.0 if one.role == "prefill" else -1.0
            for stream in one.rates:
                terms = [(variable, sign * rate) for variable, rate in served(m, p, one, stream, t, b)]
                handed[stream, one.group, pool.provider, pool.region] += terms
        for partners, terms in handed.items():
            if terms:
                m.equal("balance_halves", (*partners, t, b), terms, 0.0)
