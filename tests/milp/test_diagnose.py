"""An infeasible problem is explained by the smallest breach, and the figures given are enough."""

from dataclasses import replace

import pytest
from fleets import EXACT, batch, best, clock, pool, question, runs, stream, with_spot_share
from test_limit_configurations import limited as few_configurations
from test_oracle import random_instance
from test_respect_quotas import ALL_CHEAP, quota

from planner.errors import InfeasibleError
from planner.milp.diagnose import diagnosis
from planner.milp.instance import Budget, Instance, Limit, Quota
from planner.milp.prune import prune
from planner.milp.resilience import ProviderShare


def message(p: Instance) -> str:
    with pytest.raises(InfeasibleError) as caught:
        best(p)
    return str(caught.value)


def only_cheap(gpus: int, usd: float = 1e9) -> Instance:
    """8 req/s on nodes of 2 GPUs and two replicas at 2 USD/h: four nodes, 5840 USD a month."""
    time = clock()
    given = quota(gpus, *ALL_CHEAP)
    given["limits"] = {**given["limits"], "budget total": Limit(usd, "USD a month")}  # type: ignore[dict-item]
    return question(
        time, [stream("chat", [[8.0]])], [pool("cheap", time, gpus=2, on_demand=2.0)], [runs("chat", "cheap", 1.0)],
        budgets=(Budget("budget total", "total"),), **given,
    )  # fmt: skip


def test_the_one_limit_in_the_way_is_named_with_what_it_takes() -> None:
    text = message(only_cheap(5))
    assert "This is enough:\n  quota: 5 GPUs, 8 needed" in text
    assert "workload chat is short by 4 req/s in period 1 block 1" in text
    assert "Next: raise a limit" in text


def test_money_is_said_in_money() -> None:
    # four nodes at 2 USD/h: 5840 USD a month
    assert "budget total: 4,000 USD a month, 5,840 needed" in message(only_cheap(8, 4000.0))


def test_two_limits_together() -> None:
    text = message(only_cheap(5, 4000.0))
    assert "Only together are these enough:" in text
    assert "quota: 5 GPUs, 8 needed" in text
    assert "budget total: 4,000 USD a month, 5,840 needed" in text


def test_any_of_several() -> None:
    # chat may move to dear nodes if the budget allows, or stay on cheap ones if the quota allows
    time = clock()
    pools = [pool("cheap", time, gpus=2, on_demand=2.0), pool("dear", time, gpus=2, on_demand=5.0)]
    limits = {"quota": Limit(6, "GPUs"), "budget": Limit(5900.0, "USD a month")}
    p = question(
        time, [stream("chat", [[8.0]])], pools, [runs("chat", "cheap", 1.0), runs("chat", "dear", 1.0)],
        limits=limits, quotas=(Quota("quota", frozenset({("cheap", "on_demand")})),),
        budgets=(Budget("budget", "total"),),
    )  # fmt: skip
    text = message(p)
    assert "Any one of these is enough:" in text
    assert "quota: 6 GPUs, 8 needed" in text
    assert "budget: 5,900 USD a month, 8,030 needed" in text  # (3 × 2 + 5) × 730


def test_configurations_are_counted() -> None:
    p = few_configurations(1)
    assert "max_distinct_configurations: 1 configurations, 2 needed" in message(p)


def test_deferred_work_that_is_never_done() -> None:
    time = clock()
    p = question(
        time, [batch("jobs", [3.0] * 168, 24, time)], [pool("a", time, on_demand=1.0)], [runs("jobs", "a", 1.0)],
        limits={"max_gpus": Limit(2, "GPUs")}, gpu_limit="max_gpus",
    )  # fmt: skip
    text = message(p)
    assert "max_gpus: 2 GPUs, 3 needed" in text
    assert "workload jobs is short by 1 req/s on average in period 1" in text


def test_what_nothing_can_serve_is_refused_at_once() -> None:
    time = clock()
    p = question(time, [stream("jobs", [[4.0]])], [pool("a", time, spot=1.0)], [runs("jobs", "a", 1.0, kind="spot")])
    assert message(with_spot_share(p, "jobs", 0.5)) == "workload jobs: spot may serve 50% of it, and nothing else can"
    nowhere = message(replace(p, deployments=()))
    assert nowhere == "workload jobs: no configuration has a place to run jobs, and no API is offered"


@pytest.mark.parametrize("seed", [seed for seed in range(1000, 1060) if seed % 3 == 0])
def test_the_figures_given_are_enough(seed: int) -> None:
    """Whatever is said to be needed makes the problem feasible when granted."""
    p = random_instance(seed)
    try:
        best(p)
    except InfeasibleError:
        lines = [line.strip() for line in diagnosis(prune(p), EXACT).splitlines() if line.endswith(" needed")]
        granted = {line.split(":")[0]: float(line.split()[-2].replace(",", "")) for line in lines}
        together = "Only together" in diagnosis(prune(p), EXACT)
        for grant in [granted] if together else [{name: value} for name, value in granted.items()]:
            limits = {name: replace(p.limits[name], value=value) for name, value in grant.items()}
            assert best(replace(p, limits=p.limits | limits)).certificate.objective > 0


def test_shares_of_providers_are_loosened_by_trial() -> None:
    # five GPUs are needed, acme has three, beta's two may be a third: 2 of 5 is 40 %
    time = clock()
    pools = [pool("a", time, on_demand=1.0, provider="acme"), pool("b", time, on_demand=2.0, provider="beta")]
    quota = Quota("quota acme", frozenset({("a", "on_demand")}))
    p = question(
        time, [stream("chat", [[5.0]])], pools, [runs("chat", "a", 1.0), runs("chat", "b", 1.0)],
        limits={"quota acme": Limit(3, "GPUs"), "share of beta at most": Limit(0.33, "share")},
        quotas=(quota,), provider_shares=(ProviderShare("share of beta at most", "beta"),),
    )  # fmt: skip
    text = diagnosis(p, EXACT)
    assert "share of beta at most: 0.33 share, 0.4 needed" in text
    assert "quota acme: 3 GPUs, 4 needed" in text
    both = replace(p, limits=p.limits | {"share of beta at most": Limit(0.0, "share"), "quota acme": Limit(0, "GPUs")})
    assert "share of beta at most: 0 share, 1 needed" in diagnosis(both, EXACT)
