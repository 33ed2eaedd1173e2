"""More demand never costs less, another offer or a looser cap never costs more, prices scale cost."""

import math
from dataclasses import replace

import pytest
from fleets import EXACT, cost
from test_oracle import random_instance

from planner.errors import InfeasibleError
from planner.milp.instance import Commitment, Existing, Instance, Pool

SEEDS = range(300, 330)
SLACK = 1 + 1e-6


def least(p: Instance) -> float:
    """The optimum, infinite where nothing is feasible."""
    try:
        return cost(p)
    except InfeasibleError:
        return math.inf


@pytest.mark.parametrize("seed", SEEDS)
def test_more_demand_never_costs_less(seed: int) -> None:
    p = random_instance(seed)
    more = {
        name: replace(one, planned=tuple(tuple(1.3 * rate for rate in row) for row in one.planned))
        for name, one in p.streams.items()
    }
    assert least(p) <= least(replace(p, streams=more)) * SLACK


@pytest.mark.parametrize("seed", SEEDS)
def test_fewer_offers_never_cost_less(seed: int) -> None:
    p = random_instance(seed)
    first, *others = p.pools
    if not others:
        return
    fewer = replace(
        p,
        pools={name: p.pools[name] for name in others},
        deployments=tuple(one for one in p.deployments if one.pool != first),
        quotas=tuple(replace(q, members=frozenset(m for m in q.members if m[0] != first)) for q in p.quotas),
    )
    if all(fewer.serving.get(name) or any(api.stream == name for api in p.apis) for name in p.streams):
        assert least(p) <= least(fewer) * SLACK


@pytest.mark.parametrize("seed", SEEDS)
def test_looser_caps_never_cost_more(seed: int) -> None:
    p = random_instance(seed)
    for name, limit in p.limits.items():
        looser = replace(p, limits=p.limits | {name: replace(limit, value=limit.value * 1.5 + 1)})
        assert least(looser) <= least(p) * SLACK


@pytest.mark.parametrize("seed", SEEDS)
def test_doubled_prices_double_the_cost(seed: int) -> None:
    p = replace(random_instance(seed), budgets=())
    doubled = replace(
        p,
        pools={name: doubled_prices(pool) for name, pool in p.pools.items()},
        apis=tuple(replace(api, usd_per_request=2 * api.usd_per_request) for api in p.apis),
    )
    assert least(doubled) == pytest.approx(2 * least(p), rel=1e-6)


def doubled_prices(pool: Pool) -> Pool:
    return replace(
        pool,
        rentals={form: replace(rental, usd_per_hour=2 * rental.usd_per_hour) for form, rental in pool.rentals.items()},
        commitments={form: doubled_terms(option) for form, option in pool.commitments.items()},
        existing=Existing(pool.existing.count, tuple(2 * usd for usd in pool.existing.usd)) if pool.existing else None,
    )


def doubled_terms(option: Commitment) -> Commitment:
    return replace(option, terms={name: tuple(2 * usd for usd in npv) for name, npv in option.terms.items()})


def test_these_instances_are_mostly_feasible() -> None:
    assert sum(math.isfinite(least(random_instance(seed))) for seed in SEEDS) > 20
    assert EXACT.mip_gap == 0
