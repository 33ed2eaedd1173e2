"""What is taken to be no harder is never dearer; every way to make a question harder is told from the base."""

import math
import random
from dataclasses import replace

import pytest
from fleets import EXACT, batch, clock, pool, question, runs
from test_oracle import random_instance

from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.easier import is_no_harder
from planner.milp.highs import solve_arrays
from planner.milp.instance import Instance, Stream


def optimum(p: Instance) -> float:
    return solve_arrays(arrays_from(build(p)), EXACT).objective


def with_demand(p: Instance, times: float) -> Instance:
    def scaled(one: Stream) -> Stream:
        return replace(one, planned=tuple(tuple(rate * times for rate in row) for row in one.planned))

    return replace(p, streams={name: scaled(one) for name, one in p.streams.items()})


def with_prices(p: Instance, times: float) -> Instance:
    pools = {}
    for name, there in p.pools.items():
        rentals = {form: replace(one, usd_per_hour=one.usd_per_hour * times) for form, one in there.rentals.items()}
        pools[name] = replace(there, rentals=rentals)
    return replace(p, pools=pools)


def with_rates(p: Instance, times: float) -> Instance:
    slower = tuple(
        replace(one, rates={name: rate * times for name, rate in one.rates.items()}) for one in p.deployments
    )
    return replace(p, deployments=slower)


def with_limits(p: Instance, times: float) -> Instance:
    return replace(p, limits={name: replace(one, value=one.value * times) for name, one in p.limits.items()})


def without_pool(p: Instance, name: str) -> Instance:
    """Also out of quotas, as a question without the pool would have it."""
    quotas = tuple(replace(one, members=frozenset(m for m in one.members if m[0] != name)) for one in p.quotas)
    pools = {key: there for key, there in p.pools.items() if key != name}
    return replace(p, pools=pools, deployments=tuple(d for d in p.deployments if d.pool != name), quotas=quotas)


def harder(p: Instance, rnd: random.Random) -> Instance:
    """One thing worse, each in its own way."""
    kind = rnd.randrange(5)
    if kind == 4 and len(p.pools) > 1:
        return without_pool(p, sorted(p.pools)[0])
    change = (with_demand, with_prices, with_rates, with_limits)[kind % 4]
    return change(p, {with_demand: 1.4, with_prices: 1.3, with_rates: 0.7, with_limits: 0.6}[change])


@pytest.mark.parametrize("start", range(0, 150, 30))
def test_a_harder_question_is_told_and_never_cheaper(start: int) -> None:
    told = 0
    for seed in range(start, start + 30):
        p = random_instance(seed)
        q = harder(p, random.Random(seed))
        assert is_no_harder(p, q), seed
        assert is_no_harder(p, p) and is_no_harder(q, q)
        low, high = optimum(p), optimum(q)
        assert low <= high * (1 + 1e-9) + 1e-6 or math.isinf(high), seed
        if low < high * (1 - 1e-6):
            told += 1
            assert not is_no_harder(q, p), seed
    assert told >= 10


@pytest.mark.parametrize("start", range(0, 120, 40))
def test_whatever_is_said_of_two_unlike_questions_is_true(start: int) -> None:
    """Two changes at once, one for the better and one for the worse: only what holds may be said."""
    for seed in range(start, start + 40):
        rnd = random.Random(seed)
        base = random_instance(seed)
        p = with_demand(base, rnd.choice([0.8, 1.0, 1.25]))
        p = with_prices(p, rnd.choice([0.8, 1.0, 1.25]))
        q = with_rates(base, rnd.choice([0.8, 1.0, 1.25]))
        q = with_limits(q, rnd.choice([0.8, 1.0, 1.25]))
        for one, other in ((p, q), (q, p)):
            if is_no_harder(one, other):
                assert optimum(one) <= optimum(other) * (1 + 1e-9) + 1e-6, seed


def test_what_is_not_known_to_be_harmless_counts_as_different() -> None:
    p = next(p for seed in range(50) if len((p := random_instance(seed)).pools) > 1)
    assert not is_no_harder(p, replace(p, time=replace(p.time, end_discount=0.5)))
    assert not is_no_harder(replace(p, objective="gpus"), replace(p, objective="gpus"))
    name = next(iter(p.pools))
    assert not is_no_harder(p, replace(p, pools=p.pools | {name: replace(p.pools[name], kw=9.0)}))
    assert not is_no_harder(without_pool(p, name), p)


def test_waiting_work_shrinks_only_in_proportion() -> None:
    time = clock(blocks=2)

    def asked(arrivals: list[float]) -> Instance:
        deployments = [runs("night", "a", {"night": 1.0})]
        return question(time, [batch("night", arrivals, 24, time)], [pool("a", time, on_demand=1.0)], deployments)

    whole = asked([2.0] * 84 + [1.0] * 84)
    assert is_no_harder(asked([1.0] * 84 + [0.5] * 84), whole)
    assert not is_no_harder(asked([2.0] * 84 + [0.5] * 84), whole)  # less, but not at every hour alike
    assert not is_no_harder(whole, asked([1.0] * 84 + [0.5] * 84))
