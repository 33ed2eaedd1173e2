"""The models that serve a workload are good enough on average."""

import random
from dataclasses import replace

import pytest
from fleets import EXACT, assert_bites, batch, best, clock, cost, near, pool, question, runs, stream

from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.diagnose import diagnosis
from planner.milp.highs import solve_arrays
from planner.milp.instance import Api, Instance, Limit, Quota
from planner.milp.prune import prune


def floor(p: Instance, workload: str, least: float, scores: dict[str, float], hosted: float = 0.0) -> Instance:
    """The same with a mean asked for: scores by configuration, and of hosted APIs."""
    top = max([*scores.values(), hosted])
    mine = replace(p.workloads[workload], best_quality=top, quality_limit="quality")
    return replace(
        p,
        workloads=p.workloads | {workload: mine},
        limits=p.limits | {"quality": Limit(top - least, "below the best score")},
        deployments=tuple(
            replace(one, quality=scores[one.config]) if one.workload == workload else one for one in p.deployments
        ),
        apis=tuple(replace(api, quality=hosted) for api in p.apis),
    )


def two_models(rate: float) -> Instance:
    """A good model does 1/s for 3 USD/h, a plain one 2/s for 1 USD/h."""
    time = clock()
    pools = [pool("big", time, on_demand=3.0), pool("small", time, on_demand=1.0)]
    deployments = [runs("chat", "big", 1.0, config="good"), runs("chat", "small", 2.0, config="plain")]
    return question(time, [stream("chat", [[rate]])], pools, deployments)


SCORES = {"good": 80.0, "plain": 60.0}


def test_optimum_by_hand() -> None:
    p = two_models(4.0)
    assert cost(p) == near(2.0 * 730)
    # a mean of 70 sends half of 4/s to each: two of the good ones, one plain one
    assert cost(floor(p, "chat", 70.0, SCORES)) == near((2 * 3.0 + 1.0) * 730)
    assert cost(floor(p, "chat", 80.0, SCORES)) == near(4 * 3.0 * 730)
    assert cost(floor(p, "chat", 60.0, SCORES)) == near(2.0 * 730)


def test_bites() -> None:
    assert_bites(floor(two_models(4.0), "chat", 70.0, SCORES), "keep_mean_quality")


def test_what_is_served_has_the_mean_that_is_asked() -> None:
    served = best(floor(two_models(4.2), "chat", 70.0, SCORES)).values["served"]
    total = sum(served.values())
    assert total == pytest.approx(4.2)
    assert sum(rate * SCORES[str(key[1])] for key, rate in served.items()) / total >= 70.0 - 1e-6


def test_the_mean_is_over_all_sizes_of_a_workload() -> None:
    # short requests are cheap on the good model: it takes them, long ones go to the plain one
    time = clock()
    pools = [pool("big", time, on_demand=3.0), pool("small", time, on_demand=1.0)]
    streams = [stream("chat/short", [[5.0]], "chat"), stream("chat/long", [[5.0]], "chat")]
    deployments = [
        runs("chat", "big", {"chat/short": 5.0, "chat/long": 1.0}, config="good"),
        runs("chat", "small", {"chat/short": 5.0, "chat/long": 2.5}, config="plain"),
    ]
    p = floor(question(time, streams, pools, deployments), "chat", 70.0, SCORES)
    assert cost(p) == near((3.0 + 2 * 1.0) * 730)


def test_a_better_hosted_api_lifts_the_mean() -> None:
    usd = 2.0 / 3600
    p = replace(two_models(4.0), apis=(Api("hosted", "chat", usd),))
    # 0.4/s to an API of 160 lift 3.6/s at 60 to a mean of 70, for 0.8 USD/h
    assert cost(floor(p, "chat", 70.0, SCORES, hosted=160.0)) == near((2.0 + 0.8) * 730)


def test_deferrable_work_has_a_mean_too() -> None:
    time = clock()
    p = two_models(4.0)
    work = replace(p, streams={"chat": batch("chat", [4.0] * 168, 24, time)})
    assert cost(floor(work, "chat", 70.0, SCORES)) == near((2 * 3.0 + 1.0) * 730)


def test_a_higher_floor_is_never_cheaper() -> None:
    usd = [cost(floor(two_models(3.7), "chat", least, SCORES)) for least in (60, 65, 70, 75, 80)]
    assert usd == sorted(usd)
    assert usd[0] < usd[-1]


def test_the_diagnosis_says_how_much_lower_the_mean_must_be() -> None:
    p = floor(two_models(4.0), "chat", 70.0, SCORES)
    p = replace(
        p, limits=p.limits | {"quota": Limit(1, "GPUs")}, quotas=(Quota("quota", frozenset({("big", "on_demand")})),)
    )
    said = diagnosis(p, EXACT)
    # one of the good ones serves a quarter: a mean of 65, 15 below the best
    assert "quality: 10 below the best score, 15 needed" in said
    assert "quota: 1 GPUs, 2 needed" in said


def random_models(seed: int) -> Instance:
    rnd = random.Random(seed)
    time = clock(blocks=rnd.choice([1, 2]))
    sizes = ["chat"] if rnd.random() < 0.5 else ["chat/short", "chat/long"]
    streams = [stream(one, [[round(rnd.uniform(0, 4), 1) for _ in time.blocks]], "chat") for one in sizes]
    pools = [
        pool(f"p{i}", time, gpus=rnd.choice([1, 2]), on_demand=rnd.uniform(0.5, 3)) for i in range(rnd.randint(2, 4))
    ]
    rates = {f"m{i}": {one: round(rnd.uniform(0.5, 3), 1) for one in sizes} for i in range(3)}
    deployments = [
        runs("chat", where.id, rates[config], config=config)
        for where in pools
        for config in rnd.sample(sorted(rates), rnd.randint(1, 3))
    ]
    scores = {config: rnd.choice([50.0, 60.0, 70.0, 80.0]) for config in rates}
    there = {one.config: scores[one.config] for one in deployments}
    p = question(time, streams, pools, deployments)
    if rnd.random() < 0.3:
        p = replace(p, apis=tuple(Api("hosted", one, rnd.uniform(0.5, 4) * 1e-4, max_share=0.5) for one in sizes))
    least = rnd.uniform(min(there.values()), max(there.values()))
    return floor(p, "chat", least, scores, hosted=rnd.choice([40.0, 90.0]) if p.apis else 0.0)


@pytest.mark.parametrize("start", range(0, 120, 30))
def test_pruning_keeps_the_optimum(start: int) -> None:
    for seed in range(start, start + 30):
        p = random_models(seed)
        full, pruned = (solve_arrays(arrays_from(build(one)), EXACT).objective for one in (p, prune(p)))
        assert pruned == pytest.approx(full, rel=1e-6, abs=1e-6), seed


def test_random_plans_keep_their_mean() -> None:
    for seed in range(40):
        p = random_models(seed)
        solution = best(p)
        least = p.workloads["chat"].best_quality - p.limits["quality"].value
        for t, b in p.time.slots:
            score = {one.config: one.quality for one in p.deployments}
            parts = [(r, score[str(k[1])]) for k, r in solution.values["served"].items() if k[-2:] == (t, b)]
            parts += [(r, p.apis[0].quality) for k, r in solution.values["api"].items() if k[-2:] == (t, b)]
            total = sum(rate for rate, _ in parts)
            if total > 1e-6:
                assert sum(rate * points for rate, points in parts) / total >= least - 1e-4, seed
