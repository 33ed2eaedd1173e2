"""The plan runs few distinct configurations, where their number is limited."""

from fleets import assert_bites, clock, cost, near, pool, question, runs, stream

from planner.milp.instance import Instance, Limit


def limited(most: int) -> Instance:
    """Chat: big (10 req/s, 5 USD/h) and small (2 req/s, 1.2 USD/h); code has one configuration of its own."""
    time = clock()
    pools = [pool("big", time, on_demand=5.0), pool("small", time, on_demand=1.2), pool("own", time, on_demand=1.0)]
    return question(
        time, [stream("chat", [[12.0]]), stream("code", [[1.0]])], pools,
        [runs("chat", "big", 10.0, config="big"), runs("chat", "small", 2.0, config="small"),
         runs("code", "own", 1.0, config="code")],
        limits={"max_distinct_configurations": Limit(most, "configurations")},
        configuration_limit="max_distinct_configurations",
    )  # fmt: skip


def test_optimum_by_hand() -> None:
    # big + small = 6.2 with two configurations for chat; with one: six small 7.2 or two big 10
    assert cost(limited(3)) == near((6.2 + 1.0) * 730)
    assert cost(limited(2)) == near((7.2 + 1.0) * 730)


def test_bites() -> None:
    assert_bites(limited(2), "limit_configurations")
