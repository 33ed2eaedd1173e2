"""Owned systems draw no more power than they may."""

from __future__ import annotations

from planner.milp.expressions import less_excess, nodes_bought
from planner.milp.instance import Instance
from planner.milp.model import Model, Term, constraint


@constraint(
    says="Owned systems, bought and existing, stay within the power limit at their maximum draw.",
    math=r"\sum_p \kappa_p \Bigl(E_{pt} + \sum_{t'} A_{p\,own\,t't}\, U_{p\,own\,t'}\Bigr) \le P",
    forall="power limit P (limits.power_kw, site.max_power_kw), period t",
    unit="kW",
)
def define_respect_power(m: Model, p: Instance) -> None:
    for limit in p.power_limits:
        for t in p.time.periods:
            draw = _draw(m, p, t)
            if draw:
                draw += less_excess(m, limit, t)
                m.at_most("respect_power", (limit, t), draw, p.limits[limit].value, limit)


def _draw(m: Model, p: Instance, t: int) -> list[Term]:
    terms: list[Term] = []
    for pool in p.pools.values():
        if "owned" in pool.commitments:
            terms += [(node, count * pool.kw) for node, count in nodes_bought(m, pool, "owned", t)]
        if pool.existing:
            terms.append((m.family("kept")[pool.id, t], pool.kw))
    return terms
