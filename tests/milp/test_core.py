"""Large questions solved by cuts and block by block: the same optimum as the one model, and plans that hold."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from fleets import EXACT, clock, near, pool, question, runs, stream, with_spot_share
from rederive import cost_of, worst_breach
from test_oracle import random_instance

from planner.candidates.candidate import PurchaseOption
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.core.applies import what_couples_blocks
from planner.milp.core.block_lp import unserved_usd
from planner.milp.core.blocks import Blocks
from planner.milp.core.dual import Dual
from planner.milp.core.ledger import ledger_of
from planner.milp.core.market import market_of
from planner.milp.core.replicas import WholeReplicas
from planner.milp.core.scenarios import Scenario, commit_for
from planner.milp.core.search import CoreSearch
from planner.milp.core.slots import slots_of
from planner.milp.core.solve import searched, solve_apart
from planner.milp.core.split import by_load, split
from planner.milp.core.vertices import Vertices
from planner.milp.highs import Search, solve_arrays
from planner.milp.instance import Api, Budget, Instance, Limit, Quota, Stream
from planner.milp.model import Model
from planner.milp.outside import available_solvers
from planner.milp.solve import solve_model

CLOSE = Search(time_limit_s=20, mip_gap=1e-7, threads=1, seed=1)


def rolling(seed: int, spares: bool = False) -> Instance:
    """Several periods and blocks, a few pools with every form, one to three workloads, APIs and now and then caps."""
    rnd = random.Random(seed)
    time = clock(periods=rnd.randint(1, 3), blocks=rnd.randint(1, 4), months=rnd.choice([1, 3]), rate=0.08)
    names = [f"w{number}" for number in range(rnd.randint(1, 3))]
    pools, deployments = [], []
    for number in range(rnd.randint(2, 4)):
        gpus, usd = rnd.choice([1, 2, 4]), rnd.uniform(0.5, 3)
        forms: dict[str, PurchaseOption | float] = {"reserved_1y": gpus * usd * rnd.uniform(0.4, 0.8)}
        if number == 0 or rnd.random() < 0.7:
            forms["on_demand"] = gpus * usd
        if rnd.random() < 0.5:
            forms["spot"] = PurchaseOption("spot", gpus * usd * rnd.uniform(0.3, 0.7), usable_share=0.8)
        if rnd.random() < 0.3:
            forms["existing"] = PurchaseOption("existing", 0.0, fixed_usd_per_month=gpus * 60, max_nodes=2)
        if rnd.random() < 0.2:
            forms["owned"] = PurchaseOption(
                "owned", 0.0, lead_months=1.0, capex_usd=usd * gpus * 4000, life_months=48.0, residual_share=0.1
            )
        where = pool(f"p{number}", time, gpus=gpus, limit="max_systems" if "owned" in forms else "", **forms)
        if rnd.random() < 0.2 and "spot" in where.rentals:
            where = replace(where, rentals=where.rentals | {"spot": replace(where.rentals["spot"], max_nodes=1)})
        pools.append(where)
        for name in names:
            for size in (1, 2):
                if size <= gpus:
                    kinds = ["firm", "spot"] if "spot" in where.rentals else ["firm"]
                    rate = rnd.uniform(0.5, 1.5) * size
                    kept = rnd.choice([0, 1]) if spares else 0
                    deployments += [runs(name, where.id, rate, size, kind=kind, spares=kept) for kind in kinds]
    streams = [stream(n, [[rnd.uniform(0, 9) for _ in time.blocks] for _ in time.periods], expected=0.7) for n in names]
    apis = tuple(Api("hosted", n, rnd.uniform(0.5, 3) * 1e-4, 0.5) for n in names if rnd.random() < 0.4)
    more: dict[str, object] = {"limits": {"max_systems": Limit(2, "systems")}}
    if rnd.random() < 0.3:
        more["limits"] |= {"quota": Limit(6, "GPUs")}  # type: ignore[operator]
        more["quotas"] = (Quota("quota", frozenset({("p0", "on_demand"), ("p1", "reserved_1y")})),)
    if rnd.random() < 0.3:
        more["limits"] |= {"max_gpus": Limit(rnd.randint(30, 60), "GPUs")}  # type: ignore[operator]
        more["gpu_limit"] = "max_gpus"
    p = question(time, streams, pools, deployments, apis=apis, **more)
    return with_spot_share(p, names[0], rnd.choice([0.0, 0.5, 1.0]))


def core_of(p: Instance, search: Search = CLOSE) -> CoreSearch:
    slots = slots_of(p, p.streams)
    market = market_of(p, slots)
    return searched(p, market, slots, ledger_of(p, market), search)


def fractional(m: Model) -> Model:
    """The model with only commitments whole, and no bound on replicas."""
    signed = {"bought", "kept"}
    m.columns = [
        replace(c, integer=c.family in signed, upper=None if c.family == "working" else c.upper) for c in m.columns
    ]
    return m


def one_model(p: Instance) -> float:
    """The optimum with nodes rented and replicas as fractions, from the formulation."""
    return solve_arrays(arrays_from(fractional(build(p))), EXACT).objective


@pytest.mark.parametrize("start", range(0, 120, 20))
def test_cuts_reach_the_optimum_of_the_one_model(start: int) -> None:
    for seed in range(start, start + 20):
        p = rolling(seed)
        assert not what_couples_blocks(p)
        core, expected = core_of(p), one_model(p)
        if math.isinf(expected):
            assert core.best is None, seed
            continue
        assert core.best is not None, seed
        assert core.best.cost == pytest.approx(expected, rel=1e-5, abs=1e-5), seed
        assert core.bound <= expected * (1 + 1e-6) + 1e-6, seed
        assert core.gap <= 1e-5, seed


@pytest.mark.skipif("cbc" not in available_solvers(), reason="needs CBC")
def test_pulp_reaches_it_too() -> None:
    for seed in range(55):
        m = fractional(build(rolling(seed)))
        a = arrays_from(m)
        by_pulp, by_arrays = (solve_model(m, a, solver, EXACT, None) for solver in ("cbc", "highs"))
        assert by_pulp.status == by_arrays.status
        assert by_pulp.objective == pytest.approx(by_arrays.objective, rel=1e-5, abs=1e-5), seed


def test_on_the_oracles_instances_the_bound_is_never_above_the_optimum() -> None:
    compared = 0
    for seed in range(160):
        p = random_instance(seed)
        if what_couples_blocks(p):
            continue
        optimum = solve_arrays(arrays_from(build(p)), EXACT).objective
        core = core_of(p)
        assert core.bound <= optimum * (1 + 1e-6) + 1e-6, seed
        compared += 1
    assert compared >= 50


@pytest.mark.parametrize("start", range(0, 24, 6))
def test_whole_plans_hold_and_their_bound_is_proven(start: int) -> None:
    """Rederived without a model; between the bound and the plan lies the optimum in whole numbers."""
    for seed in range(start, start + 6):
        p = rolling(seed, spares=True)
        best = solve_arrays(arrays_from(build(p)), replace(EXACT, mip_gap=1e-6, time_limit_s=2))
        plan = solve_apart(p, replace(EXACT, mip_gap=0.02, time_limit_s=3))
        if plan is None:  # its commitments leave no whole plan under a cap: the one model takes over
            assert math.isinf(best.objective) or p.quotas or p.gpu_limit, seed
            continue
        assert plan.cost == pytest.approx(cost_of(p, plan.values), rel=1e-6), seed
        assert worst_breach(p, plan.values) <= 1e-6, seed
        assert plan.bound <= best.objective * (1 + 1e-5) + 1e-6, seed
        assert best.bound <= plan.cost * (1 + 1e-5) + 1e-6, seed


def test_the_same_question_has_the_same_answer_with_several_threads() -> None:
    for seed in (2, 5, 7):
        p = rolling(seed)
        first, second = (solve_apart(p, replace(EXACT, threads=2, time_limit_s=30, mip_gap=0.01)) for _ in range(2))
        assert first is not None
        assert second is not None
        assert first.values == second.values
        assert first.bound == second.bound


def test_a_tampered_plan_is_noticed() -> None:
    p = rolling(3)
    plan = solve_apart(p, EXACT)
    assert plan is not None
    key = max(plan.values["replicas"], key=lambda one: plan.values["replicas"][one])
    fewer = {**plan.values, "replicas": {**plan.values["replicas"], key: plan.values["replicas"][key] - 1}}
    assert worst_breach(p, fewer) > 1e-3
    assert cost_of(p, {**plan.values, "bought": {}, "on_demand": {}}) < plan.cost


def test_by_hand() -> None:
    # base load 2 of 4 replicas all day: 2 nodes reserved at 0.6, 2 more for half of the hours at 1 USD
    time = clock(blocks=2, months=12)
    p = question(
        time,
        [stream("chat", [[2.0, 4.0]])],
        [pool("p", time, on_demand=1.0, reserved_1y=0.6)],
        [runs("chat", "p", 1.0)],
    )
    plan = solve_apart(p, EXACT)
    assert plan is not None
    assert plan.values["bought"] == {("p", "reserved_1y", 0): 2.0}
    assert plan.values["on_demand"] == {("p", 0, 1): 2.0}
    assert plan.cost == near((2 * 0.6 + 2 * 0.5) * 730 * 12)
    assert plan.bound == near(plan.cost)


def test_blocks_in_whole_numbers_raise_the_bound() -> None:
    # 1.2 replicas' worth of load on nodes of one replica: 2 nodes, where fractions prove 1.2
    time = clock(blocks=2)
    p = question(time, [stream("chat", [[1.2, 2.4]])], [pool("p", time, on_demand=1.0)], [runs("chat", "p", 1.0)])
    assert core_of(p).bound == near(1.8 * 730)
    plan = solve_apart(p, EXACT)
    assert plan is not None
    assert plan.cost == near(2.5 * 730)
    assert plan.bound == near(2.5 * 730)


def test_the_dual_bound_is_never_above_the_optimum_even_beside_quotas() -> None:
    for seed in range(120):
        p = rolling(seed)
        if not p.quotas and p.gpu_limit is None:
            continue
        slots = slots_of(p, p.streams)
        market = market_of(p, slots)
        ledger = ledger_of(p, market)
        core = searched(p, market, slots, ledger, replace(CLOSE, mip_gap=0.01))
        if core.best is None or core.master is None:
            continue
        dual = Dual(ledger, core.master, WholeReplicas(p, market, slots), CLOSE)
        whole = solve_arrays(arrays_from(build(p)), replace(EXACT, mip_gap=1e-3, time_limit_s=1)).objective
        assert dual.bound <= whole * (1 + 1e-5) + 1e-5, seed


def test_any_prices_bound_every_block() -> None:
    """Prices found in one block, or made up, never prove more than a block costs."""
    rng = np.random.default_rng(1)
    for seed in range(12):
        p = rolling(seed)
        slots = slots_of(p, p.streams)
        market = market_of(p, slots)
        price = unserved_usd(market)
        links = rng.integers(0, 3, (len(p.time.months), market.links)).astype(float)
        with Blocks(market, slots, price, 1) as blocks:
            outcomes = blocks.solve_all(links)
        vertices = Vertices(market, slots, price)
        vertices.add(one.prices for one in outcomes)
        vertices.add(
            replace(one.prices, demand=one.prices.demand * rng.uniform(0, 3, len(one.prices.demand)))
            for one in outcomes
        )
        usd = np.array([one.usd_per_hour for one in outcomes])
        values = vertices.values(links)
        assert (values <= usd + 1e-6 * np.maximum(1, usd)).all(), seed
        assert values.max(axis=0) == pytest.approx(usd, rel=1e-6, abs=1e-6), seed


def test_a_split_hides_no_more_than_allowed() -> None:
    p = rolling(11)
    slots = slots_of(p, p.streams)
    rng = np.random.default_rng(2)
    values = rng.uniform(0, 1, (5, len(slots)))
    groups = by_load(slots, 1)
    exact = split(groups, values, slots, 0.0)
    best = float(slots.weight @ values.max(axis=0))
    common = sum((values * slots.weight)[:, exact.of_slot == number].sum(axis=1).max() for number in range(exact.count))
    assert common == pytest.approx(best)
    assert split(groups, values, slots, np.inf).count == groups.count


def test_given_commitments_are_kept() -> None:
    for seed in (1, 4, 6):
        p = rolling(seed)
        core = core_of(p)
        assert core.best is not None
        signed = core.ledger.signed(core.best.commitments)
        again = core_of(replace(p, signed=signed))
        assert again.best is not None
        assert core.ledger.signed(again.best.commitments) == signed
        assert again.best.cost == pytest.approx(core.best.cost, rel=1e-6)
        nothing = core_of(replace(p, signed={"bought": {}, "kept": {}}))
        assert nothing.best is None or nothing.best.cost >= core.best.cost * (1 - 1e-6)


def two_demands() -> tuple[Instance, Stream, Stream]:
    time = clock(months=12)
    p = question(
        time, [stream("chat", [[2.0]])], [pool("p", time, on_demand=1.0, reserved_1y=0.6)], [runs("chat", "p", 1.0)]
    )
    return p, stream("chat", [[2.0]]), stream("chat", [[6.0]])


@pytest.mark.parametrize(("likely", "nodes", "usd"), [(0.5, 2, 2 * 0.6 + 0.5 * 4), (0.7, 6, 6 * 0.6)])
def test_scenarios_by_hand(likely: float, nodes: int, usd: float) -> None:
    # 4 of 6 nodes are needed in one scenario only: reserved at 0.6 where that is likelier than 0.6
    p, low, high = two_demands()
    found = commit_for(p, [Scenario(1 - likely, {"chat": low}), Scenario(likely, {"chat": high})], EXACT)
    assert found is not None
    assert found.signed["bought"] == {("p", "reserved_1y", 0): nodes}
    assert found.expected_cost == near(usd * 8760)
    assert found.bound == near(usd * 8760)
    expected = sum(share * cost for share, cost in zip((1 - likely, likely), found.scenario_cost, strict=True))
    assert expected == near(found.expected_cost)


def test_scenarios_that_are_all_the_same_change_nothing() -> None:
    for seed in range(5):
        p = rolling(seed)
        core = core_of(p)
        found = commit_for(p, [Scenario(0.25, p.streams)] * 4, CLOSE)
        assert (core.best is None) == (found is None)
        if found is not None and core.best is not None:
            assert found.expected_cost == pytest.approx(core.best.cost, rel=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        {"objective": "energy"},
        {"then": ("gpus",)},
        {"budgets": (Budget("b", "opex"),), "limits": {"b": Limit(1e9, "USD")}},
        {"configuration_limit": "most", "limits": {"most": Limit(2, "configurations")}},
        {"carbon_limit": "co2", "limits": {"co2": Limit(1e9, "kg")}},
        {"switch_usd_per_replica": 1.0},
        {"limits": {"soft": Limit(1, "GPUs", excess_usd=3.0)}},
    ],
)
def test_what_couples_blocks_goes_to_the_one_model(change: dict[str, object]) -> None:
    p, _, _ = two_demands()
    assert not what_couples_blocks(p)
    assert what_couples_blocks(replace(p, **change))


def test_deferrable_work_couples_blocks() -> None:
    p, low, _ = two_demands()
    work = replace(low, deadline_h=24, arrivals=((2.0,) * 168,))
    assert "deadline_h" in what_couples_blocks(replace(p, streams={"chat": work}))
