"""What is left when any one zone, region or provider is lost still serves the share asked for."""

from dataclasses import replace

import pytest
from fleets import EXACT, assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.errors import InfeasibleError
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.instance import Api, Instance
from planner.milp.nearest import bound_with_few_losses, nearest, with_few_domains
from planner.milp.resilience import Survival, Unserved
from planner.milp.start import from_fewer


def places(loss: str, share: float = 1.0, zones: int = 1, demand: float = 4.0, count: int = 3) -> Instance:
    """Single GPUs at 1, 2, 3 USD/h from as many providers; each serves 1 request/s."""
    time = clock()
    pools = [pool(f"p{i}", time, on_demand=1.0 + i, provider=f"v{i}") for i in range(count)]
    deployments = [runs("chat", one.id, 1.0) for one in pools]
    survival = Survival(loss, share, frozenset({"chat"}), zones)  # type: ignore[arg-type]
    return question(time, [stream("chat", [[demand]])], pools, deployments, survival=survival)


def test_optimum_by_hand() -> None:
    # lose any provider and keep 4: with two providers 4 + 4 = 12 USD/h, with three 2 + 2 + 2 = 12 too; 4 + 4 + 0
    # and 3 + 3 + 1 = 3 + 6 + 3 = 12: all equal
    assert cost(places("provider")) == near(12 * 730)
    # half of it: lose the cheap one and 2 must be left: 4 − x there, so 2 + 2 × 2 = 6
    assert cost(places("provider", share=0.5)) == near(6 * 730)
    assert cost(replace(places("provider"), survival=None)) == near(4 * 730)


def test_bites() -> None:
    assert_bites(places("provider"), "survive_loss")
    assert_bites(places("region", share=0.5), "survive_loss")
    assert_bites(places("zone", zones=3), "survive_loss")


def test_regions_of_one_provider_are_lost_one_by_one() -> None:
    p = places("region")
    together = {name: replace(one, provider="acme", region=f"r{name}") for name, one in p.pools.items()}
    assert cost(replace(p, pools=together)) == near(12 * 730)
    same = {name: replace(one, provider="acme", region="r1") for name, one in p.pools.items()}
    with pytest.raises(InfeasibleError, match=r"without region acme/r1 nothing firm is left"):
        best(replace(p, pools=same))


@pytest.mark.parametrize(("zones", "replicas"), [(2, 8), (3, 6), (5, 5)])
def test_zones_lose_their_even_part(zones: int, replicas: int) -> None:
    # n − ceil(n / zones) ≥ 4 in the one cheap place: 8 of two, 6 of three, 5 of five zones
    assert cost(places("zone", zones=zones)) == near(min(replicas, 12) * 730)


def test_an_own_site_is_one_zone() -> None:
    p = places("zone", zones=3, count=2)
    own = {**p.pools, "p0": replace(p.pools["p0"], provider="own", region="own")}
    # four rented ones (8) for when the site is lost; two own ones (2) beside the two left when one of three zones is
    assert cost(replace(p, pools=own)) == near(10 * 730)


def test_apis_take_their_share_and_may_be_lost_too() -> None:
    p = places("provider", count=2)
    api = Api("hosted", "chat", 1.0, max_share=0.5, provider="elsewhere")
    # without a provider the API takes half: two are left in either place, and the API may be lost: 4 in all
    assert cost(replace(p, apis=(api,))) == near((2 + 2 * 2) * 730)
    # the API of a provider that is lost goes with it
    assert cost(replace(p, apis=(replace(api, provider="v0"),))) == near((4 * 2 + 2 * 1) * 730)


def test_spot_does_not_count() -> None:
    p = places("provider", count=2)
    spot = {
        name: replace(one, rentals={**one.rentals, "spot": one.rentals["on_demand"]}) for name, one in p.pools.items()
    }
    both = (*p.deployments, *(replace(one, kind="spot") for one in p.deployments))
    assert cost(replace(p, pools=spot, deployments=both)) == near(12 * 730)


def test_sizes_are_routed_anew_for_every_loss() -> None:
    # short requests: 4/s on either GPU; long: 1/s on v0's, 2/s on v1's. 4 short and 2 long a second need 3 GPUs of v0
    # (1 + 2) or 2 of v1 (1 + 1); all of v0 is lost: 2 of v1; all of v1 is lost: 3 of v0
    time = clock()
    pools = [pool(f"p{i}", time, on_demand=1.0 + i, provider=f"v{i}") for i in range(2)]
    demand = [stream("chat/short", [[4.0]], "chat"), stream("chat/long", [[2.0]], "chat")]
    deployments = [
        runs("chat", "p0", {"chat/short": 4.0, "chat/long": 1.0}, config="a"),
        runs("chat", "p1", {"chat/short": 4.0, "chat/long": 2.0}, config="b"),
    ]
    p = question(time, demand, pools, deployments, survival=Survival("provider", 1.0, frozenset({"chat"})))
    assert cost(p) == near((3 * 1 + 2 * 2) * 730)
    assert_bites(p, "survive_loss")
    rerouted = best(p).values["rerouted"]
    for lost, left in (("v0", "p1"), ("v1", "p0")):
        for name, rate in (("chat/short", 4.0), ("chat/long", 2.0)):
            assert sum(v for key, v in rerouted.items() if key[:2] == (lost, name)) == near(rate)
            assert {key[3] for key in rerouted if key[0] == lost} == {left}


def test_what_is_left_unserved_anyway_needs_not_survive() -> None:
    # at 0.0005 USD a request (1.8 USD/h for 1/s) serving with a standby (3 USD/h) is not worth it
    p = places("provider", count=2)
    priced = replace(p.streams["chat"], unserved=Unserved(0.0005))
    assert cost(replace(p, streams={"chat": priced})) == near(4 * 1.8 * 730)


def test_deferrable_and_exempt_workloads_are_left_alone() -> None:
    p = places("provider")
    exempt = replace(p, survival=Survival("provider", 1.0, frozenset()))
    assert cost(exempt) == near(4 * 730)


def many_places() -> Instance:
    """Eight providers at ever higher prices, each with two GPU types that share two sizes."""
    time = clock(blocks=2)
    pools = [
        pool(f"p{i}{kind}", time, on_demand=(1.0 + 0.1 * i) * usd, provider=f"v{i}")
        for i in range(8) for kind, usd in (("a", 1.0), ("b", 1.7))
    ]  # fmt: skip
    rates = {"a": {"chat/1": 4.0, "chat/2": 1.0}, "b": {"chat/1": 4.0, "chat/2": 2.0}}
    deployments = [runs("chat", one.id, rates[one.id[-1]], config=one.id[-1]) for one in pools]
    streams = [stream(f"chat/{n}", [[4.0, 6.0]], workload="chat") for n in (1, 2)]
    survival = Survival("provider", 1.0, frozenset({"chat"}), 1)
    return question(time, streams, pools, deployments, survival=survival)


def test_a_large_question_begins_with_few_domains_and_is_bounded_by_the_loss_of_those() -> None:
    p = many_places()
    m = build(p)
    a = arrays_from(m)
    assert nearest(p, m) is None  # small enough to be searched at once
    fewer = with_few_domains(p)
    assert {fewer.pools[name].provider for name in fewer.pools} <= {f"v{i}" for i in range(6)}
    start = from_fewer(fewer, m, a, EXACT)
    assert start is not None
    assert a.worst_breach(start) <= 1e-6
    optimum = cost(p)
    assert float(a.cost @ start) == near(cost(fewer))
    bound, without = bound_with_few_losses(p, m, a, EXACT), cost(replace(p, survival=None))
    assert without * (1 - 1e-6) <= bound <= optimum * (1 + 1e-6)
    assert without < optimum <= float(a.cost @ start) * (1 + 1e-6)
