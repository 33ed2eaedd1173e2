"""GPUs in use stay within the limit on all of them together."""

from dataclasses import replace

from fleets import assert_bites, clock, cost, near, pool, question, runs, stream

from planner.candidates.candidate import PurchaseOption
from planner.milp.instance import Instance, Limit


def limited(gpus: int) -> Instance:
    """Slow replicas: 1 req/s on 1 GPU at 1 USD/h; fast ones: 4 req/s on 2 GPUs at 6 USD/h."""
    time = clock()
    pools = [pool("slow", time, on_demand=1.0), pool("fast", time, gpus=2, on_demand=6.0)]
    deployments = [runs("chat", "slow", 1.0), runs("chat", "fast", 4.0, 2)]
    return question(
        time, [stream("chat", [[5.0]])], pools, deployments,
        limits={"max_gpus": Limit(gpus, "GPUs")}, gpu_limit="max_gpus",
    )  # fmt: skip


def test_optimum_by_hand() -> None:
    # 5 slow GPUs cost 5; within 4 GPUs: one fast and one slow = 7
    assert cost(limited(5)) == near(5 * 730)
    assert cost(limited(4)) == near(7 * 730)


def test_bites() -> None:
    assert_bites(limited(4), "respect_gpu_limit")


def test_owned_and_spot_gpus_count() -> None:
    # an existing node costs nothing to keep, but with it and 4 slow ones 5 GPUs would be in use
    p = limited(4)
    kept = PurchaseOption("existing", 0.0, max_nodes=1)
    old = pool("old", p.time, existing=kept)
    with_old = replace(p, pools=p.pools | {"old": old}, deployments=(*p.deployments, runs("chat", "old", 1.0)))
    assert cost(with_old) == near(6 * 730)
    spot = pool("slow", p.time, spot=0.5)
    cheap = (replace(p.deployments[0], kind="spot"), p.deployments[1])
    assert cost(replace(p, pools=p.pools | {"slow": spot}, deployments=cheap)) == near(6.5 * 730)
