"""GPUs rented at a provider stay within its quota."""

from __future__ import annotations

from collections.abc import Iterator

from planner.milp.expressions import less_excess, nodes_bought
from planner.milp.instance import Instance, Quota
from planner.milp.model import Model, Term, constraint


@constraint(
    says="GPUs rented of the kind, at the provider, in the region and form of a quota stay within it in every hour.",
    math=r"\sum_{(p,o) \in q} g_p\, N_{potb} \le Q_q",
    forall="quota q, period t in which it holds, block b (only period t where it covers commitments alone)",
    unit="GPUs",
)
def define_respect_quotas(m: Model, p: Instance) -> None:
    for quota in p.quotas:
        limit = p.limits[quota.limit]
        hourly = limit.excess_usd is not None or any(form in p.pools[pool].rentals for pool, form in quota.members)
        for t in filter(quota.holds_in, p.time.periods):
            for b in p.time.blocks if hourly else (0,):
                rented = list(_gpus(m, p, quota, t, b))
                if rented:
                    rented += less_excess(m, quota.limit, t, b)
                    m.at_most("respect_quotas", (quota.limit, t, b), rented, limit.value, quota.limit)


def _gpus(m: Model, p: Instance, quota: Quota, t: int, b: int) -> Iterator[Term]:
    for name, form in sorted(quota.members):
        pool = p.pools[name]
        if form in pool.rentals:
            yield m.family(form)[name, t, b], float(pool.gpus)
        elif form in pool.commitments:
            for node, count in nodes_bought(m, pool, form, t):
                yield node, count * pool.gpus
