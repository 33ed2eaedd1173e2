"""Of an interruptible workload only a share may run on spot."""

import pytest
from fleets import assert_bites, batch, best, clock, cost, near, pool, question, runs, stream, with_spot_share

from planner.milp.instance import Instance


def interruptible(share: float) -> Instance:
    """Replicas of 2 req/s at 4 USD/h on demand, 1 USD/h on spot; 8 req/s."""
    time = clock()
    deployments = [runs("jobs", "a", 2.0), runs("jobs", "a", 2.0, kind="spot")]
    p = question(time, [stream("jobs", [[8.0]])], [pool("a", time, on_demand=4.0, spot=1.0)], deployments)
    return with_spot_share(p, "jobs", share)


@pytest.mark.parametrize(("share", "usd_per_hour"), [(1.0, 4.0), (0.75, 7.0), (0.5, 10.0), (0.6, 10.0), (0.0, 16.0)])
def test_optimum_by_hand(share: float, usd_per_hour: float) -> None:
    # firm replicas for (1 - share) × 8 req/s, rounded up, the rest on spot
    assert cost(interruptible(share)) == near(usd_per_hour * 730)


def test_bites() -> None:
    assert_bites(interruptible(0.5), "limit_spot_share")


def test_routes_keep_to_the_share() -> None:
    for share in (0.0, 0.3, 0.6, 1.0):
        served = best(interruptible(share)).values["served"]
        assert sum(rate for key, rate in served.items() if key[3] == "spot") <= 8.0 * share + 1e-9
        assert sum(served.values()) == near(8.0)


def test_the_share_is_of_the_workload_not_of_each_request_size() -> None:
    # half of 4 + 4 req/s may be on spot: all short ones are, no long one
    time = clock()
    streams = [stream("jobs/short", [[4.0]], "jobs"), stream("jobs/long", [[4.0]], "jobs")]
    rates = {"jobs/short": 4.0, "jobs/long": 4.0}
    deployments = [
        runs("jobs", "a", rates),
        runs("jobs", "a", {"jobs/short": 4.0}, kind="spot"),
    ]
    p = question(time, streams, [pool("a", time, on_demand=4.0, spot=1.0)], deployments)
    assert cost(with_spot_share(p, "jobs", 0.5)) == near(5.0 * 730)
    assert cost(with_spot_share(p, "jobs", 0.4)) == near(8.0 * 730)
    assert_bites(with_spot_share(p, "jobs", 0.4), "limit_spot_share")


def test_of_deferred_work_the_share_is_of_what_is_done_in_the_block() -> None:
    # 2 req/s all week, half on spot: one firm and one spot replica of 1 req/s
    time = clock(blocks=2)
    deployments = [runs("jobs", "a", 1.0), runs("jobs", "a", 1.0, kind="spot")]
    p = question(time, [batch("jobs", [2.0] * 168, 24, time)], [pool("a", time, on_demand=4.0, spot=1.0)], deployments)
    p = with_spot_share(p, "jobs", 0.5)
    assert cost(p) == near(5.0 * 730)
    assert_bites(p, "limit_spot_share")
    values = best(p).values["served"]
    for b in p.time.blocks:
        done = {key: rate for key, rate in values.items() if key[-1] == b}
        assert sum(rate for key, rate in done.items() if key[3] == "spot") <= 0.5 * sum(done.values()) + 1e-9
