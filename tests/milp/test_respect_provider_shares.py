"""Providers keep to their shares of the GPU-hours at work."""

import pytest
from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.errors import InfeasibleError
from planner.milp.instance import Instance, Limit
from planner.milp.resilience import ProviderShare


def two_providers(demand: float = 4.0, blocks: int = 1, **shares: float) -> Instance:
    """Single GPUs at 1 USD/h from acme and 2 USD/h from beta; `acme_most=0.5` and the like."""
    time = clock(blocks=blocks)
    pools = [pool("a", time, on_demand=1.0, provider="acme"), pool("b", time, on_demand=2.0, provider="beta")]
    asked = tuple(
        ProviderShare(name, name.partition("_")[0], at_least=name.endswith("least")) for name in sorted(shares)
    )
    grid = [[demand] + [1.0] * (blocks - 1)]
    return question(
        time, [stream("chat", grid)], pools, [runs("chat", "a", 1.0), runs("chat", "b", 1.0)],
        limits={name: Limit(share, "share") for name, share in shares.items()}, provider_shares=asked,
    )  # fmt: skip


def test_optimum_by_hand() -> None:
    # four GPUs: all from acme, or half of them, or one of them at least from beta (a quarter)
    assert cost(two_providers()) == near(4 * 730)
    assert cost(two_providers(acme_most=0.5)) == near((2 + 4) * 730)
    assert cost(two_providers(beta_least=0.25)) == near((3 + 2) * 730)
    # three GPUs: two of three are too many for a half, so an idle fourth or two dear ones: 1 + 2 × 2 = 5
    assert cost(two_providers(demand=3.0, acme_most=0.5)) == near(5 * 730)


def test_bites() -> None:
    assert_bites(two_providers(acme_most=0.5), "respect_provider_shares")
    assert_bites(two_providers(beta_least=0.25), "respect_provider_shares")


def test_shares_are_of_the_whole_period() -> None:
    # 4 GPUs half the time and 1 the other half: 2.5 GPU-periods; half of them, 1.25, from beta: 2 and a half of 1
    p = two_providers(blocks=2, beta_least=0.4)
    nodes = best(p).values["on_demand"]
    hours = {where: sum(n for (name, _, _), n in nodes.items() if name == where) * 365 for where in ("a", "b")}
    assert hours["b"] >= 0.4 * (hours["a"] + hours["b"]) - 1e-6
    assert cost(p) == near(365 * (3 + 2 * 2))  # two of five GPU-halves from beta


def test_contradictions_are_said_plainly() -> None:
    with pytest.raises(InfeasibleError, match=r"leave 30% of the GPU-hours to nobody: at most acme 40%, beta 30%"):
        best(two_providers(acme_most=0.4, beta_most=0.3))
    with pytest.raises(InfeasibleError, match=r"gamma_least: nothing of gamma is on offer"):
        best(two_providers(gamma_least=0.1))
