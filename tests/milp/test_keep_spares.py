"""A deployment that carries load keeps its spare replicas."""

from dataclasses import replace

from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.milp.instance import Instance


def with_spares(spares: int, demand: float = 9.0) -> Instance:
    time = clock()
    pools = [pool("a", time, on_demand=2.0), pool("b", time, on_demand=2.2)]
    return question(
        time,
        [stream("chat", [[demand]])],
        pools,
        [runs("chat", "a", 5.0, spares=spares), runs("chat", "b", 5.0, spares=spares)],
    )


def test_optimum_by_hand() -> None:
    # two replicas carry 9 req/s; with one spare three: 6 USD/h, in one pool rather than two spares in two
    assert cost(with_spares(0)) == near(4.0 * 730)
    assert cost(with_spares(1)) == near(6.0 * 730)


def test_bites() -> None:
    assert_bites(with_spares(1), "keep_spares")


def test_spares_are_running_replicas_without_load() -> None:
    values = best(with_spares(1)).values
    assert values["replicas"] == {("chat", "chat/tp1", "a", "firm", 0, 0): 3}
    assert sum(values["served"].values()) == near(9.0)


def test_each_pool_that_carries_load_keeps_its_own() -> None:
    # a holds 2 nodes at most: 1 loaded + 1 spare; the other replica sits in b with its own spare
    p = with_spares(1)
    rental = replace(p.pools["a"].rentals["on_demand"], max_nodes=2)
    few = replace(p, pools=p.pools | {"a": replace(p.pools["a"], rentals={"on_demand": rental})})
    # all in b: 3 × 2.2 = 6.6; split: 2 × 2.0 + 2 × 2.2 = 8.4
    assert cost(few) == near(6.6 * 730)


def test_no_spares_where_no_load_is() -> None:
    p = with_spares(1)
    quiet = replace(p, time=clock(blocks=2), streams={"chat": stream("chat", [[9.0, 0.0]])})
    assert set(best(quiet).values["replicas"]) == {("chat", "chat/tp1", "a", "firm", 0, 0)}
