"""Starts, least hours billed and replica switches against enumeration; pruning with them keeps the optimum.

The enumeration tries every number of nodes and of replicas that are on in every block. What the starts of given
nodes cost is found by dynamic programming over the hours of a week, node by node, without the formulation.
"""

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from fleets import EXACT, best, clock, pool, question, runs, stream, with_starts
from test_oracle import random_instance

from planner.candidates.purchase_option import Loan, PurchaseOption, Tax
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.decouple import block_by_block
from planner.milp.highs import solve_arrays
from planner.milp.instance import Commitment, Instance
from planner.milp.ownership import Staff
from planner.milp.prune import prune
from planner.milp.stages import with_row
from planner.milp.start import from_coarse, good_start, rounded

MOST = 2
WEEKS = (
    tuple(int(hour % 24 >= 12) for hour in range(168)),
    tuple(int(hour % 24 in (9, 13)) for hour in range(168)),
    tuple({8: 1, 9: 1, 10: 2, 11: 1}.get(hour % 24, 0) for hour in range(168)),
    tuple(2 if hour == 100 else int(hour % 24 in (9, 11)) for hour in range(168)),
)


@cache
def week_usd(nodes: tuple[int, ...], usd: float, usd_per_start: float, least: int) -> float:
    """Cheapest week of at most three nodes that are billed: at least `nodes[h]` in hour h, each start `least` hours.

    A node is off (-1) or on with so many hours still due. The week begins in an hour that no other state may
    cross: four hours and more after the last change every node that is on is there of need.
    """
    # rotate the week so that it begins where the last `least` + 1 hours need the same number of nodes
    turn = next(h for h in range(168) if len({nodes[(h - back) % 168] for back in range(2 * least + 2)}) == 1)
    hours = [nodes[(turn + h) % 168] for h in range(168)]
    begin = tuple(sorted([0] * hours[0] + [-1] * (3 - hours[0])))
    states = {begin: 0.0}
    for needed in [*hours[1:], hours[0]]:
        following: dict[tuple[int, ...], float] = {}
        for state, spent in states.items():
            for moved, cost in moves(state, needed, usd, usd_per_start, least):
                if spent + cost < following.get(moved, math.inf):
                    following[moved] = spent + cost
        states = following
    return states[begin]


def moves(
    state: tuple[int, ...], needed: int, usd: float, usd_per_start: float, least: int
) -> Iterator[tuple[tuple[int, ...], float]]:
    """Every hour that may follow: the nodes' new states and what the hour costs."""
    choices = [
        ((-1, 0.0), (least - 1, usd + usd_per_start)) if due < 0
        else (((due - 1, usd),) if due else ((0, usd), (-1, 0.0)))
        for due in state
    ]  # fmt: skip
    for chosen in itertools.product(*choices):
        if sum(due >= 0 for due, _ in chosen) >= needed:
            yield tuple(sorted(due for due, _ in chosen)), sum(cost for _, cost in chosen)


def test_the_week_of_the_enumeration_by_hand() -> None:
    noon = tuple(int(hour % 24 == 12) for hour in range(168))
    assert week_usd(noon, 1.0, 0.5, 1) == pytest.approx(7 * 1.5)
    assert week_usd(noon, 1.0, 0.0, 3) == pytest.approx(21)


def tiny(seed: int) -> Instance:
    """One workload, one or two pools, one or two configurations; starts, least hours and switches now and then."""
    rnd = random.Random(seed)
    week = rnd.choice(WEEKS)
    blocks = max(week) + 1
    several = blocks == 2 and rnd.random() < 0.3
    time = clock(periods=2 if several else 1, blocks=blocks, block_of_hour=week)
    names = ["p0", "p1"][: 1 if blocks > 2 or several else 2]
    pools = [pool(name, time, gpus=rnd.choice([1, 2]), on_demand=rnd.uniform(0.5, 2.0)) for name in names]
    spares = rnd.choice([0, 0, 1])
    deployments = [
        runs("chat", one.id, round(rnd.uniform(0.6, 1.6) * gpus, 1), gpus, spares=spares, config=f"chat/tp{gpus}")
        for one in pools
        for gpus in ((1, 2) if one.gpus == 2 and len(pools) == 1 and not several else (1,))
    ]
    grid = [[round(rnd.uniform(0, 1.6), 1) for _ in time.blocks] for _ in time.periods]
    p = question(time, [stream("chat", grid)], pools, deployments)
    p = with_starts(p, rnd.choice([0.0, 0.25, 1.0]), rnd.choice([1, 1, 2, 3]))
    return replace(p, switch_usd_per_replica=rnd.choice([0.0, 0.0, 0.4, 4.0]))


def brute_force(p: Instance) -> float:
    """Least cost over all nodes and replicas in every block."""
    slots, best = p.time.slots, math.inf
    nodes = list(itertools.product(range(MOST + 1), repeat=len(slots)))
    rents = {one.id: {profile: _rent(p, one.id, profile) for profile in nodes} for one in p.pools.values()}
    on = list(itertools.product(range(MOST + 1), repeat=len(slots)))
    for replicas in itertools.product(on, repeat=len(p.deployments)):
        if not all(_served(p, replicas, s) for s in range(len(slots))):
            continue
        usd = sum(_switches(p, counts) for counts in replicas)
        for one in p.pools.values():
            least = tuple(
                math.ceil(sum(c[s] * d.gpus for d, c in zip(p.deployments, replicas, strict=True) if d.pool == one.id)
                          / one.gpus)
                for s in range(len(slots))
            )  # fmt: skip
            usd += min((rent for profile, rent in rents[one.id].items() if _covers(profile, least)), default=math.inf)
        best = min(best, usd)
    return best


def _covers(profile: tuple[int, ...], least: tuple[int, ...]) -> bool:
    return all(there >= needed for there, needed in zip(profile, least, strict=True))


def _rent(p: Instance, name: str, profile: tuple[int, ...]) -> float:
    rental, usd = p.pools[name].rentals["on_demand"], 0.0
    for t in p.time.periods:
        by_block = dict(zip(p.time.slots, profile, strict=True))
        nodes = tuple(by_block[t, b] for b in p.time.block_of_hour)
        weeks = p.time.period_hours(t) / 168
        usd += weeks * week_usd(nodes, rental.usd_per_hour, rental.usd_per_start, rental.minimum_hours)
    return usd


def _served(p: Instance, replicas: tuple[tuple[int, ...], ...], s: int) -> bool:
    t, b = p.time.slots[s]
    able = sum(
        max(0, counts[s] - one.spares) * one.rates["chat"]
        for one, counts in zip(p.deployments, replicas, strict=True)
    )  # fmt: skip
    return able >= p.streams["chat"].planned[t][b] - 1e-9


def _switches(p: Instance, counts: tuple[int, ...]) -> float:
    by_block, started = dict(zip(p.time.slots, counts, strict=True)), 0.0
    week = p.time.block_of_hour
    for t in p.time.periods:
        ups = sum(max(0, by_block[t, week[h]] - by_block[t, week[h - 1]]) for h in range(168))
        started += ups * p.time.period_hours(t) / 168
        started += max(0, by_block[t, week[0]] - by_block[t - 1, week[-1]]) if t else 0
    return started * p.switch_usd_per_replica


def optimum(p: Instance) -> float:
    """The MILP's optimum with at most MOST nodes in a block and replicas of a kind."""
    m = build(p)
    a = arrays_from(m)
    counted = [c.family in {"on_demand", "running"} for c in m.columns]
    return solve_arrays(replace(a, upper=np.where(counted, np.minimum(a.upper, MOST), a.upper)), EXACT).objective


@pytest.mark.parametrize("start", range(0, 80, 10))
def test_optimum_equals_enumeration(start: int) -> None:
    for seed in range(start, start + 10):
        p = tiny(seed)
        assert optimum(p) == pytest.approx(brute_force(p), rel=1e-6, abs=1e-6), seed


def test_the_instances_have_all_features() -> None:
    many = [tiny(seed) for seed in range(80)]
    assert sum(p.switch_usd_per_replica > 0 for p in many) >= 20
    assert sum(p.pools["p0"].rentals["on_demand"].minimum_hours > 1 for p in many) >= 20
    assert sum(p.pools["p0"].rentals["on_demand"].usd_per_start > 0 for p in many) >= 20


@pytest.mark.parametrize("start", range(0, 120, 20))
def test_pruning_keeps_the_optimum(start: int) -> None:
    for seed in range(start, start + 20):
        rnd = random.Random(1000 + seed)
        p = with_starts(random_instance(seed), rnd.choice([0.0, 0.5]), rnd.choice([1, 3]))
        p = replace(p, switch_usd_per_replica=rnd.choice([0.0, 3.0, 300.0]))
        full, pruned = (solve_arrays(arrays_from(build(one)), EXACT).objective for one in (p, prune(p)))
        assert pruned == pytest.approx(full, rel=1e-6, abs=1e-6) or (math.isinf(full) and math.isinf(pruned)), seed


@pytest.mark.parametrize("seed", range(30))
def test_starts_stay_feasible(seed: int) -> None:
    p = tiny(seed) if seed % 2 else replace(with_starts(random_instance(seed), 0.5, 3), switch_usd_per_replica=2.0)
    m = build(p)
    a = arrays_from(m)
    optimum_usd = solve_arrays(a, EXACT).objective
    relaxed = solve_arrays(a.relaxed(), EXACT).values
    guess = None if relaxed is None else rounded(m, a, relaxed, EXACT)
    for found in (guess, from_coarse(p, m, a, EXACT), good_start(p, m, a, EXACT)):
        if found is not None:
            assert a.worst_breach(found) <= 1e-6
            assert float(a.cost @ found) >= optimum_usd * (1 - 1e-6) - 1e-6


def test_ties_are_broken_without_paying_for_it() -> None:
    for seed in range(40):
        p = tiny(seed)
        if math.isfinite(solve_arrays(arrays_from(build(p)), EXACT).objective):
            solution = best(p)
            assert paid(p, solution.values) == pytest.approx(solution.certificate.objective, rel=1e-6, abs=1e-6), seed


def paid(p: Instance, values: dict) -> float:
    """What the fleet returned costs, hour by hour."""
    usd = 0.0
    for one in p.pools.values():
        rental = one.rentals["on_demand"]
        for t in p.time.periods:
            rented = values["on_demand"]
            nodes = [
                rented.get((one.id, t, b), 0) + values["held"].get((one.id, "on_demand", t, h), 0)
                for h, b in enumerate(p.time.block_of_hour)
            ]
            starts = sum(max(0, nodes[h] - nodes[h - 1]) for h in range(168))
            weeks = p.time.period_hours(t) / 168
            usd += weeks * (sum(nodes) * rental.usd_per_hour + starts * rental.usd_per_start)
    for one in p.deployments:
        counts = tuple(round(values["replicas"].get((*one.key, t, b), 0)) for t, b in p.time.slots)
        usd += _switches(p, counts)
    return usd


def financed(rnd: random.Random, months: int) -> dict[str, object]:
    """Loans, tax, lives that end, rooms, and prices that move."""
    return {
        "loan": rnd.choice([None, Loan(rnd.choice([0.5, 1.0]), 0.12, months * rnd.choice([1, 2, 4]) / 12)]),
        "tax": rnd.choice([None, Tax(0.3, (0.5, 0.3, 0.2))]),
        "service_months": rnd.choice([None, months, 2 * months]),
        "trend_per_year": rnd.choice([0.0, -0.4, 0.3]),
        "room_usd": rnd.choice([0.0, 300.0]),
        "room_life_months": 60.0,
    }


def owning(seed: int, more: bool = False) -> Instance:
    """Boxes to buy and boxes that are there, both perhaps sold again, people by the step, power by the replica."""
    rnd = random.Random(seed)
    periods = rnd.choice([2, 2, 3])
    time = clock(periods=periods, months=rnd.choice([1, 6]), rate=rnd.choice([0.0, 0.1]))
    money = {
        "capex_usd": rnd.uniform(500, 6000), "fixed_usd_per_month": rnd.uniform(10, 200), "life_months": 36.0,
        "residual_share": rnd.choice([0.0, 0.2]), "depreciation_per_year": rnd.choice([0.0, 0.3]),
        "may_resell": rnd.random() < 0.7,
    }  # fmt: skip
    lead = float(rnd.choice([0, 0, time.months[0]]))
    finance = financed(rnd, time.months[0]) if more else {}
    pools = [
        pool("own", time, gpus=2, owned=PurchaseOption("owned", 0.0, lead_months=lead, **money, **finance)),
        pool("rent", time, on_demand=rnd.uniform(0.3, 2.0)),
    ]
    if more:
        factors = tuple(rnd.uniform(0.4, 1.3) for _ in range(periods))
        rentals = {"on_demand": replace(pools[1].rentals["on_demand"], factors=factors)}
        pools[1] = replace(pools[1], rentals=rentals)
    if rnd.random() < 0.6:
        serves = rnd.choice([None, 0.0, time.months[0]]) if more else None
        old = PurchaseOption(
            "existing", 0.0, age_months=rnd.uniform(0, 24), max_nodes=rnd.randint(1, 2), service_months=serves, **money
        )
        pools.append(pool("old", time, existing=old))
    deployments = [
        replace(runs("chat", one.id, 1.0), usd_per_hour={"owned_power": rnd.choice([0.0, 0.2])}) for one in pools
    ]
    p = question(time, [stream("chat", [[rnd.choice([0.0, 0.8, 1.7, 2.0])] for _ in time.periods])], pools, deployments)
    staff = Staff(rnd.choice([1.0, 2.0]), (rnd.uniform(50, 600),) * periods)
    return replace(p, staff=staff if rnd.random() < 0.6 else None)


def owning_by_hand(p: Instance) -> float:
    """Least cost over all ways to buy, sell, keep and rent, replicas taking the cheapest place."""
    periods, option = list(p.time.periods), p.pools["own"].commitments["owned"]
    fates = [
        (t, u, _box_npv(option, t, u))
        for t in periods
        if option.serves[t]
        for u in [None, *(option.sales[t] if option.sales else ())]
    ]
    best_npv = math.inf
    for counts in itertools.product(range(3), repeat=len(fates)):
        if sum(counts) > 2:
            continue
        npv = sum(n * usd for n, (_, _, usd) in zip(counts, fates, strict=True))
        boxes = [
            sum(n for n, (t, u, _) in zip(counts, fates, strict=True) if v in option.serves[t] and (u is None or v < u))
            for v in periods
        ]
        for kept, usd in _old_boxes(p):
            usd += npv + sum(_period_npv(p, v, boxes[v], kept[v]) for v in periods)
            best_npv = min(best_npv, usd)
    return best_npv


def _box_npv(option: Commitment, t: int, u: int | None) -> float:
    npv = sum(term[t] for term in option.terms.values())
    return npv if u is None else npv + sum(option.sales[t][u].terms.values())


def _old_boxes(p: Instance) -> Iterator[tuple[tuple[int, ...], float]]:
    """Every way to keep the systems that are there; the others are sold where they may be."""
    old = p.pools["old"].existing if "old" in p.pools else None
    if old is None:
        yield (0,) * len(p.time.months), 0.0
        return
    for kept in itertools.product(range(old.count + 1), repeat=len(p.time.months)):
        if list(kept) == sorted(kept, reverse=True) and all(n <= old.most(t) for t, n in enumerate(kept)):
            gone = [before - now for before, now in zip((old.count, *kept), kept, strict=False)]
            usd = sum(n * usd * d for n, usd, d in zip(kept, old.usd, p.time.discount, strict=True))
            sold = sum(n * sum(old.sales[u].terms.values()) for u, n in enumerate(gone)) if old.sales else 0.0
            yield kept, usd + sold + kept[-1] * sum(old.kept_terms.values())


def _period_npv(p: Instance, v: int, boxes: int, kept: int) -> float:
    """People, rents and power of a period, discounted."""
    hours, rental = p.time.period_hours(v), p.pools["rent"].rentals["on_demand"]
    rent = rental.usd_per_hour * (rental.factors[v] if rental.factors else 1.0)
    power = {one.pool: sum(one.usd_per_hour.values()) for one in p.deployments}
    places = [power["own"]] * (2 * boxes) + [power.get("old", 0.0)] * kept + [rent + power["rent"]] * 3
    replicas = math.ceil(p.streams["chat"].planned[v][0] - 1e-9)
    usd = hours * sum(sorted(places)[:replicas])
    if p.staff:
        usd += math.ceil((boxes + kept) / p.staff.systems_per_person - 1e-9) * p.staff.usd[v]
    return usd * p.time.discount[v]


@pytest.mark.parametrize("more", [False, True])
@pytest.mark.parametrize("start", range(0, 80, 20))
def test_owning_equals_enumeration(start: int, more: bool) -> None:
    for seed in range(start, start + 20):
        p = owning(seed, more)
        m = build(p)
        a = arrays_from(m)
        rows = with_row(a, np.array([float(c.family == "bought") for c in m.columns]), 2.0)
        expected = owning_by_hand(p)
        assert solve_arrays(rows, EXACT).objective == pytest.approx(expected, rel=1e-6, abs=1e-6), seed
        full, pruned = (solve_arrays(arrays_from(build(one)), EXACT).objective for one in (p, prune(p)))
        assert pruned == pytest.approx(full, rel=1e-6, abs=1e-6), seed


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_pruning_minds_what_replicas_cost(start: int) -> None:
    for seed in range(start, start + 20):
        rnd = random.Random(2000 + seed)
        p = random_instance(seed)
        price = {one.config: rnd.choice([0.0, 0.1, 0.5]) for one in p.deployments}
        p = replace(p, deployments=tuple(replace(d, usd_per_hour={"storage": price[d.config]}) for d in p.deployments))
        full, pruned = (solve_arrays(arrays_from(build(one)), EXACT).objective for one in (p, prune(p)))
        assert pruned == pytest.approx(full, rel=1e-6, abs=1e-6) or (math.isinf(full) and math.isinf(pruned)), seed


def with_egress(p: Instance, prices: dict[str, float]) -> Instance:
    """The same where each answer from a pool costs something to send."""
    sent = (replace(d, usd_per_request=dict.fromkeys(d.rates, prices[d.pool])) for d in p.deployments)
    return replace(p, deployments=tuple(sent))


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_egress_at_one_price_only_adds_its_bill(start: int) -> None:
    for seed in range(start, start + 20):
        p = replace(random_instance(seed), apis=(), budgets=())
        plain = solve_arrays(arrays_from(build(p)), EXACT).objective
        charged = solve_arrays(arrays_from(build(with_egress(p, dict.fromkeys(p.pools, 1e-5)))), EXACT).objective
        requests = sum(
            one.planned[t][b] * one.expected_share[t][b] * p.time.hours[t][b] * p.time.discount[t] * 3600
            for one in p.streams.values()
            for t, b in p.time.slots
        )
        assert charged == pytest.approx(plain + requests * 1e-5, rel=1e-6, abs=1e-6), seed


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_pruning_minds_what_answers_cost(start: int) -> None:
    for seed in range(start, start + 20):
        rnd = random.Random(3000 + seed)
        p = random_instance(seed)
        p = with_egress(p, {name: rnd.choice([0.0, 1e-5, 1e-4]) for name in p.pools})
        full, pruned = (solve_arrays(arrays_from(build(one)), EXACT).objective for one in (p, prune(p)))
        assert pruned == pytest.approx(full, rel=1e-6, abs=1e-6) or (math.isinf(full) and math.isinf(pruned)), seed


def test_most_questions_get_a_start_although_starts_cost() -> None:
    started, feasible = 0, 0
    for seed in range(60):
        p = replace(with_starts(random_instance(seed), 0.5, 3), switch_usd_per_replica=2.0)
        m = build(p)
        a = arrays_from(m)
        if math.isfinite(solve_arrays(a, EXACT).objective):
            feasible += 1
            started += good_start(p, m, a, EXACT) is not None
    assert started >= 0.9 * feasible


def test_blocks_are_planned_apart_and_their_starts_counted_after() -> None:
    # 1 and 3 nodes by turns: each block alone rents what it needs, the two starts of every morning are then counted
    time = clock(blocks=2, block_of_hour=WEEKS[0])
    p = question(time, [stream("chat", [[1.0, 3.0]])], [pool("a", time, on_demand=1.0)], [runs("chat", "a", 1.0)])
    p = replace(with_starts(p, 0.5, 3), switch_usd_per_replica=0.1)
    m = build(p)
    a = arrays_from(m)
    plan = block_by_block(m, a, np.zeros(len(a.cost)), EXACT)
    assert plan is not None
    assert float(a.cost @ plan) == pytest.approx(730 * 2 + 14 * (0.5 + 0.1) * 730 / 168)
