"""Commitments for several scenarios: by enumeration, by pruning, and what must hold whatever the scenarios are."""

import math
from dataclasses import replace

import pytest
from fleets import EXACT, clock, near, pool, question, runs, stream
from scenarios import aim, decide, enumerated, joint_value, random_scenarios, together, year

from planner.candidates.candidate import PurchaseOption
from planner.errors import InfeasibleError
from planner.milp.instance import Budget, Limit
from planner.milp.optimise import optimise_instance
from planner.milp.scenarios import Aim, best_alone, tried
from planner.milp.two_stage import Together, holding, signed_in, tail_mean

AIMS = (aim("expected"), aim("worst_regret"), aim("worst_cost"), aim("cvar", 0.5, 0.7))
MOST_NODES = 2


def weighed(seed: int, measure: Aim) -> Together | None:
    """Random scenarios; None where one of them has no fleet at all."""
    instances = random_scenarios(seed)
    try:
        return together(instances, [0.5, 0.3, 0.2] if len(instances) == 3 else [0.6, 0.4], measure)
    except InfeasibleError:
        return None


@pytest.mark.parametrize("start", range(0, 80, 10))
def test_joint_optimum_equals_enumeration(start: int) -> None:
    for seed in range(start, start + 10):
        q = weighed(seed, AIMS[seed % len(AIMS)])
        if q is not None:
            found = joint_value(q, most_nodes=MOST_NODES)
            assert found == pytest.approx(enumerated(q, MOST_NODES), rel=1e-6, abs=1e-4), seed


@pytest.mark.parametrize("start", range(100, 220, 20))
def test_pruning_together_keeps_the_optimum(start: int) -> None:
    for seed in range(start, start + 20):
        q = weighed(seed, AIMS[seed % len(AIMS)])
        if q is not None:
            full, pruned = joint_value(q), joint_value(q, pruned=True)
            assert pruned == pytest.approx(full, rel=1e-6, abs=1e-4) or (math.isinf(full) and math.isinf(pruned)), seed


@pytest.mark.parametrize("seed", range(300, 340))
def test_what_is_decided_together(seed: int) -> None:
    """As good as the joint optimum, proven, never worse than the base case's commitments, never a regret below 0."""
    q = weighed(seed, AIMS[seed % len(AIMS)])
    if q is None:
        return
    alone = tried(q.instances, signed_in(optimise_instance(q.instances["base case"], "highs", EXACT)), "highs", EXACT)
    if math.isinf(joint_value(q)):
        with pytest.raises(InfeasibleError):
            decide(q)
        return
    found = decide(q)
    assert found.value == pytest.approx(joint_value(q), rel=1e-6, abs=1e-4)
    assert found.bound == pytest.approx(found.value, rel=1e-6, abs=1e-4)
    if not alone.refusals:
        assert found.value <= q.aim.of(q.shares, alone.costs, found.best) * (1 + 1e-9) + 1e-6
    assert all(cost >= found.best[name] * (1 - 1e-9) for name, cost in found.trial.costs.items())


@pytest.mark.parametrize("measure", AIMS)
def test_one_scenario_is_the_plain_plan(measure: Aim) -> None:
    q = together([year(3)], [1.0], measure)
    found = decide(q)
    assert found.trial.costs["base case"] == near(q.best["base case"])
    assert found.trial.signed == signed_in(optimise_instance(year(3), "highs", EXACT))


def test_a_tail_of_everything_is_the_expected_cost() -> None:
    for seed in range(8):
        expected, tail = (weighed(seed, measure) for measure in (aim("expected"), aim("cvar", 0.0, 1.0)))
        if expected and tail:
            assert joint_value(tail) == pytest.approx(joint_value(expected), rel=1e-7)


def test_what_cannot_happen_has_no_say() -> None:
    for measure in AIMS:
        q = together([year(1), year(9)], [1.0, 0.0], measure)
        assert decide(q).trial.signed["bought"] == {("p", "reserved_1y", 0): 1}


def test_more_demand_in_a_scenario_is_never_cheaper() -> None:
    values = [joint_value(together([year(1), year(d)], [0.5, 0.5], aim("expected"))) for d in (1, 2, 3, 5)]
    assert values == sorted(values)


def test_given_commitments_are_kept_and_paid() -> None:
    """Three signed where one is needed: 3 x 1.2 USD an hour; none signed: the rent."""
    three = {"bought": {("p", "reserved_1y", 0): 3.0}, "kept": {}}
    none = {"bought": {}, "kept": {}}
    trial = tried({"one": year(1), "four": year(4)}, three, "highs", EXACT)
    assert trial.costs == {"one": near(8760 * 3.6), "four": near(8760 * (3.6 + 2.0))}
    assert tried({"one": year(1)}, none, "highs", EXACT).costs == {"one": near(8760 * 2.0)}


def test_what_is_not_on_offer_cannot_be_given() -> None:
    with pytest.raises(InfeasibleError, match="not on offer there, but signed, bought or kept: q"):
        holding(year(1), {"bought": {("q", "reserved_3y", 0): 1.0}, "kept": {}})
    trial = tried({"one": year(1)}, {"bought": {}, "kept": {("p", 0): 1.0}}, "highs", EXACT)
    assert trial.solutions == {}
    assert trial.refusals == {"one": "not on offer there, but signed, bought or kept: p"}


def test_what_some_scenario_does_not_offer_is_signed_in_none() -> None:
    plain = year(3)
    rented = replace(plain, pools={"p": replace(plain.pools["p"], commitments={})})
    q = together([plain, rented], [0.9, 0.1], aim("expected"))
    assert decide(q).trial.signed["bought"] == {}


def test_limits_hold_in_every_scenario() -> None:
    """6 nodes at 1.2 are within 8 USD an hour, 3 at 1.2 and 3 at 2 are not: what is cheap for the base case goes."""
    capped = [
        replace(year(d), limits={"budget": Limit(8 * 8760, "USD")}, budgets=(Budget("budget", "total"),))
        for d in (3, 6)
    ]
    found = decide(together(capped, [0.99, 0.01], aim("expected")))
    assert found.trial.signed["bought"] == {("p", "reserved_1y", 0): 5}
    assert found.trial.costs["s1"] == near(8760 * (5 * 1.2 + 2.0))


def test_nothing_serves_every_scenario() -> None:
    """The base case may not sign, the other cannot be paid without."""
    limits = [Limit(2.5 * 8760, "USD"), Limit(3.7 * 8760, "USD")]
    capped = [
        replace(year(d), limits={"budget": limit}, budgets=(Budget("budget", "total"),))
        for d, limit in zip((1, 3), limits, strict=True)
    ]
    q = together(capped, [0.5, 0.5], aim("expected"))
    with pytest.raises(InfeasibleError, match="no commitments serve the base case and every scenario"):
        decide(q)


def test_best_alone_says_why_there_is_none() -> None:
    poor = replace(year(1), limits={"budget": Limit(1.0, "USD")}, budgets=(Budget("budget", "total"),))
    assert str(best_alone(poor, "highs", EXACT)).startswith("no fleet satisfies all limits")


def test_tail_mean_by_hand() -> None:
    """Of 10 % at 100, 20 % at 50 and 70 % at 10 the worst 25 % cost (0.1 x 100 + 0.15 x 50) / 0.25 = 70."""
    shares, costs = {"a": 0.1, "b": 0.2, "c": 0.7}, {"a": 100.0, "b": 50.0, "c": 10.0}
    assert tail_mean(shares, costs, 0.75) == pytest.approx(70)
    assert tail_mean(shares, costs, 0.0) == pytest.approx(27)


def test_what_would_never_serve_in_a_scenario_is_signed_in_none() -> None:
    """Signed in the second period it serves nothing where the lead time is a period longer."""
    time = clock(periods=2, months=6)
    owned = [
        PurchaseOption("owned", 0.0, lead_months=lead, capex_usd=1000.0, life_months=60.0, residual_share=0.9)
        for lead in (0.0, 6.0)
    ]
    instances = [
        question(
            time,
            [stream("chat", [[0.0], [1.0]])],
            [pool("p", time, on_demand=2.0, owned=one, limit="max")],
            [runs("chat", "p", 1.0)],
            limits={"max": Limit(9, "systems")},
        )
        for one in owned
    ]
    q = together(instances, [0.5, 0.5], aim("expected"))
    assert set(decide(q).trial.signed["bought"]) == {("p", "owned", 0)}


@pytest.mark.parametrize(("share", "nodes"), [(0.5, 1), (0.7, 3)])
def test_shared_cuts_decide_like_the_one_model(monkeypatch: pytest.MonkeyPatch, share: float, nodes: int) -> None:
    """Demands of 1 and 3 take whole nodes anyway: commitments and bound are those of the one model."""
    q = together([year(1), year(3)], [1 - share, share], aim("expected"))
    one_model = decide(q)
    monkeypatch.setattr("planner.milp.joint.LARGE", 0)
    monkeypatch.setattr("planner.milp.joint.build_together", None)
    shared = decide(q)
    assert shared.trial.signed["bought"] == one_model.trial.signed["bought"] == {("p", "reserved_1y", 0): nodes}
    assert (shared.value, shared.bound) == (near(one_model.value), near(one_model.value))


def test_shared_cuts_bound_from_below(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.milp.joint.LARGE", 0)
    for seed in range(40):
        q = weighed(seed, aim("expected"))
        if q is not None and math.isfinite(full := joint_value(q)):
            found = decide(q)
            assert found.bound <= full * (1 + 1e-6) + 1e-4, seed
            assert found.value >= full * (1 - 1e-6) - 1e-4, seed


def test_prices_that_differ_take_the_one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.milp.joint.LARGE", 0)
    monkeypatch.setattr("planner.milp.joint.commit_for", None)
    found = decide(together([year(1), year(1, rent=1.0)], [0.5, 0.5], aim("expected")))
    assert found.value == near(8760 * 1.2)
