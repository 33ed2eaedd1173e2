"""A rented node is billed for at least so many hours each time it is started."""

from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream, with_starts

from planner.milp.instance import Instance

NOON = tuple(int(hour % 24 == 12) for hour in range(168))
WEEKS = 730 / 168


def noon(minimum_hours: int, base: float = 0.0) -> Instance:
    """`base` nodes all day, two more from 12 to 13, at 1 USD/h."""
    time = clock(blocks=2, block_of_hour=NOON)
    streams = [stream("chat", [[base, base + 2.0]])]
    p = question(time, streams, [pool("a", time, on_demand=1.0)], [runs("chat", "a", 1.0)])
    return with_starts(p, 0.0, minimum_hours)


def test_optimum_by_hand() -> None:
    assert cost(noon(1)) == near(14 * WEEKS)
    assert cost(noon(3)) == near(3 * 14 * WEEKS)
    # of the two nodes one may take over from the node that was there before: it leaves at 13 in its place
    assert cost(noon(3, base=1.0)) == near((168 + 14 + 14) * WEEKS)


def test_bites() -> None:
    assert_bites(noon(3), "bill_minimum_hours")


def test_the_week_is_a_circle() -> None:
    # the block lies in the week's last hour: what is billed after it lies in the next week's first hours
    time = clock(blocks=2, block_of_hour=(0,) * 167 + (1,))
    p = question(time, [stream("chat", [[0.0, 1.0]])], [pool("a", time, on_demand=1.0)], [runs("chat", "a", 1.0)])
    solution = best(with_starts(p, 0.0, 4))
    assert solution.certificate.objective == near(4 * WEEKS)
    assert sum(solution.values["held"].values()) == 3


def test_long_least_hours() -> None:
    # every noon one node starts and yesterday's leaves at 13, so one is up all day and two for an hour
    assert cost(noon(24)) == near((168 + 7) * WEEKS)
    assert (168 + 7) * WEEKS < cost(noon(72)) <= 2 * 168 * WEEKS
