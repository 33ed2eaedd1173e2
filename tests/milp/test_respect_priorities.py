"""Demand is left unserved for its price, a class only after every class of lower priority."""

from dataclasses import replace

from fleets import EXACT, assert_bites, batch, best, clock, cost, near, pool, question, runs, stream

from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.highs import solve_arrays
from planner.milp.instance import Instance, Limit
from planner.milp.resilience import Unserved

HOUR = 3600


def shortage(gpus: float, vip: Unserved | None, bulk: Unserved | None) -> Instance:
    """4 requests/s each of two classes on single GPUs at 1 USD/h; a VIP request takes four times a bulk one's time."""
    time = clock()
    demand = [replace(stream("vip", [[4.0]]), unserved=vip), replace(stream("bulk", [[4.0]]), unserved=bulk)]
    return question(
        time, demand, [pool("p", time, on_demand=1.0)], [runs("vip", "p", 1.0), runs("bulk", "p", 4.0)],
        limits={"max_gpus": Limit(gpus, "GPUs")}, gpu_limit="max_gpus",
    )  # fmt: skip


def usd(per_hour: float) -> float:
    """A price a request that makes 1 request/s unserved cost so much an hour."""
    return per_hour / HOUR


def test_optimum_by_hand() -> None:
    # five GPUs serve all: 4 + 1. Leaving bulk out saves its one GPU (1 USD/h) for 4 × 0.2 = 0.8 USD/h
    assert cost(shortage(5, None, None)) == near(5 * 730)
    assert cost(shortage(5, None, Unserved(usd(0.2)))) == near(4.8 * 730)
    assert cost(shortage(5, None, Unserved(usd(0.3)))) == near(5 * 730)
    # at most half of it may be left out, which saves nothing
    assert cost(shortage(5, None, Unserved(usd(0.2), max_share=0.5))) == near(5 * 730)


def test_a_shortage_takes_the_lower_priority_first() -> None:
    # four GPUs: dropping one VIP request/s frees a whole GPU for 10 USD/h; dropping bulk costs 4 × 9 = 36 USD/h
    equal = shortage(4, Unserved(usd(10.0)), Unserved(usd(9.0)))
    assert best(equal).values["unserved"] == {("vip", 0, 0): near(1.0)}
    ranked = shortage(4, Unserved(usd(10.0), priority=1), Unserved(usd(9.0), priority=2))
    assert best(ranked).values["unserved"] == {("bulk", 0, 0): near(4.0)}
    assert cost(ranked) == near((4 + 36) * 730)
    # three GPUs: bulk goes entirely, then one VIP request/s
    short = replace(ranked, limits={"max_gpus": Limit(3, "GPUs")})
    assert best(short).values["unserved"] == {("bulk", 0, 0): near(4.0), ("vip", 0, 0): near(1.0)}


def test_bites() -> None:
    assert_bites(shortage(4, Unserved(usd(10.0), priority=1), Unserved(usd(9.0), priority=2)), "respect_priorities")


def test_only_what_may_be_left_out_goes_first() -> None:
    # half of bulk may go; then VIP, though the other half of bulk would free a GPU too
    ranked = shortage(4, Unserved(usd(10.0), priority=1), Unserved(usd(9.0), max_share=0.5, priority=2))
    assert best(ranked).values["unserved"] == {("bulk", 0, 0): near(2.0), ("vip", 0, 0): near(1.0)}


def test_three_priorities_follow_each_other() -> None:
    p = shortage(4, Unserved(usd(10.0), priority=1), Unserved(usd(9.0), priority=3))
    middle = replace(stream("middle", [[0.0]]), unserved=Unserved(usd(1.0), priority=2))  # nobody asks
    p = replace(p, streams={**p.streams, "middle": middle})
    p = replace(p, workloads={**p.workloads, "middle": replace(p.workloads["bulk"], id="middle", streams=("middle",))})
    p = replace(p, deployments=(*p.deployments, runs("middle", "p", 1.0)))
    assert best(p).values["unserved"] == {("bulk", 0, 0): near(4.0)}


def test_deferrable_work_is_left_out_evenly() -> None:
    # 1 request/s all week, one GPU does 0.5: with one GPU half of every hour's arrivals goes
    time = clock()
    work = replace(batch("jobs", [1.0] * 168, 24, time), unserved=Unserved(usd(1.0), priority=2))
    p = question(
        time, [work], [pool("p", time, on_demand=10.0)], [runs("jobs", "p", 0.5)],
        limits={"max_gpus": Limit(1, "GPUs")}, gpu_limit="max_gpus",
    )  # fmt: skip
    assert cost(p) == near(1.0 * 730)  # cheaper than any GPU: all of it goes
    dear = replace(p, streams={"jobs": replace(work, unserved=Unserved(usd(30.0)))})
    assert best(dear).values["unserved"] == {("jobs", 0, "week"): near(84.0)}
    assert cost(dear) == near((10 + 15) * 730)


def test_high_interactive_demand_waits_for_all_lower_deferrable_work() -> None:
    # two blocks; by day the VIP is short: then the batch of lower priority goes, week and all
    time = clock(blocks=2)
    vip = replace(stream("vip", [[2.0, 0.0]]), unserved=Unserved(usd(100.0), priority=1))
    jobs = replace(batch("jobs", [0.5] * 168, 168, time), unserved=Unserved(usd(1.0), priority=2))
    p = question(
        time, [vip, jobs], [pool("p", time, on_demand=0.1)], [runs("vip", "p", 1.0), runs("jobs", "p", 1.0)],
        limits={"max_gpus": Limit(1, "GPUs")}, gpu_limit="max_gpus",
    )  # fmt: skip
    unserved = best(p).values["unserved"]
    assert unserved == {("vip", 0, 0): near(1.0), ("jobs", 0, "week"): near(84.0)}
    kept = replace(p, streams={**p.streams, "jobs": replace(jobs, unserved=None)})
    assert solve_arrays(arrays_from(build(kept)), EXACT).objective < cost(p)
