"""One reserved pool under several demands, and helpers that take decisions over scenarios."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from fleets import EXACT, clock, pool, question, runs, stream
from oracle import _allowed_configurations, _Search
from test_oracle import random_instance

from planner.milp.arrays import arrays_from
from planner.milp.build import build_together
from planner.milp.cover_together import pruned_together
from planner.milp.highs import solve_arrays
from planner.milp.instance import Instance, Pool, Stream
from planner.milp.optimise import optimise_instance
from planner.milp.scenarios import Aim, Decision, Measure, decide_together, tried
from planner.milp.two_stage import Together, in_all, signed_in

YEAR_H = 8760


def year(demand: float, rent: float = 2.0, signed: float = 1.2) -> Instance:
    """A year of one workload on nodes of one GPU and one request/s: by the hour, or signed for the year."""
    time = clock(months=12)
    where = pool("p", time, on_demand=rent, reserved_1y=signed)
    return question(time, [stream("chat", [[demand]])], [where], [runs("chat", "p", 1.0)])


def together(instances: Sequence[Instance], shares: Sequence[float], aim: Aim) -> Together:
    """Scenarios named base case, s1, s2 … with their own optima."""
    named = {f"s{i}" if i else "base case": p for i, p in enumerate(instances)}
    own = {name: optimise_instance(p, "highs", EXACT) for name, p in named.items()}
    best = {name: one.certificate.objective for name, one in own.items()}
    return Together(named, dict(zip(named, shares, strict=True)), aim, best)


def decide(q: Together) -> Decision:
    """The proven best commitments."""
    own = {name: optimise_instance(p, "highs", EXACT) for name, p in q.instances.items()}
    alone = tried(q.instances, signed_in(own["base case"]), "highs", EXACT)
    return decide_together(q, alone, own, "highs", EXACT)


def aim(measure: Measure, tail_from: float = 0.9, weight: float = 0.5) -> Aim:
    return Aim(measure, tail_from, weight)


def joint_value(q: Together, *, without: str = "", most_nodes: float = math.inf, pruned: bool = False) -> float:
    """The optimum of the joint model, one family of rows left out, with so many nodes of anything at most."""
    instances = pruned_together(q.instances) if pruned else in_all(q.instances)
    stack = build_together(replace(q, instances=instances))
    kept = [row for row in stack.rows if row.family != without]
    assert not without or len(kept) < len(stack.rows), f"{without} has no row here"
    stack.rows = kept
    a = arrays_from(stack)
    nodes = [column.family in {"bought", "kept", "on_demand", "spot"} for column in stack.columns]
    return solve_arrays(replace(a, upper=np.where(nodes, np.minimum(a.upper, most_nodes), a.upper)), EXACT).objective


def assert_bites(q: Together, family: str) -> None:
    """Leaving the family out makes the joint optimum better."""
    assert joint_value(q, without=family) < joint_value(q) - 1e-6, f"these scenarios do not feel {family}"


def random_scenarios(seed: int) -> list[Instance]:
    """A random tiny question and one to two variants of it: other demand, other prices, other limits, less supply."""
    rnd = random.Random(seed)
    base = random_instance(seed)
    return [base, *(random_variant(rnd, base) for _ in range(rnd.randint(1, 2)))]


def random_variant(rnd: random.Random, p: Instance) -> Instance:
    times = rnd.choice([0.5, 1.3, 1.7])
    p = replace(p, streams={name: _scaled(one, times) for name, one in p.streams.items()})
    kind = rnd.random()
    if kind < 0.25:
        dearer = rnd.choice([0.6, 1.8])
        return replace(p, pools={name: _repriced(one, dearer) for name, one in p.pools.items()})
    if kind < 0.4 and len(p.pools) > 1:
        gone = rnd.choice(sorted(p.pools))
        pools = {name: one for name, one in p.pools.items() if name != gone}
        quotas = tuple(replace(q, members=frozenset(m for m in q.members if m[0] != gone)) for q in p.quotas)
        less = tuple(one for one in p.deployments if one.pool != gone)
        return replace(p, pools=pools, deployments=less, quotas=tuple(q for q in quotas if q.members))
    if kind < 0.5:
        limits = {name: replace(one, value=one.value * 0.7) for name, one in p.limits.items() if "USD" in one.unit}
        return replace(p, limits=p.limits | limits)
    return p


def _scaled(one: Stream, times: float) -> Stream:
    return replace(one, planned=tuple(tuple(round(rate * times, 2) for rate in row) for row in one.planned))


def _repriced(one: Pool, times: float) -> Pool:
    rentals = {form: replace(rental, usd_per_hour=rental.usd_per_hour * times) for form, rental in one.rentals.items()}
    return replace(one, rentals=rentals)


def enumerated(q: Together, most_nodes: int) -> float:
    """The best measure over all decisions that every scenario allows, by enumeration."""
    costs = {name: _costs(p, most_nodes) for name, p in q.instances.items()}
    common = set.intersection(*(set(found) for found in costs.values()))
    values = (q.aim.of(q.shares, {name: costs[name][decision] for name in costs}, q.best) for decision in common)
    return min((value for value in values if math.isfinite(value)), default=math.inf)


def _costs(p: Instance, most_nodes: int) -> dict[frozenset[object], float]:
    """What each decision costs at the least; a decision is its nodes above zero."""
    found: dict[frozenset[object], float] = {}
    for configs in _allowed_configurations(p):
        search = _Search(p, most_nodes, configs)
        for decision in search._decisions():
            key = frozenset((where, count) for where, count in decision.items() if count)
            found[key] = min(found.get(key, math.inf), search._cost(decision))
    return found
