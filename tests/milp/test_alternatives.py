"""Other fleets: another mix each time, the cheapest first, none beyond what was asked."""

from dataclasses import replace
from itertools import combinations

import pytest
from fleets import EXACT, best, clock, near, pool, question, runs, stream
from oracle import brute_force

from planner.errors import InfeasibleError
from planner.inputs.alternatives import Alternatives
from planner.milp.alternatives import HOSTED, alternatives, used_types
from planner.milp.instance import Api, Instance


def choice() -> Instance:
    """Six requests/s on GPUs of 1, 2 and 3 USD/h for one request/s each, or 5 USD/h for two."""
    time = clock()
    usd = {"A": 1.0, "B": 2.0, "C": 3.0}
    pools = [replace(pool(name, time, on_demand=price), gpu=name) for name, price in usd.items()]
    return question(
        time, [stream("chat", [[6.0]])], pools, [runs("chat", name, 1.0) for name in usd],
    )  # fmt: skip


def test_by_hand() -> None:
    p = choice()
    found = alternatives(p, best(p), Alternatives(count=5, within=3.0), "highs", EXACT)
    assert [(set(one.without), one.solution.certificate.objective) for one in found] == [
        ({"A"}, near(12 * 730)), ({"A", "B"}, near(18 * 730)),
    ]  # fmt: skip


@pytest.mark.parametrize(("within", "count", "expected"), [(0.9, 5, 0), (1.0, 5, 1), (3.0, 1, 1)])
def test_no_more_than_asked(within: float, count: int, expected: int) -> None:
    p = choice()
    assert len(alternatives(p, best(p), Alternatives(count=count, within=within), "highs", EXACT)) == expected


def test_hosted_apis_are_a_type() -> None:
    p = replace(choice(), apis=(Api("cheap", "chat", 1e-4),))
    solution = best(p)
    assert used_types(p, solution) == {HOSTED}
    found = alternatives(p, solution, Alternatives(count=1, within=5.0), "highs", EXACT)
    assert [set(one.without) for one in found] == [{HOSTED}]


@pytest.mark.parametrize("seed", range(12))
def test_no_mix_that_avoids_a_type_is_cheaper(seed: int) -> None:
    """Every set of forbidden types, solved by enumeration: the best of them is the first alternative."""
    from test_oracle import random_instance

    p = random_instance(seed)
    p = replace(p, pools={name: replace(one, gpu=name) for name, one in p.pools.items()})
    try:
        solution = best(p)
    except InfeasibleError:
        pytest.skip("no fleet")
    mine = used_types(p, solution)
    costs = []
    types = [*p.pools, HOSTED]
    for size in range(1, len(types) + 1):
        for gone in combinations(types, size):
            if set(gone) & mine:
                costs.append(brute_force(without(p, frozenset(gone)), most_nodes=8))
    found = alternatives(p, solution, Alternatives(count=1, within=10.0), "highs", EXACT)
    reachable = [cost for cost in costs if cost <= solution.certificate.objective * 11]
    assert bool(found) == bool(reachable)
    if found:
        assert found[0].solution.certificate.objective == near(min(reachable))


def without(p: Instance, gone: frozenset[str]) -> Instance:
    pools = {name: one for name, one in p.pools.items() if name not in gone}
    return replace(
        p,
        pools=pools,
        deployments=tuple(one for one in p.deployments if one.pool in pools),
        apis=() if HOSTED in gone else p.apis,
        quotas=tuple(replace(q, members=frozenset(m for m in q.members if m[0] in pools)) for q in p.quotas),
    )
