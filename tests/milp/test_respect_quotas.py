"""GPUs rented at a provider stay within its quota."""

from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.milp.instance import Instance, Limit, Quota


def quota(gpus: int, *members: tuple[str, str]) -> dict[str, object]:
    return {"limits": {"quota": Limit(gpus, "GPUs")}, "quotas": (Quota("quota", frozenset(members)),)}


def two_pools(gpus: int, *members: tuple[str, str]) -> Instance:
    """8 replicas of 1 req/s: cheap nodes of 2 GPUs at 2 USD/h, dear ones at 5 USD/h."""
    time = clock()
    pools = [pool("cheap", time, gpus=2, on_demand=2.0, reserved_1y=1.5), pool("dear", time, gpus=2, on_demand=5.0)]
    deployments = [runs("chat", "cheap", 1.0), runs("chat", "dear", 1.0)]
    return question(time, [stream("chat", [[8.0]])], pools, deployments, **quota(gpus, *members))


ALL_CHEAP = (("cheap", "on_demand"), ("cheap", "reserved_1y"))


def test_optimum_by_hand() -> None:
    # 4 nodes in all; a quota of 5 GPUs allows 2 cheap nodes, the other 2 are dear
    assert cost(two_pools(8, *ALL_CHEAP)) == near(4 * 1.5 * 730)
    assert cost(two_pools(5, *ALL_CHEAP)) == near((2 * 1.5 + 2 * 5.0) * 730)


def test_bites() -> None:
    assert_bites(two_pools(5, *ALL_CHEAP), "respect_quotas")


def test_a_quota_on_one_form_leaves_the_others() -> None:
    # 2 GPUs reserved, the rest of the cheap ones on demand
    assert cost(two_pools(2, ("cheap", "reserved_1y"))) == near((1.5 + 3 * 2.0) * 730)


def test_commitments_count_in_every_block_they_serve() -> None:
    # 1 node is reserved for the steady block; the quota of 4 GPUs leaves room for one more in the peak
    time = clock(blocks=2)
    pools = [pool("cheap", time, gpus=2, on_demand=2.0, reserved_1y=1.5), pool("dear", time, gpus=2, on_demand=5.0)]
    deployments = [runs("chat", "cheap", 1.0), runs("chat", "dear", 1.0)]
    p = question(time, [stream("chat", [[2.0, 8.0]])], pools, deployments, **quota(4, *ALL_CHEAP))
    # reserving one (1.5 × 730) beats renting it in both halves (2 × 730); peak: 1 cheap, 2 dear for 365 h
    assert cost(p) == near(1.5 * 730 + (2.0 + 2 * 5.0) * 365)
    assert_bites(p, "respect_quotas")
    assert best(p).values["bought"] == {("cheap", "reserved_1y", 0): 1}


def test_a_quota_holds_in_its_periods_only() -> None:
    # 2 cheap nodes in the first month (quota of 5 GPUs), 4 in the second, when stock has arrived
    time = clock(periods=2)
    pools = [pool("cheap", time, gpus=2, on_demand=2.0), pool("dear", time, gpus=2, on_demand=5.0)]
    deployments = [runs("chat", "cheap", 1.0), runs("chat", "dear", 1.0)]
    p = question(
        time, [stream("chat", [[8.0], [8.0]])], pools, deployments,
        limits={"quota": Limit(5, "GPUs")},
        quotas=(Quota("quota", frozenset({("cheap", "on_demand")}), last=0),),
    )  # fmt: skip
    assert cost(p) == near((2 * 2.0 + 2 * 5.0) * 730 + 4 * 2.0 * 730)
    assert_bites(p, "respect_quotas")
