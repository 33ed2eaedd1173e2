"""Request sizes of one workload share its replicas."""

import pytest
from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.milp.instance import Instance


def two_sizes(short: float, long: float) -> Instance:
    """One replica does 10 short or 2 long requests/s; 3 USD/h."""
    time = clock()
    streams = [stream("chat/short", [[short]], "chat"), stream("chat/long", [[long]], "chat")]
    served = {"chat/short": 10.0, "chat/long": 2.0}
    return question(time, streams, [pool("a", time, on_demand=3.0)], [runs("chat", "a", served)])


def test_optimum_by_hand() -> None:
    # 5/10 + 1/2 = 1 replica; one more request tips it
    assert cost(two_sizes(5.0, 1.0)) == near(3.0 * 730)
    assert cost(two_sizes(5.1, 1.0)) == near(2 * 3.0 * 730)


def test_bites() -> None:
    assert_bites(two_sizes(5.1, 1.0), "share_replicas")


def test_sizes_go_where_they_are_served_best() -> None:
    # long requests: 2/s on big (3 USD/h) or 0.5/s on small (1 USD/h); short ones 10/s or 8/s.
    # Alone on big: 8/10 + 2/2 = 2 replicas = 6. Short on one small, long on one big: 4.
    time = clock()
    streams = [stream("chat/short", [[8.0]], "chat"), stream("chat/long", [[2.0]], "chat")]
    pools = [pool("big", time, on_demand=3.0), pool("small", time, on_demand=1.0)]
    deployments = [
        runs("chat", "big", {"chat/short": 10.0, "chat/long": 2.0}, config="big"),
        runs("chat", "small", {"chat/short": 8.0, "chat/long": 0.5}, config="small"),
    ]
    solution = best(question(time, streams, pools, deployments))
    assert solution.certificate.objective == near(4.0 * 730)
    assert solution.values["served"] == {
        ("chat/short", "small", "small", "firm", 0, 0): pytest.approx(8.0),
        ("chat/long", "big", "big", "firm", 0, 0): pytest.approx(2.0),
    }


def test_a_size_that_a_configuration_cannot_serve_goes_elsewhere() -> None:
    time = clock()
    streams = [stream("chat/short", [[4.0]], "chat"), stream("chat/long", [[1.0]], "chat")]
    pools = [pool("big", time, on_demand=5.0), pool("small", time, on_demand=1.0)]
    deployments = [
        runs("chat", "big", {"chat/short": 4.0, "chat/long": 2.0}, config="big"),
        runs("chat", "small", {"chat/short": 2.0}, config="small"),
    ]
    # long needs one big (half free: 2 short); the other 2 short on one small: 6 USD/h
    assert cost(question(time, streams, pools, deployments)) == near(6.0 * 730)
