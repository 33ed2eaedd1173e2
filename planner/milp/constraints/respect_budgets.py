"""Money paid in a period stays within its budgets."""

from __future__ import annotations

from collections.abc import Iterator

from planner.milp.charges import charges
from planner.milp.expressions import less_excess
from planner.milp.instance import Instance
from planner.milp.model import Model, Term, constraint
from planner.milp.objective import api_usd, rent_usd
from planner.milp.owning import sales


@constraint(
    says="Cash paid in a period, undiscounted, stays within each budget: rents, running costs, API bills and reserved "
    "payments as they fall due are opex, purchases less what resales bring are capex; loans count in the total.",
    math=r"\sum_i \mathrm{cash}_{it}\, v_i \le B_t",
    forall="budget (total, opex, capex), period t",
    unit="USD a period",
)
def define_respect_budgets(m: Model, p: Instance) -> None:
    for budget in p.budgets:
        for t in p.time.periods:
            cash: list[Term] = []
            if budget.kind in ("total", "opex"):
                cash += _opex(m, p, t)
            if budget.kind in ("total", "capex"):
                cash += _capex(m, p, t)
            if budget.kind == "total":
                cash += _financed(m, p, t)
            if cash:
                cash += less_excess(m, budget.limit, t)
                m.at_most("respect_budgets", (budget.limit, t), cash, p.limits[budget.limit].value, budget.limit)


def _opex(m: Model, p: Instance, t: int) -> Iterator[Term]:
    for rental in ("on_demand", "spot"):
        yield from ((node, usd) for (_, u, _), node, usd in rent_usd(m, p, rental) if u == t)
    yield from ((variable, usd) for (_, _, u, _), variable, usd in api_usd(m, p) if u == t)
    yield from ((charge.variable, charge.usd) for charge in charges(m, p) if charge.period == t)
    for (pool, form, signed), node in m.family("bought").items():
        if usd := p.pools[str(pool)].commitments[str(form)].opex[int(signed)][t]:
            yield node, usd
    for (pool, kept), node in m.family("kept").items():
        existing = p.pools[str(pool)].existing
        if kept == t and existing:
            yield node, existing.usd[t]
    yield from ((sold, -sale.saved[t]) for sold, _, sale in sales(m, p) if sale.saved[t])


def _capex(m: Model, p: Instance, t: int) -> Iterator[Term]:
    for (pool, form, signed), node in m.family("bought").items():
        usd = p.pools[str(pool)].commitments[str(form)].capex[t]
        if signed == t and usd:
            yield node, usd
        if (retired := p.pools[str(pool)].commitments[str(form)].retired) and (brought := retired[int(signed)][t]):
            yield node, brought
    yield from ((sold, -sale.price) for sold, u, sale in sales(m, p) if u == t)
    yield from ((sold, usd) for sold, _, sale in sales(m, p) if (usd := sale.forgone.get(t, 0.0)))


def _financed(m: Model, p: Instance, t: int) -> Iterator[Term]:
    for (pool, form, signed), node in m.family("bought").items():
        if (financed := p.pools[str(pool)].commitments[str(form)].financed) and (usd := financed[int(signed)][t]):
            yield node, usd
