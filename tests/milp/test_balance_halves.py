"""What is prefilled in a place is decoded there."""

import itertools
import math
import random
from dataclasses import replace

import pytest
from fleets import EXACT, assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.diagnose import diagnosis
from planner.milp.highs import solve_arrays
from planner.milp.instance import Deployment, Instance, Limit, Pool, Quota
from planner.milp.prune import prune
from planner.milp.start import from_fewer, good_start, without_halves


def half(role: str, where: str, rate: float | dict[str, float], gpus: int = 1, **more: object) -> Deployment:
    """Prefilling or decoding replicas of the chat workload."""
    group = str(more.pop("group", "g"))
    one = runs("chat", where, rate, gpus, config=f"{group}/{role}/tp{gpus}", **more)
    return replace(one, role=role, group=group)  # type: ignore[arg-type]


def place(one: Pool, region: str) -> Pool:
    return replace(one, region=region)


def two_pools(rate: float, **more: object) -> Instance:
    """Prefill at 6/s on compute (2 USD/h), decode at 2/s on memory (1 USD/h), or both in one at 1.5/s on compute."""
    time = clock()
    pools = [pool("compute", time, on_demand=2.0), pool("memory", time, on_demand=1.0)]
    deployments = [half("prefill", "compute", 6.0), half("decode", "memory", 2.0), runs("chat", "compute", 1.5)]
    return question(time, [stream("chat", [[rate]])], pools, deployments, **more)


def test_optimum_by_hand() -> None:
    # 6/s: one prefill node and three decode nodes, 5 USD/h; whole replicas would need four nodes, 8 USD/h
    solution = best(two_pools(6.0))
    assert solution.certificate.objective == near(5.0 * 730)
    assert solution.values["replicas"] == {
        ("chat", "g/prefill/tp1", "compute", "firm", 0, 0): 1,
        ("chat", "g/decode/tp1", "memory", "firm", 0, 0): 3,
    }
    assert solution.values["served"] == {
        ("chat", "g/prefill/tp1", "compute", "firm", 0, 0): pytest.approx(6.0),
        ("chat", "g/decode/tp1", "memory", "firm", 0, 0): pytest.approx(6.0),
    }


def test_a_little_load_is_served_whole() -> None:
    assert cost(two_pools(1.5)) == near(2.0 * 730)


def test_bites() -> None:
    assert_bites(two_pools(6.0), "balance_halves")  # without it nobody prefills


def test_halves_meet_in_one_place_only() -> None:
    p = two_pools(6.0)
    apart = replace(p, pools={name: place(one, name) for name, one in p.pools.items()})
    assert cost(apart) == near(8.0 * 730)
    other = [replace(one, group="h") if one.role == "decode" else one for one in p.deployments]
    assert cost(replace(p, deployments=tuple(other))) == near(8.0 * 730)


def test_any_prefill_feeds_any_decode_of_its_group() -> None:
    # 4/s: the fast prefill node does 6/s for 3 USD/h, two slow ones 2/s each for 1 USD/h
    time = clock()
    pools = [pool(name, time, on_demand=usd) for name, usd in (("fast", 3.0), ("slow", 1.0), ("memory", 1.0))]
    deployments = [half("prefill", "fast", 6.0), half("prefill", "slow", 2.0), half("decode", "memory", 2.0)]
    p = question(time, [stream("chat", [[4.0]])], pools, deployments)
    assert cost(p) == near((2 * 1.0 + 2 * 1.0) * 730)
    assert cost(replace(p, streams={"chat": stream("chat", [[6.0]])})) == near((3.0 + 3 * 1.0) * 730)


def test_spares_of_either_half() -> None:
    p = two_pools(6.0)
    spared = tuple(replace(one, spares=1) if one.role != "aggregated" else one for one in p.deployments)
    assert cost(replace(p, deployments=spared)) == near((2 * 2.0 + 4 * 1.0) * 730)


def test_a_request_counts_for_spot_with_either_half() -> None:
    time = clock()
    pools = [pool("compute", time, on_demand=2.0, spot=0.2), pool("memory", time, on_demand=1.0)]
    deployments = [half("prefill", "compute", 6.0, kind=kind) for kind in ("firm", "spot")]
    deployments.append(half("decode", "memory", 2.0))
    p = question(time, [stream("chat", [[6.0]])], pools, deployments)
    assert cost(p) == near((0.2 + 3.0) * 730)
    capped = replace(p, workloads={"chat": replace(p.workloads["chat"], spot_max_share=0.5)})
    assert cost(capped) == near((2.0 + 3.0) * 730)


def test_the_diagnosis_names_the_quota_in_the_way() -> None:
    p = two_pools(6.0, limits={"quota": Limit(3, "GPUs")})
    p = replace(p, quotas=(Quota("quota", frozenset((name, "on_demand") for name in p.pools)),))
    assert "quota: 3 GPUs, 4 needed" in diagnosis(p, EXACT)


def test_a_dearer_place_leaves_as_a_whole() -> None:
    """Both halves are had in two places; the dearer one as a whole, or one that lacks a half, can go."""
    time = clock()
    pools, deployments = [], []
    for region, usd in (("r1", 1.0), ("r2", 1.2)):
        for name in ("compute", "memory"):
            pools.append(place(pool(f"{region}/{name}", time, on_demand=usd), region))
        deployments += [half("prefill", f"{region}/compute", 6.0), half("decode", f"{region}/memory", 2.0)]
    p = question(time, [stream("chat", [[6.0]])], pools, deployments)
    assert set(prune(p).pools) == {"r1/compute", "r1/memory"}
    mixed = replace(p, pools=p.pools | {"r1/memory": place(pool("r1/memory", time, on_demand=3.0), "r1")})
    assert set(prune(mixed).pools) == set(mixed.pools)  # neither place replaces the other
    assert cost(mixed) == near((1.2 + 3 * 1.2) * 730)


def random_halves(seed: int) -> Instance:
    """One stream, up to three pools in up to two places, halves of up to two groups and whole replicas."""
    rnd = random.Random(seed)
    time = clock()
    pools = []
    for i in range(rnd.randint(2, 3)):
        base = rnd.uniform(0.5, 2.0)
        forms = {"on_demand": base} | ({"spot": base * 0.6} if rnd.random() < 0.3 else {})
        pools.append(place(pool(f"p{i}", time, gpus=rnd.choice([1, 2]), **forms), rnd.choice(["r1", "r1", "r2"])))
    rates = {
        (role, group): round(rnd.uniform(1, 3), 1) for role in ("prefill", "decode", "whole") for group in ("g", "h")
    }
    groups = ["g", "h"][: rnd.randint(1, 2)]
    deployments = [runs("chat", "p0", 0.8, config="plain")]
    for where in pools:
        kinds = ["firm", "spot"] if "spot" in where.rentals else ["firm"]
        for group, role in itertools.product(groups, ("prefill", "decode")):
            if rnd.random() < 0.6:
                spares = rnd.choice([0, 0, 1]) if kinds == ["firm"] else 0
                made = [half(role, where.id, rates[role, group], group=group, kind=kind) for kind in kinds]
                deployments += [replace(one, spares=spares) for one in made]
        if rnd.random() < 0.5:
            deployments += [runs("chat", where.id, rates["whole", "g"] / 2, kind=kind) for kind in kinds]
    p = question(time, [stream("chat", [[round(rnd.uniform(0.3, 3.5), 1)]])], pools, deployments)
    if rnd.random() < 0.3:
        options = sorted((one.id, form) for one in pools for form in one.rentals)
        members = frozenset(rnd.sample(options, rnd.randint(1, len(options))))
        p = replace(p, limits={"quota": Limit(rnd.randint(1, 4), "GPUs")}, quotas=(Quota("quota", members),))
    return p


MOST = 4


def enumerated(p: Instance) -> float:
    """Every number of replicas of each deployment; what they serve follows from the smaller half of each group."""
    (only,) = p.streams.values()
    best_usd = math.inf
    for counts in itertools.product(range(MOST + 1), repeat=len(p.deployments)):
        running = list(zip(p.deployments, counts, strict=True))
        if _served(p, running) >= only.planned[0][0] - 1e-9:
            best_usd = min(best_usd, _nodes_usd(p, running))
    return best_usd * p.time.hours[0][0]


def _served(p: Instance, running: list[tuple[Deployment, int]]) -> float:
    sums: dict[tuple[str, str], dict[str, float]] = {}
    for one, count in running:
        where = p.pools[one.pool]
        both = sums.setdefault((one.group, where.region), {"prefill": 0.0, "decode": 0.0, "aggregated": 0.0})
        both[one.role] += count * one.rates["chat"]
    return sum(min(both["prefill"], both["decode"]) + both["aggregated"] for both in sums.values())


def _nodes_usd(p: Instance, running: list[tuple[Deployment, int]]) -> float:
    gpus: dict[tuple[str, str], int] = {}
    for one, count in running:
        key = one.pool, "spot" if one.kind == "spot" else "on_demand"
        gpus[key] = gpus.get(key, 0) + one.gpus * (count + (one.spares if count else 0))
    nodes = {key: math.ceil(taken / p.pools[key[0]].gpus) for key, taken in gpus.items()}
    for quota in p.quotas:
        if sum(n * p.pools[key[0]].gpus for key, n in nodes.items() if key in quota.members) > p.limits["quota"].value:
            return math.inf
    return sum(n * p.pools[name].rentals[form].usd_per_hour for (name, form), n in nodes.items())


@pytest.mark.parametrize("start", range(0, 60, 10))
def test_optimum_equals_enumeration(start: int) -> None:
    for seed in range(start, start + 10):
        p = random_halves(seed)
        p = replace(p, deployments=p.deployments[:5])
        full = solve_arrays(arrays_from(build(p)), EXACT).objective
        assert full == pytest.approx(enumerated(p), rel=1e-6, abs=1e-6), seed


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_pruning_keeps_the_optimum(start: int) -> None:
    for seed in range(start, start + 50):
        p = random_halves(seed)
        full, pruned = (solve_arrays(arrays_from(build(one)), EXACT).objective for one in (p, prune(p)))
        assert pruned == pytest.approx(full, rel=1e-6, abs=1e-6) or (math.isinf(full) and math.isinf(pruned)), seed


def test_more_freedom_is_never_dearer() -> None:
    for seed in range(20):
        p = random_halves(seed)
        whole = replace(p, deployments=tuple(one for one in p.deployments if one.role == "aggregated"))
        both, alone = (solve_arrays(arrays_from(build(one)), EXACT).objective for one in (p, whole))
        assert both <= alone * (1 + 1e-9), seed


def test_where_both_may_serve_the_search_begins_with_whole_replicas() -> None:
    # one prefill node needs two decoding ones: for 1.5/s a whole replica is cheaper, and a start must say so
    p = two_pools(1.5)
    m = build(p)
    a = arrays_from(m)
    alone = without_halves(p)
    assert alone is not None
    assert {one.role for one in alone.deployments} == {"aggregated"}
    start = from_fewer(alone, m, a, EXACT)
    assert start is not None
    assert a.worst_breach(start) <= 1e-6
    assert float(a.cost @ start) == near(cost(alone))
    found = good_start(p, m, a, EXACT)
    assert found is not None
    assert float(a.cost @ found) <= cost(alone) * (1 + 1e-6)


def test_what_only_halves_serve_has_no_start_without_them() -> None:
    halves = two_pools(6.0)
    only = replace(halves, deployments=tuple(one for one in halves.deployments if one.role != "aggregated"))
    assert without_halves(only) is None
    assert without_halves(replace(halves, deployments=(runs("chat", "compute", 1.5),))) is None
