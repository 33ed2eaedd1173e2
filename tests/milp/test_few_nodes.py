"""Small fleets: rows that price whole nodes cut no plan off, and the tabulated start is a plan."""

import itertools
import math
import random
from dataclasses import replace

import numpy as np
import pytest
from fleets import EXACT, clock, pool, question, runs, stream
from test_oracle import random_instance

from planner.milp import solve as solving
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.highs import solve_arrays
from planner.milp.instance import Instance, Limit
from planner.milp.search.cheapest import Cheapest
from planner.milp.search.few import FewNodes, few_nodes
from planner.milp.search.loads import TooManyWaysError, fills, offers
from planner.milp.search.nodes import Carrier
from planner.milp.search.prices import price_families
from planner.milp.search.table import Table


def random_fleet(seed: int) -> Instance:
    """A year in two to four periods, pools to rent and reserve, up to three models, a node or a few needed."""
    rnd = random.Random(seed)
    periods = rnd.choice([2, 4])
    time = clock(periods=periods, blocks=rnd.choice([2, 3]), months=12 // periods, rate=rnd.choice([0.0, 0.08]))
    names = [f"w{i}" for i in range(rnd.randint(1, 3))]
    pools, deployments = [], []
    for i in range(rnd.randint(2, 3)):
        gpus = rnd.choice([1, 2, 4])
        usd = gpus * rnd.uniform(0.8, 1.6)
        spot = {"spot": usd * 0.4} if rnd.random() < 0.4 else {}
        one = pool(f"p{i}", time, gpus=gpus, on_demand=usd, reserved_1y=usd * rnd.uniform(0.3, 0.8), **spot)
        if spot:
            one = replace(one, rentals={**one.rentals, "spot": replace(one.rentals["spot"], usable_share=0.75)})
        pools.append(one)
        for name in names:
            for size in (1, 2):
                if size <= gpus and rnd.random() < 0.8:
                    kinds = ["firm", "spot"] if spot and name == "w0" else ["firm"]
                    rate = round(size * rnd.uniform(0.7, 1.5), 2)
                    deployments += [runs(name, one.id, rate, size, kind=k, config=f"{name}/{size}") for k in kinds]
    grid = [[[round(rnd.uniform(0, 3), 2) for _ in time.blocks] for _ in time.periods] for _ in names]
    streams = [stream(name, planned) for name, planned in zip(names, grid, strict=True)]
    served = {one.workload for one in deployments}
    deployments += [runs(name, "p0", 1.0, 1, config=f"{name}/1x") for name in names if name not in served]
    return question(time, streams, pools, deployments)


def known(p: Instance) -> FewNodes:
    found = few_nodes(p, build(p))
    assert found is not None
    return found


@pytest.mark.parametrize("start", range(0, 120, 10))
def test_rows_cut_off_no_plan_and_a_start_is_one(start: int) -> None:
    for seed in range(start, start + 10):
        p = random_fleet(seed)
        m = build(p)
        a = arrays_from(m)
        few = known(p)
        stronger = few.with_rows(a, EXACT)
        best = solve_arrays(a, EXACT)
        assert best.status == "optimal"
        assert solve_arrays(stronger, EXACT).objective == pytest.approx(best.objective, rel=1e-6)
        bound = solve_arrays(stronger.relaxed(), EXACT).objective
        assert solve_arrays(a.relaxed(), EXACT).objective - 1e-6 <= bound <= best.objective * (1 + 1e-6)
        plan = few.start(p, m, a, EXACT)
        assert plan is not None
        assert a.worst_breach(plan) <= 1e-6
        assert np.array_equal(plan, np.round(plan))
        assert float(a.cost @ plan) >= best.objective * (1 - 1e-6)


def test_rows_are_of_use() -> None:
    gaps = []
    for seed in range(40):
        p = random_fleet(seed)
        a = arrays_from(build(p))
        best = solve_arrays(a, EXACT).objective
        relaxed = [solve_arrays(one.relaxed(), EXACT).objective for one in (a, known(p).with_rows(a, EXACT))]
        gaps.append([1 - bound / best for bound in relaxed])
    without, with_rows = np.mean(gaps, axis=0)
    assert with_rows < 0.5 * without


def test_rows_cut_off_no_plan_whatever_the_limits() -> None:
    asked = 0
    for seed in range(150):
        p = random_instance(seed)
        few = few_nodes(p, build(p))
        if few is None:
            continue
        asked += 1
        a = arrays_from(build(p))
        best, same = solve_arrays(a, EXACT), solve_arrays(few.with_rows(a, EXACT), EXACT)
        assert same.status == best.status
        if math.isfinite(best.objective):
            assert same.objective == pytest.approx(best.objective, rel=1e-6, abs=1e-6)
    assert asked >= 20


def test_a_row_by_hand() -> None:
    """One replica of 1.0 for a load of 0.2: the relaxation buys a fifth of a node, the row asks for one."""
    time = clock(months=12)
    p = question(time, [stream("chat", [[0.2]])], [pool("a", time, on_demand=2.0)], [runs("chat", "a", 1.0)])
    a = arrays_from(build(p))
    assert solve_arrays(a.relaxed(), EXACT).objective == pytest.approx(0.2 * 2 * 8760)
    assert solve_arrays(known(p).with_rows(a, EXACT).relaxed(), EXACT).objective == pytest.approx(2 * 8760, rel=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_least_costs_are_those_of_enumeration(seed: int) -> None:
    few = known(random_fleet(seed))
    for usd_per_hour in price_families(few.asked):
        found = Cheapest(few.asked, few.offered).at(usd_per_hour)
        table = Table(few.asked, few.offered)
        tabulated = table.least_costs(usd_per_hour)[table.cell]
        for slot, load in enumerate(few.asked.load):
            exact = enumerated(few, usd_per_hour, load)
            assert exact * (1 - 4e-3) - 1e-9 <= found[slot] <= exact * (1 + 1e-6)
            assert tabulated[slot] >= exact * (1 - 1e-6)


def enumerated(few: FewNodes, usd_per_hour: np.ndarray, load: np.ndarray) -> float:
    """Least price of offers, taken one after the other until nothing of the load is left."""
    every = [
        (usd * offer.nodes, carried)
        for usd, ones in zip(usd_per_hour, few.offered, strict=True)
        for offer in ones
        for carried in offer.loads
    ]
    best = math.inf
    stack = [(0.0, load, 0)]
    while stack:
        usd, left, first = stack.pop()
        if usd >= best:
            continue
        if (left <= 1e-9).all():
            best = usd
            continue
        for position in range(first, len(every)):
            price, carried = every[position]
            if ((carried > 0) & (left > 1e-9)).any():
                stack.append((usd + price, left - carried, position))
    return best


def test_nodes_are_filled_in_every_way_that_is_not_beaten() -> None:
    carriers = (Carrier(0, 1, 1.0), Carrier(0, 2, 2.5), Carrier(1, 1, 3.0), Carrier(1, 4, 20.0))
    top = np.array([4.0, 9.0])
    every = set()
    for counts in itertools.product(range(5), repeat=4):
        if sum(n * one.gpus for n, one in zip(counts, carriers, strict=True)) <= 4:
            load = np.zeros(2)
            for n, one in zip(counts, carriers, strict=True):
                load[one.stream] += n * one.rate
            every.add(tuple(np.minimum(load, top)))
    best = {a for a in every if not any(a != b and a[0] <= b[0] and a[1] <= b[1] for b in every)}
    assert {tuple(load) for load in fills(carriers, 4, top)} == best


def test_a_side_too_rich_for_a_table_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    side = known(random_fleet(0)).asked.sides[0]
    monkeypatch.setattr("planner.milp.search.loads.MOST_WAYS", 1)
    carriers = tuple(Carrier(d, 1, 1.0 + d) for d in range(3))
    with pytest.raises(TooManyWaysError):
        offers(replace(side, usable_gpus=4.0, carriers=carriers), np.full(3, 9.0))


def test_only_nodes_may_decide_what_is_served() -> None:
    p = random_fleet(3)
    assert few_nodes(p, build(p)) is not None
    spare = replace(p, deployments=tuple(replace(one, spares=1) for one in p.deployments))
    for other in (replace(p, objective="gpus"), spare):
        assert few_nodes(other, build(other)) is None


def test_a_small_fleet_is_solved_to_its_optimum_twice_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "LARGE", 0)
    for seed in range(12):
        p = random_fleet(seed)
        m = build(p)
        first, second = (solving.solve(p, m, "highs", EXACT) for _ in range(2))
        assert first.objective == pytest.approx(solve_arrays(arrays_from(m), EXACT).objective, rel=1e-6)
        assert first.values is not None and second.values is not None
        assert np.array_equal(first.values, second.values)


def test_a_limit_that_forbids_the_tabulated_commitments_leaves_the_other_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "LARGE", 0)
    time = clock(periods=2, months=6)
    cheap = pool("a", time, on_demand=2.0, reserved_1y=0.5)
    reserved = replace(cheap.commitments["reserved_1y"], limit="nodes")
    p = question(
        time,
        [stream("chat", [[2.5], [2.5]])],
        [replace(cheap, commitments={"reserved_1y": reserved})],
        [runs("chat", "a", 1.0)],
    )
    p = replace(p, limits={"nodes": Limit(1, "nodes")})
    m = build(p)
    assert known(p).start(p, m, arrays_from(m), EXACT) is None
    answer = solving.solve(p, m, "highs", EXACT)
    assert answer.objective == pytest.approx(8760 * (0.5 + 2 * 2.0))
