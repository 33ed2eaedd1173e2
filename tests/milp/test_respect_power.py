"""Owned systems draw no more power than they may."""

from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.candidates.candidate import PurchaseOption
from planner.milp.instance import Instance, Limit

OWNED = PurchaseOption("owned", 0.0, capex_usd=100.0, fixed_usd_per_month=10.0, life_months=60.0, residual_share=1.0)


def site(kw: float, existing: int = 0) -> Instance:
    """Owned nodes of 2 GPUs and 2 kW cost 10 USD a month and keep their value; rented ones 1 USD/h."""
    time = clock()
    kept = {"existing": PurchaseOption("existing", 0.0, fixed_usd_per_month=5.0, max_nodes=existing)}
    own = pool("own", time, gpus=2, provider="own", owned=OWNED, **(kept if existing else {}))
    return question(
        time, [stream("chat", [[6.0]])], [own, pool("rent", time, gpus=2, on_demand=1.0)],
        [runs("chat", "own", 1.0), runs("chat", "rent", 1.0)],
        limits={"power_kw": Limit(kw, "kW")}, power_limits=("power_kw",),
    )  # fmt: skip


def test_optimum_by_hand() -> None:
    # three nodes: all owned at 6 kW, two of them at 5 kW
    assert cost(site(6.0)) == near(30)
    assert cost(site(5.0)) == near(20 + 730)


def test_bites() -> None:
    assert_bites(site(5.0), "respect_power")


def test_existing_systems_draw_too() -> None:
    # 5 kW hold two nodes: the existing one (5 USD a month) and one bought
    p = site(5.0, existing=1)
    assert cost(p) == near(5 + 10 + 730)
    assert best(p).values["kept"] == {("own", 0): 1}
