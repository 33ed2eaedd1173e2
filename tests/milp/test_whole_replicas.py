"""What whole replicas cost at the least: never above what any plan pays, and far above what fractions prove."""

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest
from fleets import EXACT, clock, pool, question, runs, stream
from test_core import rolling

from planner.candidates.candidate import PurchaseOption
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.core.market import market_of
from planner.milp.core.replicas import STEPS_A_REPLICA, Need, WholeReplicas, least_costs
from planner.milp.core.slots import slots_of
from planner.milp.core.whole import with_needs
from planner.milp.highs import solve_arrays
from planner.milp.instance import Api, Instance


def close(usd: float) -> object:
    """As far as a need leaves room for a solver's tolerances."""
    return pytest.approx(usd, rel=1e-5)


def replicas_of(p: Instance) -> WholeReplicas:
    slots = slots_of(p, p.streams)
    return WholeReplicas(p, market_of(p, slots), slots)


def needs(p: Instance, s: int = 0) -> tuple[Need, ...]:
    found = replicas_of(p)
    return tuple(found.needs(s, found.market.price))


def test_by_hand() -> None:
    # a load of 5: two of size 3 for 4 USD each, or one of each for 5.5, or four of size 1.4 for 6
    costs = least_costs(np.array([3.0, 1.4]), np.array([4.0, 1.5]), 5)
    assert costs.tolist() == [0.0, 1.5, 1.5, 3.0, 3.0, 4.5]  # 1.4 counts as two units
    fine = least_costs(np.array([300.0, 140.0]), np.array([4.0, 1.5]), 500)
    assert [fine[at] for at in (140, 141, 280, 281, 300, 301, 420, 421, 440, 441, 500)] == [
        1.5, 3.0, 3.0, 4.0, 4.0, 4.5, 4.5, 5.5, 5.5, 6.0, 6.0
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_a_table_is_never_above_the_cheapest_combination_and_little_below(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rate, usd = rng.uniform(0.5, 3, 4), rng.uniform(0.5, 3, 4)
    unit = rate[np.argmin(usd / rate)] / STEPS_A_REPLICA
    load = rng.uniform(0.1, 6)
    steps = int(np.ceil(load / unit))
    found = least_costs(rate / unit, usd, steps)[steps]
    counts = [np.array(n) for n in itertools.product(range(13), repeat=4) if np.array(n) @ rate >= load]
    cheapest = min(float(n @ usd) for n in counts)
    assert found <= cheapest * (1 + 1e-9)
    slightly_less = min(float(n @ usd) for n in itertools.product(range(13), repeat=4) if n @ rate >= 0.97 * load)
    assert found >= slightly_less - 1e-9


def test_a_fifth_of_a_replica_costs_a_whole_one() -> None:
    time = clock()
    p = question(time, [stream("chat", [[0.2]])], [pool("p", time, on_demand=1.0)], [runs("chat", "p", 1.0)])
    (need,) = needs(p)
    assert need.usd == close(1.0)
    a = arrays_from(build(p))
    relaxed, known = (solve_arrays(one.relaxed(), EXACT).objective for one in (a, with_needs(build(p), a, (need,))))
    assert (relaxed, known) == (close(0.2 * 730), close(730))


def test_spot_counts_up_to_its_share_only() -> None:
    # of a load of 3, half at most on spot at 0.5 USD: two firm at 1 USD and one on spot, not one and a half of each
    time = clock()
    spot = PurchaseOption("spot", 0.5, usable_share=1.0)
    where = pool("p", time, on_demand=1.0, spot=spot)
    both = [runs("chat", "p", 1.0, kind=kind) for kind in ("firm", "spot")]
    p = question(time, [stream("chat", [[3.0]])], [where], both)
    half = replace(p, workloads={"chat": replace(p.workloads["chat"], spot_max_share=0.5)})
    assert [one.usd for one in (*needs(p), *needs(half))] == [close(1.5), close(2.5)]


def test_what_an_api_takes_is_paid_by_the_request() -> None:
    # a load of 2.5: a third replica at 1 USD, or the half that is left hosted at 0.6 USD for a request/s
    time = clock()
    api = Api("hosted", "chat", 0.6 / 3600, 0.5)
    p = question(
        time, [stream("chat", [[2.5]])], [pool("p", time, on_demand=1.0)], [runs("chat", "p", 1.0)], apis=(api,)
    )
    (need,) = needs(p)
    assert need.usd == close(2 + 0.5 * 0.6)


@pytest.mark.parametrize("start", range(0, 60, 15))
def test_no_optimum_is_cut_off_or_below(start: int) -> None:
    """At the rents and at made-up prices; the rows raise the relaxation and leave the optimum where it was."""
    rnd = random.Random(start)
    raised = 0
    for seed in range(start, start + 15):
        p = rolling(seed)
        p = replace(p, pools={n: replace(one, commitments={}, existing=None) for n, one in p.pools.items()})
        there = {(name, kind) for name, one in p.pools.items() for kind in ("firm", "spot") if _has(one.rentals, kind)}
        p = replace(p, deployments=tuple(one for one in p.deployments if (one.pool, one.kind) in there))
        p = replace(p, quotas=(), gpu_limit=None, limits={})
        slot = one_slot(p, rnd)
        alone = replicas_of(slot)
        m = build(slot)
        a = arrays_from(m)
        best = solve_arrays(a, replace(EXACT, time_limit_s=5))
        if best.values is None or best.status != "optimal":
            continue
        assert alone.least_usd(0, alone.market.price) * 730 <= best.objective * (1 + 1e-6), seed
        made_up = alone.market.price * np.array([rnd.uniform(0.3, 2) for _ in alone.market.price])
        rows = (*alone.needs(0, alone.market.price), *alone.needs(0, made_up))
        known = with_needs(m, a, rows)
        again = solve_arrays(known, replace(EXACT, time_limit_s=5))
        assert again.objective == pytest.approx(best.objective, rel=1e-5), seed
        raised += solve_arrays(known.relaxed(), EXACT).objective > solve_arrays(a.relaxed(), EXACT).objective * 1.001
    assert raised >= 3


def _has(rentals: object, kind: str) -> bool:
    return ("spot" if kind == "spot" else "on_demand") in rentals  # type: ignore[operator]


def one_slot(p: Instance, rnd: random.Random) -> Instance:
    """One period, one block at a random demand."""
    time = clock()
    streams = {
        name: replace(one, planned=((rnd.uniform(0.1, 9),),), expected_share=((0.7,),), average=())
        for name, one in p.streams.items()
    }
    return replace(p, time=time, streams=streams)
