"""What is minimised, as named terms: their sum is the objective, and the bill re-adds each by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.milp.charges import charges
from planner.milp.expressions import node_hours
from planner.milp.instance import Goal, Instance, Pool
from planner.milp.model import Model, Term, Variable
from planner.milp.owning import sales
from planner.milp.solution import Key
from planner.milp.two_stage import Stack, Together
from planner.units import HOURS_PER_WEEK, SECONDS_PER_HOUR

Priced = tuple[Key, Variable, float]


def objective_terms(m: Model, p: Instance, goal: Goal) -> dict[str, list[Term]]:
    """Named terms of a goal."""
    if goal == "cost":
        return cost_terms(m, p)
    return {goal: _node_hours(m, p, goal)}


def risk_terms(m: Stack, p: Together) -> Iterator[Term]:
    """What is to be best over several scenarios [USD]."""
    if p.aim.measure in ("worst_cost", "worst_regret"):
        yield m.family("worst")["all",], 1.0
        return
    weight = p.aim.weight if p.aim.measure == "cvar" else 0.0
    for name in p.possible:
        for variable, usd in m.costs[name]:
            yield variable, (1 - weight) * p.shares[name] * usd
        if p.aim.measure == "cvar":
            yield m.family("beyond")[name,], weight * p.shares[name] / (1 - p.aim.tail_from)
    if p.aim.measure == "cvar":
        yield m.family("tail_start")["all",], weight


def worth_of_node_hour(pool: Pool, goal: Goal) -> float:
    """What an hour of a node at work adds to a goal: GPU-hours, kWh or kg CO2e."""
    return {"gpus": float(pool.gpus), "energy": pool.kw, "carbon": pool.kw * pool.kg_co2_per_kwh}[goal]


def cost_terms(m: Model, p: Instance) -> dict[str, list[Term]]:
    """Net present cost by term [USD]."""
    discount = p.time.discount
    terms: dict[str, list[Term]] = defaultdict(list)
    for rental in ("on_demand", "spot"):
        terms[rental] = [(node, usd * discount[int(key[1])]) for key, node, usd in rent_usd(m, p, rental)]
    for (pool, form, t), node in m.family("bought").items():
        for name, npv in p.pools[str(pool)].commitments[str(form)].terms.items():
            terms[name].append((node, npv[int(t)]))
    for (pool, t), node in m.family("kept").items():
        if existing := p.pools[str(pool)].existing:
            terms["existing_running"].append((node, existing.usd[int(t)] * discount[int(t)]))
            for name, worth in existing.kept_terms.items() if t == p.time.periods[-1] else ():
                terms[name].append((node, worth))
    for sold, _, sale in sales(m, p):
        for name, usd in sale.terms.items():
            terms[name].append((sold, usd))
    terms["unserved"] = [(left_out, usd * discount[int(key[1])]) for key, left_out, usd in unserved_usd(m, p)]
    terms["excess"] = [(more, usd * discount[int(key[1])]) for key, more, usd in excess_usd(m, p)]
    terms["api"] = [(sent, usd * discount[int(key[2])]) for key, sent, usd in api_usd(m, p)]
    for charge in charges(m, p):
        terms[charge.term].append((charge.variable, charge.usd * discount[charge.period]))
    return {name: found for name, found in terms.items() if found}


def rent_usd(m: Model, p: Instance, form: str) -> Iterator[Priced]:
    """What each rented node costs in its block, undiscounted [USD]."""
    for key, node in m.family(form).items():
        pool, t, b = str(key[0]), int(key[1]), int(key[2])
        yield key, node, p.pools[pool].rentals[form].usd(t) * p.time.hours[t][b]


def api_usd(m: Model, p: Instance) -> Iterator[Priced]:
    """What each request/s sent to an API costs in its block: expected requests, undiscounted [USD]."""
    found = {(api.stream, api.id): api for api in p.apis}
    for key, sent in m.family("api").items():
        stream, api, t, b = str(key[0]), str(key[1]), int(key[2]), int(key[3])
        expected = p.streams[stream].expected_share[t][b] * p.time.hours[t][b] * SECONDS_PER_HOUR
        yield key, sent, found[stream, api].usd(t) * expected


def unserved_usd(m: Model, p: Instance) -> Iterator[Priced]:
    """What a request/s left unserved costs in its block or week: expected requests, undiscounted [USD]."""
    for key, left_out in m.family("unserved").items():
        stream, t = p.streams[str(key[0])], int(key[1])
        if stream.unserved is None:
            continue
        weeks = p.time.period_hours(t) / HOURS_PER_WEEK
        block = 0 if key[2] == "week" else int(key[2])
        hours = weeks if key[2] == "week" else p.time.hours[t][block]
        expected = stream.expected_share[t][block] * hours * SECONDS_PER_HOUR
        yield key, left_out, stream.unserved.usd_per_request * expected


def excess_usd(m: Model, p: Instance) -> Iterator[Priced]:
    """What a unit over a cap costs in its period or block, undiscounted [USD]."""
    for key, more in m.family("excess").items():
        name, t = str(key[0]), int(key[1])
        usd = p.limits[name].excess_usd or 0.0
        if len(key) == 3:
            yield key, more, usd * p.time.hours[t][int(key[2])]
        else:
            yield key, more, usd * (p.time.months[t] if name in p.power_limits else 1)


def _node_hours(m: Model, p: Instance, goal: Goal) -> list[Term]:
    return [
        (node, hours * worth_of_node_hour(pool, goal))
        for pool in p.pools.values()
        for t in p.time.periods
        for node, hours in node_hours(m, p, pool, t)
    ]
