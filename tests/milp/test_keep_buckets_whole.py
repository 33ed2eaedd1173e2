"""A request size that may not be split goes whole to one configuration or hosted API."""

import itertools
import math
import random
from dataclasses import replace

import pytest
from fleets import EXACT, assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.highs import solve_arrays
from planner.milp.instance import Api, Instance
from planner.milp.prune import prune

SHARES = (0.2, 0.1, 0.5, 0.2)
A10G, A100 = (2, 1, 5, 2), (20, 20, 40, 20)


def whole(p: Instance) -> Instance:
    """The same where no workload's sizes may be split."""
    return replace(p, workloads={name: replace(one, splits=False) for name, one in p.workloads.items()})


def published_example() -> Instance:
    """Two GPU types and four sizes of 30 requests/s, as published."""
    time = clock()
    names = [f"chat/{place}" for place in range(1, 5)]
    streams = [stream(name, [[30 * share]], "chat") for name, share in zip(names, SHARES, strict=True)]
    pools = [pool("a10g", time, on_demand=1.01), pool("a100", time, on_demand=3.67)]
    deployments = [
        runs("chat", where.id, dict(zip(names, map(float, rates), strict=True)), config=where.id)
        for where, rates in zip(pools, (A10G, A100), strict=True)
    ]
    return question(time, streams, pools, deployments)


def test_published_example() -> None:
    assert cost(published_example()) == near((3.67 + 1.01) * 730)
    assert cost(whole(published_example())) == near((3.67 + 3 * 1.01) * 730)


def test_bites() -> None:
    assert_bites(whole(published_example()), "keep_buckets_whole")


def test_one_size_goes_to_one_configuration_over_several_pools() -> None:
    # 3.4 requests/s; x does 1/s on the one node of pool a and of pool b, y 1.5/s on any node of pool c
    time = clock()
    pools = [pool("a", time, on_demand=1.0), pool("b", time, on_demand=1.0), pool("c", time, on_demand=1.9)]
    pools[:2] = [replace(p, rentals={"on_demand": replace(p.rentals["on_demand"], max_nodes=1)}) for p in pools[:2]]
    deployments = [
        runs("chat", "a", 1.0, config="x"),
        runs("chat", "b", 1.0, config="x"),
        runs("chat", "c", 1.5, config="y"),
    ]
    split = question(time, [stream("chat", [[3.4]])], pools, deployments)
    assert cost(split) == near((1.0 + 1.0 + 1.9) * 730)  # 2 on x, 1 on y
    assert cost(whole(split)) == near(3 * 1.9 * 730)
    two = replace(split, streams={"chat": stream("chat", [[2.0]])})
    assert cost(whole(two)) == near(2.0 * 730)  # x in both pools is one configuration


def test_a_hosted_api_takes_all_or_nothing() -> None:
    time = clock()
    usd = 0.5 / 3600  # a request: 0.5 USD/h for each request/s
    p = question(
        time,
        [stream("chat", [[1.2]])],
        [pool("a", time, on_demand=1.0)],
        [runs("chat", "a", 1.0)],
        apis=(Api("hosted", "chat", usd),),
    )
    assert cost(p) == near(1.2 * 0.5 * 730)
    dearer = replace(p, apis=(Api("hosted", "chat", 2 * usd),))
    assert cost(dearer) == near((1.0 + 0.2) * 730)  # one node and the rest from the API
    assert cost(whole(dearer)) == near(1.2 * 730)  # all from the API is cheaper than two nodes
    assert cost(whole(replace(p, apis=(Api("hosted", "chat", usd, max_share=0.9),)))) == near(2.0 * 730)


def test_what_is_routed_is_whole() -> None:
    served = best(whole(published_example())).values["served"]
    assert {key[0]: rate for key, rate in served.items()} == pytest.approx(
        {f"chat/{place}": 30 * share for place, share in enumerate(SHARES, start=1)}
    )


def random_whole(seed: int) -> Instance:
    """One or two workloads of up to three sizes, up to three configurations in two places, spot now and then."""
    rnd = random.Random(seed)
    time = clock(blocks=rnd.choice([1, 2]))
    pools = [
        pool(f"p{i}", time, gpus=rnd.choice([1, 2]), on_demand=rnd.uniform(0.5, 2.0)) for i in range(rnd.randint(1, 3))
    ]
    streams, deployments = [], []
    for name in ["v", "w"][: rnd.randint(1, 2)]:
        sizes = [name] if rnd.random() < 0.3 else [f"{name}/{size}" for size in "abc"[: rnd.randint(2, 3)]]
        streams += [stream(one, [[round(rnd.uniform(0, 2), 1) for _ in time.blocks]], name) for one in sizes]
        rates = {f"{name}/c{k}": {one: round(rnd.uniform(0.5, 2.5), 1) for one in sizes} for k in range(3)}
        for where in pools:
            for config in rnd.sample(sorted(rates), rnd.randint(1, 2)):
                deployments.append(runs(name, where.id, rates[config], config=config))
    p = question(time, streams, pools, deployments)
    names = [name for name in p.workloads if rnd.random() < 0.8]
    return replace(p, workloads=p.workloads | {name: replace(p.workloads[name], splits=False) for name in names})


def enumerated(p: Instance) -> float:
    """Every whole assignment of sizes to configurations, and for each the cheapest places to run them."""
    return sum(_cheapest_block(p, b) * p.time.hours[0][b] for b in p.time.blocks)


def _cheapest_block(p: Instance, b: int) -> float:
    names = sorted(p.streams)
    configs = {name: sorted({one.config for one in p.serving.get(name, ())}) for name in names}
    ways = itertools.product(*(configs[name] for name in names))
    return min((_cheapest_nodes(p, dict(zip(names, way, strict=True)), b) for way in ways), default=math.inf)


def _cheapest_nodes(p: Instance, way: dict[str, str], b: int) -> float:
    """Replicas of each configuration in whole numbers over its pools, on nodes rented for them."""
    needs: dict[str, float] = {}
    for name, config in way.items():
        one = next(d for d in p.serving[name] if d.config == config)
        needs[config] = needs.get(config, 0.0) + p.streams[name].planned[0][b] / one.rates[name]
    homes = [(config, sorted({d.pool for d in p.deployments if d.config == config})) for config in needs]
    counts = [list(_spread(math.ceil(needs[config] - 1e-9), len(places))) for config, places in homes]
    best = math.inf
    for chosen in itertools.product(*counts):
        gpus = dict.fromkeys(p.pools, 0)
        for (_, places), split in zip(homes, chosen, strict=True):
            for place, replicas in zip(places, split, strict=True):
                gpus[place] += replicas
        usd = sum(
            math.ceil(gpus[name] / one.gpus) * one.rentals["on_demand"].usd_per_hour for name, one in p.pools.items()
        )
        best = min(best, usd)
    return best


def _spread(total: int, places: int) -> list[tuple[int, ...]]:
    return [split for split in itertools.product(range(total + 1), repeat=places) if sum(split) == total]


@pytest.mark.parametrize("start", range(0, 80, 20))
def test_optimum_equals_enumeration_and_pruning_keeps_it(start: int) -> None:
    for seed in range(start, start + 20):
        p = random_whole(seed)
        full, pruned = (solve_arrays(arrays_from(build(one)), EXACT).objective for one in (p, prune(p)))
        assert pruned == pytest.approx(full, rel=1e-6, abs=1e-6), seed
        assert best(p).certificate.objective == pytest.approx(full, rel=1e-6, abs=1e-6), seed
        every = whole(p)
        assert cost(every) == pytest.approx(enumerated(every), rel=1e-6, abs=1e-6), seed
        assert cost(every) >= full * (1 - 1e-9), seed
