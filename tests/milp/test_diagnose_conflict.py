"""The conflict that is named is one: no fleet with it, a fleet without any one of its members."""

from dataclasses import replace

import pytest
from fleets import EXACT, best, clock, pool, question, runs, stream, with_spot_share
from test_oracle import random_instance

from planner.errors import InfeasibleError
from planner.milp.arrays import arrays_from
from planner.milp.build import formulate
from planner.milp.diagnose import CONFLICT, diagnosis
from planner.milp.diagnose_conflict import conflicting
from planner.milp.highs import solve_arrays
from planner.milp.instance import Budget, Instance, Limit, Quota
from planner.milp.prune import prune


def has_fleet(p: Instance, broken: frozenset[str]) -> bool:
    m = formulate(p, relaxed=broken)
    m.minimise([])
    return solve_arrays(arrays_from(m), EXACT).values is not None


def test_only_what_is_in_the_way_is_named() -> None:
    # five GPUs are needed; the quota allows three on demand, spot may do 20 %; the budget is no matter
    time = clock()
    deployments = [runs("jobs", "a", 1.0), runs("jobs", "a", 1.0, kind="spot")]
    limits = {"quota": Limit(3, "GPUs"), "budget": Limit(1e9, "USD a month")}
    p = question(
        time, [stream("jobs", [[5.0]])], [pool("a", time, on_demand=2.0, spot=1.0)], deployments, limits=limits,
        quotas=(Quota("quota", frozenset({("a", "on_demand")})),), budgets=(Budget("budget", "total"),),
    )  # fmt: skip
    p = with_spot_share(p, "jobs", 0.2)
    assert conflicting(p, has_fleet) == ["spot_max_share of jobs 20%", "quota 3 GPUs"]
    assert f"{CONFLICT}spot_max_share of jobs 20%; quota 3 GPUs" in diagnosis(p, EXACT)
    assert best(replace(p, limits=limits | {"quota": Limit(4, "GPUs")}))
    assert best(with_spot_share(p, "jobs", 1.0))


def test_nodes_to_be_had_are_a_limit() -> None:
    time = clock()
    there = pool("a", time, on_demand=2.0)
    few = replace(there, rentals={"on_demand": replace(there.rentals["on_demand"], max_nodes=2)})
    p = question(time, [stream("jobs", [[5.0]])], [few], [runs("jobs", "a", 1.0)])
    assert conflicting(p, has_fleet) == ["2 nodes of a on_demand"]


@pytest.mark.parametrize("first", range(1000, 1060, 20))
def test_no_member_can_go(first: int) -> None:
    told = 0
    for seed in range(first, first + 20):
        p = prune(random_instance(seed))
        try:
            best(p)
        except InfeasibleError as error:
            names = conflicting(p, has_fleet)
            caps = {f"{name} {limit.value:,.10g} {limit.unit}": name for name, limit in p.limits.items()}
            if not names or not set(names) <= set(caps):
                continue
            told += 1
            assert "; ".join(names) in str(error)
            others = frozenset(caps.values()) - {caps[name] for name in names}
            assert not has_fleet(p, others)
            assert all(has_fleet(p, others | {caps[name]}) for name in names)
    assert told >= 1
