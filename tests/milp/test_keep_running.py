"""Replicas that carry load, and their spares, are on; others may stay on rather than start again."""

from dataclasses import replace

from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.milp.instance import Instance

DAILY = tuple(0 if hour % 24 < 12 else 1 for hour in range(168))


def day_and_night(usd: float, spares: int = 0) -> Instance:
    """One replica by night, two by day, on nodes of one GPU at 1 USD/h."""
    time = clock(blocks=2, block_of_hour=DAILY)
    streams = [stream("chat", [[1.0, 2.0]])]
    p = question(time, streams, [pool("a", time, on_demand=1.0)], [runs("chat", "a", 1.0, spares=spares)])
    return replace(p, switch_usd_per_replica=usd)


def test_optimum_by_hand() -> None:
    # a replica that stays on by night costs 12 USD a day more than one that starts each morning
    assert cost(day_and_night(11.9)) == near(730 * 1.5 + 7 * 11.9 * 730 / 168)
    assert cost(day_and_night(12.1)) == near(730 * 2)


def test_bites() -> None:
    assert_bites(day_and_night(1.0), "keep_running")


def test_spares_are_on_too() -> None:
    # the spare stays on by night: 3 nodes by day, 2 by night
    solution = best(day_and_night(1.0, spares=1))
    assert solution.certificate.objective == near(730 * 2.5 + 7 * 730 / 168)
    assert sorted(solution.values["replicas"].values()) == [2, 3]
