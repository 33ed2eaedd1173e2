"""Deferred work is done by replicas and hosted APIs."""

from fleets import assert_bites, batch, best, clock, cost, near, pool, question, runs

from planner.milp.instance import Instance


def steady(rate: float) -> Instance:
    """A steady stream of deferrable work on replicas of 2 req/s at 3 USD/h."""
    time = clock()
    jobs = batch("jobs", [rate] * 168, 24, time)
    return question(time, [jobs], [pool("a", time, on_demand=3.0)], [runs("jobs", "a", 2.0)])


def test_optimum_by_hand() -> None:
    assert cost(steady(4.0)) == near(2 * 3.0 * 730)
    assert cost(steady(4.1)) == near(3 * 3.0 * 730)


def test_bites() -> None:
    assert_bites(steady(4.0), "do_work")


def test_routes_add_up_to_the_work() -> None:
    assert sum(best(steady(4.1)).values["served"].values()) == near(4.1)
