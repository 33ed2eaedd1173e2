"""Replicas that come on from one hour to the next are started."""

from dataclasses import replace

from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.milp.instance import Commitment, Instance


def two_places(usd: float) -> Instance:
    """Two months of one replica: the second pool is cheaper, but offered in the second month only."""
    time = clock(periods=2)
    pools = [pool("a", time, on_demand=1.0), pool("b", time, on_demand=0.8)]
    p = question(time, [stream("chat", [[1.0], [1.0]])], pools, [runs("chat", "a", 1.0), runs("chat", "b", 1.0)])
    p = replace(p, switch_usd_per_replica=usd)
    late = replace(p.pools["b"], rentals={}, commitments={"reserved_1y": late_only()})
    return replace(p, pools={"a": p.pools["a"], "b": late})


def late_only() -> Commitment:
    return Commitment(((), (1,)), {"reserved_1y": (0.0, 584.0)}, (0.0, 0.0), ((0.0, 0.0), (0.0, 584.0)))


def test_optimum_by_hand() -> None:
    # moving saves 730 - 584 = 146 USD and starts one replica
    assert cost(two_places(100.0)) == near(730 + 584 + 100)
    assert cost(two_places(150.0)) == near(2 * 730)


def test_bites() -> None:
    assert_bites(two_places(100.0), "count_switches")


def test_a_flat_week_starts_nothing() -> None:
    time = clock(blocks=2)
    streams = [stream("chat", [[2.0, 2.0]])]
    p = question(time, streams, [pool("a", time, on_demand=1.0)], [runs("chat", "a", 1.0)])
    assert best(replace(p, switch_usd_per_replica=5.0)).certificate.objective == near(2 * 730)
