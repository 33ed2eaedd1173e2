"""Scenarios are what was asked, on the plan's own commitments, and weighed as they say."""

from __future__ import annotations

from collections.abc import Iterator

from planner.plan.plan import Finding, Plan, RiskRow, ScenarioRow
from planner.plan.proofs.book import CENT, RELATIVE, Book, added, finding, usd

RENTED = ("on_demand", "spot")
_WHOLE = 1e-9


def scenarios_are_weighed(book: Book) -> Finding:
    """Names, changes and probabilities are the problem's; the base case is the plan; nodes signed are the same in all;
    costs, regrets and risks follow from each other."""
    plan = book.plan
    wrong = [*_asked(plan), *_carried(plan), *_best(plan), *_risks(plan), *_decided(plan)]
    return finding("scenarios_are_weighed", wrong, f"{len(plan.scenarios)} scenarios, weighed as told")


def _asked(plan: Plan) -> Iterator[str]:
    asked = plan.problem.get("scenarios") or {}
    told = {row.name: row for row in plan.scenarios[1:]}
    if not plan.scenarios:
        if asked:
            yield f"{len(asked)} scenarios asked for, none told"
        return
    if {name: one["set"] for name, one in asked.items()} != {name: row.changes for name, row in told.items()}:
        yield "the scenarios told are not those asked for"
        return
    given = {name: one["probability"] for name, one in asked.items() if one["probability"] is not None}
    open_share = (1 - sum(given.values())) / (1 + len(asked) - len(given))
    for row in plan.scenarios:
        if abs(row.probability - given.get(row.name, open_share)) > _WHOLE:
            yield f"{row.name}: probability {row.probability:g}, asked for {given.get(row.name, open_share):g}"


def _carried(plan: Plan) -> Iterator[str]:
    """The base case is this plan; what is signed, bought and kept is the same wherever it can be carried out."""
    if not plan.scenarios:
        return
    base = plan.scenarios[0]
    if base.npv_usd is None or not _same(base.npv_usd, plan.total_npv_usd):
        yield f"the base case costs {_money(base.npv_usd)}, the plan {usd(plan.total_npv_usd)}"
    signed = added((row.pool, row.form, row.nodes) for row in plan.purchases if row.nodes)
    for pool in {row.pool for row in plan.kept}:
        signed[pool, "existing"] = max(row.nodes for row in plan.kept if row.pool == pool)
    for row in plan.scenarios:
        if (row.npv_usd is None) != bool(row.refusal):
            yield f"{row.name}: has a cost and a refusal, or neither"
        here = {(one.pool, one.form): float(one.nodes) for one in row.nodes if one.form not in RENTED}
        if not row.refusal and here != signed:
            yield f"{row.name}: is not carried out with what the plan signs"


def _best(plan: Plan) -> Iterator[str]:
    """No plan costs less than the least, and the least is not below what was proven."""
    for row in plan.scenarios:
        for cost in (row.npv_usd, row.alone_npv_usd):
            if cost is not None and (row.best_npv_usd is None or cost < row.best_npv_usd * (1 - RELATIVE) - CENT):
                yield f"{row.name}: costs {usd(cost)}, less than the least, {_money(row.best_npv_usd)}"
        if None not in (row.best_npv_usd, row.best_bound) and not _at_least(row.best_npv_usd, row.best_bound):
            yield f"{row.name}: {_money(row.best_npv_usd)} is below what was proven of all plans"


def _risks(plan: Plan) -> Iterator[str]:
    """Expected cost, tail and worst case, the tail in its other form: the least of eta + excess over it."""
    possible = [row for row in plan.scenarios if row.probability > 0]
    told = {"this plan": (plan.risk, {row.name: row.npv_usd for row in possible})}
    if plan.hedge:
        told["the base case's plan"] = (plan.hedge.alone, {row.name: row.alone_npv_usd for row in possible})
    for whose, (risk, costs) in told.items():
        known = {name: cost for name, cost in costs.items() if cost is not None}
        if (risk is None) != (len(known) < len(costs) or not costs):
            yield f"{whose}: risks are told where a scenario has no cost, or not told although all have one"
        elif risk is not None:
            yield from (f"{whose}: {text}" for text in _risk(risk, possible, known))


def _risk(risk: RiskRow, possible: list[ScenarioRow], costs: dict[str, float]) -> Iterator[str]:
    share = {row.name: row.probability for row in possible}
    tails = (
        eta + sum(share[name] * max(0.0, costs[name] - eta) for name in share) / (1 - risk.tail_share)
        for eta in (costs[name] for name in share)
    )
    found = {
        "expected_usd": sum(share[name] * costs[name] for name in share),
        "tail_usd": min(tails),
        "worst_usd": max(costs[name] for name in share),
        "worst_regret_usd": max(costs[row.name] - (row.best_npv_usd or 0.0) for row in possible),
    }
    for field, value in found.items():
        told = getattr(risk, field)
        if not _same(told, value) and abs(told - value) > RELATIVE * risk.worst_usd:
            yield f"{field.removesuffix('_usd').replace('_', ' ')} comes to {usd(value)}, told {usd(told)}"


def _decided(plan: Plan) -> Iterator[str]:
    """The measure that was minimised, its bound, and that it is no worse than that of the base case's plan."""
    asked, hedge = plan.problem.get("robust"), plan.hedge
    if (hedge is None) != (asked is None):
        yield "decided for all scenarios although that was not asked for, or the other way round"
    if hedge is None or asked is None or plan.risk is None:
        return
    if (hedge.objective, hedge.cvar_weight) != (asked["objective"], asked["cvar_weight"]):
        yield f"minimised {hedge.objective}, asked for {asked['objective']}"
    value = _measure(plan.risk, hedge.objective, hedge.cvar_weight)
    if abs(value - hedge.value) > CENT + RELATIVE * plan.risk.worst_usd:
        yield f"{hedge.objective} comes to {usd(value)}, told {usd(hedge.value)}"
    if hedge.bound > hedge.value + CENT + RELATIVE * plan.risk.worst_usd:
        yield f"{hedge.objective} of {usd(hedge.value)} is below what was proven, {usd(hedge.bound)}"
    alone = _measure(hedge.alone, hedge.objective, hedge.cvar_weight) if hedge.alone else None
    if alone is not None and value > alone + CENT + RELATIVE * plan.risk.worst_usd:
        yield f"{hedge.objective} of {usd(value)} is worse than that of the base case's plan, {usd(alone)}"


def _measure(risk: RiskRow, objective: str, weight: float) -> float:
    return {
        "expected": risk.expected_usd,
        "worst_cost": risk.worst_usd,
        "worst_regret": risk.worst_regret_usd,
        "cvar": (1 - weight) * risk.expected_usd + weight * risk.tail_usd,
    }[objective]


def _same(told: float, found: float) -> bool:
    return abs(told - found) <= CENT + RELATIVE * abs(found)


def _at_least(value: float | None, bound: float | None) -> bool:
    return value is None or bound is None or value >= bound - CENT - RELATIVE * abs(bound)


def _money(amount: float | None) -> str:
    return "nothing told" if amount is None else usd(amount)
