"""Parts that share columns and rows: what they prove holds for every plan, and is closer than the relaxation."""

from dataclasses import replace

import numpy as np
import pytest
from fleets import EXACT, batch, clock, pool, question, runs, stream
from test_oracle import random_instance

from planner.milp import brief
from planner.milp import solve as solving
from planner.milp.arrays import Arrays, arrays_from
from planner.milp.brief import Brief, solve_briefly
from planner.milp.build import build
from planner.milp.highs import solve_arrays, solve_relaxed
from planner.milp.instance import Budget, Instance, Limit
from planner.milp.model import Model
from planner.milp.parts import Parts, parts_of
from planner.milp.parts_bound import PartsBound
from planner.milp.parts_search import by_parts
from planner.milp.solve import solve

NEAR = 1e-6


def modelled(p: Instance) -> tuple[Model, Arrays]:
    m = build(p)
    return m, arrays_from(m)


def begun(parts: Parts, a: Arrays) -> PartsBound:
    relaxed, duals = solve_relaxed(a, EXACT)
    return PartsBound(parts, np.asarray(relaxed.values), duals)


def shared_work(budget: float = 1e6) -> Instance:
    """Chat in four blocks and work that may wait, on whole replicas of two kinds; a year's node is on offer too."""
    time = clock(periods=2, blocks=4)
    pools = [pool("a", time, gpus=2, on_demand=2.0, reserved_1y=1.4), pool("b", time, on_demand=1.3)]
    deployments = [
        runs(name, where, {name: rate})
        for name, where, rate in (("chat", "a", 2.1), ("chat", "b", 0.9), ("night", "a", 1.7), ("night", "b", 1.2))
    ]
    chat = stream("chat", [[3.0, 7.1, 4.2, 1.0], [3.3, 7.9, 4.4, 1.1]])
    p = question(time, [chat, batch("night", [2.0] * 168, 100, time)], pools, deployments)
    return replace(p, limits={"budget total": Limit(budget, "USD")}, budgets=(Budget("budget total", "total"),))


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_the_bound_is_one_for_every_random_question(start: int) -> None:
    proven = 0
    for seed in range(start, start + 50):
        m, a = modelled(random_instance(seed))
        parts, optimum = parts_of(m, a), solve_arrays(a, EXACT)
        if parts is None or optimum.values is None:
            continue
        bound = begun(parts, a)
        for _ in range(5):
            assert bound.raise_once(EXACT), seed
            assert bound.bound <= optimum.objective + NEAR * abs(optimum.objective), seed
        proven += 1
    assert proven >= 10


def test_parts_prove_more_than_the_relaxation() -> None:
    m, a = modelled(shared_work())
    optimum, relaxed = solve_arrays(a, EXACT), solve_relaxed(a, EXACT)[0]
    parts = parts_of(m, a)
    assert parts is not None and len(parts.parts) == 8  # blocks of two periods
    bound = begun(parts, a)
    bound.take(np.asarray(optimum.values))
    for _ in range(12):
        assert bound.raise_once(EXACT)
    assert relaxed.bound < bound.bound <= optimum.objective * (1 + NEAR)
    assert optimum.objective - bound.bound < 0.5 * (optimum.objective - relaxed.bound)


def test_what_parts_prove_are_rows_that_every_plan_keeps() -> None:
    """The relaxation with them is where the parts ended; the optimum stays as it is, to the last node."""
    for p in (shared_work(), *map(random_instance, range(12))):
        m, a = modelled(p)
        parts, optimum = parts_of(m, a), solve_arrays(a, EXACT)
        if parts is None or optimum.values is None:
            continue
        bound = begun(parts, a)
        for _ in range(4):
            assert bound.raise_once(EXACT)
        known = bound.with_rows(a)
        assert len(known.row_lower) > len(a.row_lower)
        assert known.worst_breach(optimum.values) <= a.worst_breach(optimum.values) + NEAR
        near = NEAR * abs(optimum.objective) * len(parts.parts)
        assert solve_arrays(known.relaxed(), EXACT).objective >= bound.bound - near - NEAR
        assert solve_arrays(known, EXACT).objective == pytest.approx(optimum.objective, rel=NEAR)


def test_parts_side_by_side_prove_what_they_prove_one_by_one() -> None:
    m, a = modelled(shared_work())
    parts = parts_of(m, a)
    assert parts is not None
    alone, together = begun(parts, a), begun(parts, a)
    for _ in range(4):
        assert alone.raise_once(EXACT) and together.raise_once(replace(EXACT, threads=3))
        assert (alone.bound, alone.mixed) == (together.bound, together.mixed)
    assert (alone.used == together.used).all()


def test_a_cap_over_all_parts_has_its_price() -> None:
    """At any price the bound is one; at a high price it says that no plan keeps a budget nobody can."""
    m, a = modelled(shared_work(2060.0))
    optimum, duals = solve_arrays(a, EXACT).objective, solve_relaxed(a, EXACT)[1]
    across = np.array([row.family == "respect_budgets" for row in m.rows])
    for price, sides in ((-0.3, a.row_upper), (-10.0, np.where(across, 1500 / 2060 * a.row_upper, a.row_upper))):
        parts = parts_of(m, replace(a, row_upper=sides))
        assert parts is not None and list(parts.across) == list(np.flatnonzero(across))
        bound = PartsBound(parts, np.zeros(len(a.cost)), np.where(across, price, (1 - price) * duals))
        assert bound.raise_once(EXACT)
        assert (bound.bound > 1.2 * optimum) == (price == -10.0)


def test_a_part_without_a_plan_is_said() -> None:
    p = replace(shared_work(), limits={"max_gpus": Limit(2, "GPUs")}, gpu_limit="max_gpus", budgets=())
    m, a = modelled(p)
    parts = parts_of(m, a)
    assert parts is not None
    assert not PartsBound(parts, np.zeros(len(a.cost)), np.zeros(len(m.rows))).raise_once(EXACT)


def test_one_block_is_no_parts() -> None:
    time = clock()
    one = question(
        time, [stream("chat", [[3.0]])], [pool("a", time, on_demand=1.0)], [runs("chat", "a", {"chat": 1.0})]
    )
    assert parts_of(*modelled(one)) is None


def test_a_brief_search_in_parts_finds_a_plan_and_encloses_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brief, "LARGE", 0)
    optimum = solve_arrays(modelled(shared_work())[1], EXACT).objective
    answer = solve_briefly(shared_work(), [], replace(EXACT, mip_gap=0.01))
    assert isinstance(answer, Brief)
    assert answer.bound <= optimum * (1 + NEAR)
    assert optimum * (1 - NEAR) <= answer.objective <= 1.02 * optimum


def test_what_is_known_is_not_proven_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A known plan near the floor ends the search before any part is solved; without the floor it does not."""
    monkeypatch.setattr(brief, "LARGE", 0)
    first = solve_briefly(shared_work(), [], replace(EXACT, mip_gap=0.01))
    assert isinstance(first, Brief)
    rounds = []
    raised = PartsBound.raise_once
    monkeypatch.setattr(PartsBound, "raise_once", lambda self, search: rounds.append(1) or raised(self, search))
    again = solve_briefly(shared_work(), [first.counts], replace(EXACT, mip_gap=0.01), floor=0.995 * first.objective)
    assert isinstance(again, Brief) and not rounds
    assert again.objective <= first.objective * (1 + NEAR) and again.bound >= 0.995 * first.objective
    solve_briefly(shared_work(), [first.counts], replace(EXACT, mip_gap=0.01))
    assert rounds


@pytest.mark.parametrize("gap", [0.0, 0.01])
def test_a_search_that_begins_with_parts_ends_at_the_optimum(monkeypatch: pytest.MonkeyPatch, gap: float) -> None:
    """Whatever parts find and prove first, the whole search encloses the optimum within the gap asked for."""
    monkeypatch.setattr(solving, "LARGE", 0)
    begun = []
    monkeypatch.setattr("planner.milp.parts_search.by_parts", lambda *given: begun.append(1) or by_parts(*given))
    for seed in range(40):
        p = random_instance(seed)
        m, a = modelled(p)
        exact = solve_arrays(a, EXACT)
        if exact.values is None:
            continue
        answer = solve(p, m, "highs", replace(EXACT, mip_gap=gap))
        slack = NEAR * abs(exact.objective)
        assert exact.objective - slack <= answer.objective <= exact.objective / (1 - gap) + slack, seed
        assert answer.bound <= exact.objective + slack, seed
    assert len(begun) >= 10
