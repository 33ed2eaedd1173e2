"""Break-evens of random instances: below the thing is in the best fleet, above it is not; dominance by enumeration."""

import random
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "milp"))
from fleets import EXACT, best, near
from oracle import brute_force
from test_oracle import random_instance

from planner.errors import InfeasibleError
from planner.explain.breakeven import BreakEven, Priced, break_even
from planner.explain.breakeven_solve import Clock, Offers, Repriced, cheapest, with_it, without
from planner.explain.why_not_dominated import covered
from planner.milp import brief
from planner.milp.instance import Instance

CHUNKS = 4
PER_MILLION = 1e-6
SEEDS = 30  # a chunk
CLOCK = Clock(replace(EXACT, mip_gap=0.0), float("inf"))


def priced_at(p: Instance, thing: Offers, factor: float) -> Instance:
    """The same with the thing's prices multiplied; written without the explanation's own way to do it."""
    pools = {}
    for name, pool in p.pools.items():
        rentals = {
            form: replace(one, usd_per_hour=one.usd_per_hour * factor, usd_per_start=one.usd_per_start * factor)
            if (name, form) in thing.options
            else one
            for form, one in pool.rentals.items()
        }
        commitments = {}
        for form, one in pool.commitments.items():
            times = factor if (name, form) in thing.options else 1.0
            commitments[form] = replace(
                one,
                terms={term: tuple(usd * times for usd in amounts) for term, amounts in one.terms.items()},
                capex=tuple(usd * times for usd in one.capex),
                opex=tuple(tuple(usd * times for usd in row) for row in one.opex),
            )
        pools[name] = replace(pool, rentals=rentals, commitments=commitments)
    apis = tuple(
        replace(api, usd_per_request=api.usd_per_request * (factor if (api.id, api.stream) in thing.apis else 1.0))
        for api in p.apis
    )
    return replace(p, pools=pools, apis=apis)


def things(p: Instance) -> list[Offers]:
    """Each pool, each form over all pools, and hosted APIs."""
    options = [(pool.id, form) for pool in p.pools.values() for form in (*pool.rentals, *pool.commitments)]
    names = [frozenset(one for one in options if one[0] == pool) for pool in p.pools if not p.pools[pool].existing]
    forms = [frozenset(one for one in options if one[1] == form) for form in {form for _, form in options}]
    hosted = frozenset((api.id, api.stream) for api in p.apis)
    found = [Offers(some) for some in dict.fromkeys([*names, *sorted(forms, key=sorted)])]
    return [*found, *([Offers(frozenset(), hosted)] if hosted else [])]


def uses(p: Instance, thing: Offers) -> bool:
    values = best(p).values
    used = {(key[0], family) for family in ("on_demand", "spot") for key in values.get(family, ())}
    used |= {(key[0], key[1]) for key in values.get("bought", ())}
    sent = {(key[1], key[0]) for key in values.get("api", ())}
    return bool(used & thing.options or sent & thing.apis)


def not_chosen(seeds: range) -> list[tuple[Instance, Offers, Priced, BreakEven]]:
    found = []
    for seed in seeds:
        p = replace(random_instance(seed), budgets=())
        for thing in things(p):
            try:
                alone = cheapest(without(p, thing), CLOCK)
                if alone is None or cheapest(p, CLOCK).cost.cost < alone.cost.cost * (1 - 1e-6):  # type: ignore[union-attr]
                    continue
            except InfeasibleError:
                continue
            solved = Repriced(lambda factor, p=p, thing=thing: priced_at(p, thing, factor), CLOCK).solved  # type: ignore[misc]
            found.append((p, thing, alone.cost, break_even(solved, alone.cost)))
    return found


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_it_enters_just_below_and_not_just_above(chunk: int) -> None:
    cases = [one for one in not_chosen(range(chunk * SEEDS, (chunk + 1) * SEEDS)) if one[3].found]
    flipped = 0
    for p, thing, alone, found in cases:
        assert found.is_exact
        if found.low >= 1 - 1e-6 or alone.cost <= 1e-6:
            continue
        flipped += 1
        assert uses(priced_at(p, thing, 0.99 * found.low), thing)
        assert not uses(priced_at(p, thing, 1.01 * found.high), thing)
    assert flipped >= 10


@pytest.mark.parametrize("seed", range(0, 30, 10))
def test_brief_searches_part_by_part_enclose_it(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Searched for as briefly as a large question: what is said to enter for certain does, nothing else is claimed."""
    monkeypatch.setattr(brief, "LARGE", 0)
    told = enclosed = 0
    for p, thing, _, exact in not_chosen(range(seed, seed + 10)):
        clock = Clock(replace(EXACT, mip_gap=0.005), float("inf"), is_brief=True)
        alone = cheapest(without(p, thing), clock.closer(0.1))
        assert alone is not None
        at = partial(priced_at, p, thing)
        closely = Repriced(at, clock.closer(0.1)).solved
        found = break_even(Repriced(at, clock).solved, alone.cost, closely=closely, steps=2)
        if not found.is_exact and found.floor > 0:
            dearer = best(at(found.low or found.tried)).certificate.objective
            assert found.floor <= dearer * (1 + PER_MILLION)
            enclosed += found.floor >= 0.98 * dearer
        if found.found and exact.found:
            told += found.low > 0
            assert found.low <= exact.high * (1 + PER_MILLION)
            assert found.high >= exact.low * (1 - PER_MILLION)
    assert told >= 5 and enclosed >= 3


def test_only_what_is_proven_at_no_higher_price_is_a_floor() -> None:
    """At 0.5 of today's prices nothing better is found, at 0.2 a fleet that is better for certain below 0.22."""
    alone = Priced(100.0, 98.0, 0.0)
    told = {0.5: Priced(100.0, 97.0, 0.0), 0.2: Priced(96.0, 90.0, 100.0), 0.22: Priced(98.0, 95.0, 100.0)}
    found = break_even(lambda f: told.get(round(f, 2)), alone, closely=lambda f: told.get(round(f, 2)), steps=1)
    assert (found.low, found.high, found.floor) == (pytest.approx(0.22), 1.0, 95.0)  # not the 97 of 0.5


def test_what_was_not_searched_is_not_said_to_have_been_tried() -> None:
    found = break_even(lambda f: Priced(100.0, 97.0, 0.0) if f == 0.5 else None, Priced(100.0, 98.0, 0.0))
    assert found.tried == 0.5 and found.found is None and found.floor == 97.0


@pytest.mark.parametrize("seed", range(0, 40, 8))
def test_against_enumeration(seed: int) -> None:
    for p, thing, alone, found in not_chosen(range(seed, seed + 4)):
        if len(p.pools) > 1 and len(p.time.months) > 1:
            continue  # too many decisions to enumerate
        assert brute_force(without(p, thing), most_nodes=8) == near(alone.cost)
        if found.found and found.low < 0.999:
            assert brute_force(priced_at(p, thing, 0.99 * found.low), most_nodes=8) < alone.cost
            assert brute_force(priced_at(p, thing, 1.01 * found.high), most_nodes=8) == near(alone.cost)


def with_dear_copies(p: Instance, seed: int) -> Instance:
    """Every pool a second time, at other prices, so that exchanges are found."""
    rnd = random.Random(seed)
    pools, deployments = dict(p.pools), list(p.deployments)
    for name, pool in p.pools.items():
        copy = replace(pool, id=f"{name}'", existing=None)
        thing = Offers(frozenset((f"{name}'", form) for form in (*pool.rentals, *pool.commitments)))
        alone = replace(p, pools={copy.id: copy}, apis=())
        pools[copy.id] = priced_at(alone, thing, rnd.choice([0.9, 1.0, 1.2, 2.0])).pools[copy.id]
        deployments += [replace(one, pool=copy.id) for one in p.deployments if one.pool == name]
    return replace(p, pools=pools, deployments=tuple(deployments))


def test_what_is_dominated_is_never_needed() -> None:
    """By enumeration where that is possible: the optimum is the same without the thing."""
    dominated = 0
    for seed in range(25):
        base = replace(random_instance(seed), budgets=(), quotas=())
        if len(base.pools) > 1:
            continue
        p = with_dear_copies(base, seed)
        for thing in things(p):
            if covered(p, thing) is None:
                continue
            left = without(p, thing)
            try:
                best(p)
            except InfeasibleError:
                continue
            dominated += 1
            if len(p.time.months) == 1:
                assert brute_force(left, most_nodes=6) == near(brute_force(p, most_nodes=6))
            assert best(left).certificate.objective == near(best(p).certificate.objective)
            forced = with_it(p, thing, EXACT)
            assert forced is None or forced.cost >= best(p).certificate.objective * (1 - 1e-9)
    assert dominated >= 8


def test_having_it_costs_what_a_fleet_with_it_costs() -> None:
    """A fleet that has it in every hour is dearer than the best of all, but no dearer than paying for it idle."""
    tried = 0
    for seed in range(25):
        p = replace(random_instance(seed), budgets=())
        for thing in things(p):
            if not thing.options or len({form for _, form in thing.options} - {"on_demand"}):
                continue
            try:
                best_of_all = best(p).certificate.objective
            except InfeasibleError:
                continue
            forced = with_it(p, thing, EXACT)
            if forced is None:
                continue
            tried += 1
            idle = min(
                p.pools[name].rentals[form].usd_per_hour * sum(
                    p.time.hours[t][b] * p.time.discount[t] for t, b in p.time.slots
                )
                for name, form in thing.options
            )  # fmt: skip
            assert best_of_all - 1e-6 <= forced.cost
            if not p.limits:
                assert forced.cost <= best_of_all + idle + 1e-6
    assert tried >= 10
