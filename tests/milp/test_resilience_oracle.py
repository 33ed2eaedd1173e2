"""Carbon, shares, losses, unserved demand and priced caps on random tiny instances: enumeration and pruning agree.

The enumeration knows nothing of the formulation: every number of nodes in every block, every way to run replicas on
them, and for each what must be left unserved; blocks are then combined under the caps of the period.
"""

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from fleets import EXACT, clock, pool, question, runs, stream

from planner.candidates.candidate import PurchaseOption
from planner.errors import InfeasibleError
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.domains import domain_of, keeps_a_part
from planner.milp.highs import solve_arrays
from planner.milp.instance import Instance, Limit, Stream
from planner.milp.optimise import optimise_instance
from planner.milp.prune import prune
from planner.milp.resilience import ProviderShare, Survival, Unserved

MOST_NODES = 2
SEEDS = range(0, 160, 20)


def random_instance(seed: int) -> Instance:
    """One period of one or two blocks, two or three pools of two providers, one or two workloads of one class."""
    rnd = random.Random(seed)
    time = clock(blocks=rnd.choice([1, 2]))
    pools = [
        replace(
            pool(
                f"p{i}", time, gpus=rnd.choice([1, 2]), provider=rnd.choice(["v0", "v1"]), on_demand=rnd.uniform(1, 3)
            ),
            region=rnd.choice(["r0", "r1"]),
            kg_co2_per_kwh=rnd.choice([0.1, 0.5, 1.0]),
        )
        for i in range(rnd.randint(2, 3 if len(time.block_labels) == 1 else 2))
    ]
    names = [f"w{i}" for i in range(rnd.randint(1, 2))]
    streams = [stream(name, [[round(rnd.uniform(0, 2.0), 1) for _ in time.blocks]]) for name in names]
    deployments = [
        runs(name, where.id, round(rnd.uniform(0.6, 2.0) * gpus, 1), gpus, spares=0, config=f"{name}/{where.id}/{gpus}")
        for name in names
        for where in pools
        for gpus in (1, 2)
        if gpus <= where.gpus and rnd.random() < 0.7
    ]
    p = question(time, streams, pools, deployments)
    p = replace(p, streams={name: with_price(rnd, one) for name, one in p.streams.items()})
    return with_limits(rnd, p, names)


def with_price(rnd: random.Random, one: Stream) -> Stream:
    if rnd.random() < 0.3:
        return one
    priced = Unserved(rnd.uniform(0.3, 4.0) / 3600, rnd.choice([0.5, 1.0]), rnd.choice([1, 2]))
    return replace(one, unserved=priced)


def with_limits(rnd: random.Random, p: Instance, names: list[str]) -> Instance:
    limits: dict[str, Limit] = {}
    more: dict[str, object] = {}
    soft = rnd.choice([None, 0.5, 2.0])
    if rnd.random() < 0.4:
        limits["carbon"] = Limit(rnd.uniform(100, 1500), "kg", soft)
        more["carbon_limit"] = "carbon"
    if rnd.random() < 0.3:
        limits["max_gpus"] = Limit(rnd.randint(1, 4), "GPUs", soft)
        more["gpu_limit"] = "max_gpus"
    if rnd.random() < 0.4:
        limits["share"] = Limit(rnd.choice([0.3, 0.5, 0.7]), "share")
        more["provider_shares"] = (ProviderShare("share", "v0", at_least=rnd.random() < 0.4),)
    if rnd.random() < 0.5:
        loss = rnd.choice(["zone", "region", "provider"])
        share = rnd.choice([0.5, 1.0])
        more["survival"] = Survival(loss, share, frozenset(names[:1]), rnd.choice([2, 3]) if loss == "zone" else 1)
    return replace(p, limits=limits, **more)


def brute_force(p: Instance) -> float:
    """Least cost with at most MOST_NODES nodes of a pool."""
    every = [list(itertools.product(range(MOST_NODES + 1), repeat=len(p.pools))) for _ in p.time.blocks]
    blocks = [{counts: block_usd(p, b, counts) for counts in every[b]} for b in p.time.blocks]
    best = math.inf
    for chosen in itertools.product(*([*one] for one in blocks)):
        usd = sum(blocks[b][counts] for b, counts in enumerate(chosen))
        if usd < best:
            best = min(best, usd + period_usd(p, chosen))
    return best


def block_usd(p: Instance, b: int, counts: tuple[int, ...]) -> float:
    """Rent, what is left unserved and GPUs over their cap; infinite where something must be served and is not."""
    pools, hours = list(p.pools.values()), p.time.hours[0][b]
    usd = sum(n * one.rentals["on_demand"].usd_per_hour * hours for n, one in zip(counts, pools, strict=True))
    gpus = sum(n * one.gpus for n, one in zip(counts, pools, strict=True))
    usd += paid_over(p, p.gpu_limit, gpus) * hours
    room = {one.id: n * one.gpus for n, one in zip(counts, pools, strict=True)}
    return usd + min((shortage_usd(p, b, running) for running in ways(list(p.deployments), room)), default=math.inf)


def paid_over(p: Instance, name: str | None, used: float) -> float:
    if name is None or used <= p.limits[name].value + 1e-9:
        return 0.0
    price = p.limits[name].excess_usd
    return math.inf if price is None else price * (used - p.limits[name].value)


def ways(deployments: list, room: dict[str, int]) -> Iterator[list[tuple[object, int]]]:
    if not deployments:
        yield []
        return
    one, *rest = deployments
    for count in range(room[one.pool] // one.gpus + 1):
        for others in ways(rest, room | {one.pool: room[one.pool] - count * one.gpus}):
            yield [(one, count), *others]


def shortage_usd(p: Instance, b: int, running: list) -> float:
    """What must be left unserved on these replicas, in the order of priorities, and its price."""
    missing = {name: missing_of(p, b, name, running) for name in p.streams}
    most = {
        name: one.unserved.max_share * one.planned[0][b] if one.unserved else 0.0 for name, one in p.streams.items()
    }
    if any(missing[name] > most[name] + 1e-9 for name in missing):
        return math.inf
    usd = 0.0
    for name, one in p.streams.items():
        if one.unserved:
            higher = [
                other
                for other, two in p.streams.items()
                if two.unserved and two.unserved.priority < one.unserved.priority
            ]
            left_out = most[name] if any(missing[other] > 1e-9 for other in higher) else missing[name]
            usd += left_out * one.unserved.usd_per_request * 3600 * p.time.hours[0][b]
    return usd


def missing_of(p: Instance, b: int, name: str, running: list) -> float:
    demand = p.streams[name].planned[0][b]
    mine = [(one, n) for one, n in running if one.workload == name]
    missing = demand - sum(n * one.rates[name] for one, n in mine)
    if p.survival and name in p.survival.workloads:
        for lost in {domain_of(p.pools[one.pool], p.survival.loss) for one, _ in mine}:
            left = 0.0
            for one, n in mine:
                if domain_of(p.pools[one.pool], p.survival.loss) != lost:
                    left += n * one.rates[name]
                elif keeps_a_part(p, one):
                    left += (n - math.ceil(n / p.survival.zones)) * one.rates[name]
            missing = max(missing, demand - left / p.survival.share)
    return max(0.0, missing)


def period_usd(p: Instance, chosen: tuple[tuple[int, ...], ...]) -> float:
    """Carbon over its cap; infinite where it may not be, or a share is broken."""
    hours = {
        one.id: sum(counts[i] * p.time.hours[0][b] for b, counts in enumerate(chosen))
        for i, one in enumerate(p.pools.values())
    }
    kg = sum(h * p.pools[name].kw * p.pools[name].kg_co2_per_kwh for name, h in hours.items())
    gpus = {name: h * p.pools[name].gpus for name, h in hours.items()}
    for asked in p.provider_shares:
        part = sum(h for name, h in gpus.items() if p.pools[name].provider == asked.provider)
        over = part - p.limits[asked.limit].value * sum(gpus.values())
        if (-over if asked.at_least else over) > 1e-6:
            return math.inf
    return paid_over(p, p.carbon_limit, kg)


def optimum(p: Instance) -> float:
    """The MILP's optimum with at most MOST_NODES nodes of a pool."""
    m = build(p)
    a = arrays_from(m)
    nodes = [column.family == "on_demand" for column in m.columns]
    return solve_arrays(replace(a, upper=np.where(nodes, np.minimum(a.upper, MOST_NODES), a.upper)), EXACT).objective


def servable(p: Instance) -> bool:
    """Whether every class has a place, and one that is left after any loss: else the question is refused at once."""
    from planner.milp.refuse import refuse_unserved

    try:
        refuse_unserved(p)
    except InfeasibleError:
        return False
    return True


@pytest.mark.parametrize("start", SEEDS)
def test_optimum_equals_enumeration(start: int) -> None:
    for seed in range(start, start + 20):
        p = random_instance(seed)
        if servable(p):
            assert optimum(p) == pytest.approx(brute_force(p), rel=1e-6, abs=1e-6), seed


def test_most_of_these_instances_are_feasible() -> None:
    every = [random_instance(seed) for seed in range(160)]
    feasible = [p for p in every if servable(p) and math.isfinite(optimum(p))]
    assert len(feasible) > 100
    for feature in ("carbon_limit", "provider_shares", "survival", "gpu_limit"):
        assert sum(bool(getattr(p, feature)) for p in feasible) > 20, feature
    assert sum(any(one.unserved for one in p.streams.values()) for p in feasible) > 50
    assert sum(any(limit.excess_usd for limit in p.limits.values()) for p in feasible) > 20


def many_offers(seed: int) -> Instance:
    """The same with spot, reserved and dominated offers and layouts, so that pruning has something to do."""
    rnd = random.Random(seed)
    p = random_instance(seed)
    pools = {}
    for name, one in p.pools.items():
        base = one.rentals["on_demand"].usd_per_hour
        forms = {"on_demand": base}
        if rnd.random() < 0.5:
            forms["reserved_1y"] = base * rnd.uniform(0.25, 1.1)
        if rnd.random() < 0.4:
            forms["spot"] = base * rnd.uniform(0.4, 0.9)
        options = {
            form: PurchaseOption(form, usd, term_months=12 if form == "reserved_1y" else 0)
            for form, usd in forms.items()
        }
        again = pool(name, p.time, gpus=one.gpus, provider=one.provider, **options)
        pools[name] = replace(again, region=one.region, kg_co2_per_kwh=one.kg_co2_per_kwh)
        twin = f"{name}-twin"
        pools[twin] = replace(
            pool(
                twin,
                p.time,
                gpus=one.gpus,
                provider=rnd.choice([one.provider, "v2"]),
                on_demand=base * rnd.uniform(0.8, 1.3),
            ),
            region=rnd.choice([one.region, "r2"]),
            kg_co2_per_kwh=rnd.choice([one.kg_co2_per_kwh, 0.1]),
        )
    deployments = []
    for one in p.deployments:
        deployments += [one, replace(one, pool=f"{one.pool}-twin")]
        deployments.append(replace(one, config=one.config + "/slow", rates={s: r * 0.8 for s, r in one.rates.items()}))
        if "spot" in pools[one.pool].rentals:
            deployments.append(replace(one, kind="spot"))
    objective = rnd.choice(["cost", "cost", "carbon"]) if not any(s.unserved for s in p.streams.values()) else "cost"
    return replace(p, pools=pools, deployments=tuple(deployments), objective=objective)


@pytest.mark.parametrize("start", SEEDS)
def test_pruning_keeps_the_optimum(start: int) -> None:
    for seed in range(start, start + 20):
        p = many_offers(seed)
        if servable(p):
            small = prune(p)
            full, pruned = (solve_arrays(arrays_from(build(one)), EXACT).objective for one in (p, small))
            assert pruned == pytest.approx(full, rel=1e-6, abs=1e-6) or (math.isinf(full) and math.isinf(pruned)), seed


def test_pruning_still_drops_something() -> None:
    kept = [(len(prune(p).deployments), len(p.deployments)) for p in map(many_offers, range(160))]
    assert sum(few for few, _ in kept) < 0.6 * sum(many for _, many in kept)


@pytest.mark.parametrize("start", SEEDS)
def test_looser_demands_never_cost_more(start: int) -> None:
    for seed in range(start, start + 20, 4):
        p = random_instance(seed)
        if not servable(p):
            continue
        strict = least(p)
        if p.survival:
            assert least(replace(p, survival=None)) <= strict * (1 + 1e-6), seed
            assert least(replace(p, survival=replace(p.survival, share=0.25))) <= strict * (1 + 1e-6), seed
        for name, limit in p.limits.items():
            asked = {one.limit: one for one in p.provider_shares}
            value = limit.value * (0.5 if name in asked and asked[name].at_least else 1.3)
            looser = replace(
                p, limits=p.limits | {name: replace(limit, value=min(value, 1.0) if name in asked else value)}
            )
            assert least(looser) <= strict * (1 + 1e-6), (seed, name)
            priced = replace(p, limits=p.limits | {name: replace(limit, excess_usd=5.0)})
            if limit.excess_usd is None and name not in asked:
                assert least(priced) <= strict * (1 + 1e-6), (seed, name)


def least(p: Instance) -> float:
    try:
        return optimise_instance(p, "highs", EXACT).certificate.objective
    except InfeasibleError:
        return math.inf
