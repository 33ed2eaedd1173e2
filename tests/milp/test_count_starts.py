"""Rented nodes that come up from one hour of the week to the next are started."""

from fleets import assert_bites, clock, cost, near, pool, question, runs, stream, with_starts

from planner.milp.instance import Instance

DAILY = tuple(0 if hour % 24 < 12 else 1 for hour in range(168))


def day_and_night(hours_paid: float) -> Instance:
    """One node by night, three by day, at 1 USD/h."""
    time = clock(blocks=2, block_of_hour=DAILY)
    p = question(time, [stream("chat", [[1.0, 3.0]])], [pool("a", time, on_demand=1.0)], [runs("chat", "a", 1.0)])
    return with_starts(p, hours_paid)


def test_optimum_by_hand() -> None:
    # 2 nodes start every morning; at 13 h paid for a start they would rather stay on for the 12 h of the night
    weeks = 730 / 168
    assert cost(day_and_night(0.0)) == near(2 * 730)
    assert cost(day_and_night(0.5)) == near(2 * 730 + 14 * 0.5 * weeks)
    assert cost(day_and_night(13.0)) == near(3 * 730)


def test_bites() -> None:
    assert_bites(day_and_night(0.5), "count_starts")


def test_a_pair_of_blocks_counts_as_often_as_it_follows() -> None:
    # block 1 is there once a week: one start of 2 nodes, not seven
    time = clock(blocks=2, block_of_hour=tuple(int(hour >= 156) for hour in range(168)))
    p = question(time, [stream("chat", [[1.0, 3.0]])], [pool("a", time, on_demand=1.0)], [runs("chat", "a", 1.0)])
    assert cost(with_starts(p, 0.5)) == near((168 + 24 + 2 * 0.5) * 730 / 168)
