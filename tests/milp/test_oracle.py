"""On random tiny instances the optimum equals enumeration; leaving columns out does not change it."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from fleets import EXACT, clock, pool, question, runs, stream, with_spot_share
from oracle import brute_force

from planner.candidates.candidate import PurchaseOption
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.highs import solve_arrays
from planner.milp.instance import Api, Budget, Deployment, Instance, Limit, Pool, Quota, Stream, Time
from planner.milp.prune import prune

MOST_NODES = 2


def random_instance(seed: int) -> Instance:
    """One or two periods, blocks, pools and workloads; now and then a limit of every kind."""
    rnd = random.Random(seed)
    periods, blocks = rnd.choice([(1, 1), (1, 2), (2, 1)])
    time = clock(periods=periods, blocks=blocks, months=rnd.choice([1, 12]), rate=rnd.choice([0.0, 0.1]))
    pools = [random_pool(rnd, time, f"p{i}") for i in range(rnd.randint(1, 2))]
    workloads = [f"w{i}" for i in range(rnd.randint(1, 2))]
    streams = [one for name in workloads for one in random_streams(rnd, name, time)]
    rates: dict[str, dict[str, float]] = {}
    deployments = [
        one for name in workloads for where in pools for one in random_runs(rnd, name, streams, where, rates)
    ]
    p = question(time, streams, pools, deployments, apis=random_apis(rnd, streams, workloads))
    return random_limits(rnd, p)


def random_pool(rnd: random.Random, time: Time, name: str) -> Pool:
    gpus = rnd.choice([1, 2, 4])
    base = rnd.uniform(0.5, 2.0) * gpus
    forms: dict[str, PurchaseOption] = {"on_demand": PurchaseOption("on_demand", base)}
    if rnd.random() < 0.4:
        forms["spot"] = PurchaseOption("spot", base * rnd.uniform(0.3, 0.8), usable_share=rnd.choice([0.75, 1.0]))
    extra = rnd.random()
    if extra < 0.35:
        upfront = rnd.choice([0.0, 0.5])
        price = base * rnd.uniform(0.4, 0.9)
        forms["reserved_1y"] = PurchaseOption("reserved_1y", price, term_months=12, upfront_share=upfront)
    elif extra < 0.5:
        forms["owned"] = PurchaseOption(
            "owned", 0.0, lead_months=rnd.choice([0.0, 1.0]), capex_usd=base * 20000, fixed_usd_per_month=base * 50,
            life_months=60.0, residual_share=0.2,
        )  # fmt: skip
    elif extra < 0.65:
        forms["existing"] = PurchaseOption("existing", 0.0, fixed_usd_per_month=base * 100, max_nodes=rnd.randint(1, 2))
    elif extra < 0.85:
        forms["capacity_block"] = PurchaseOption(
            "capacity_block", base * rnd.uniform(0.4, 1.1), term_months=time.months[0], upfront_share=1.0,
            first_period=rnd.choice(time.periods),
        )  # fmt: skip
    limited = "owned" in forms or ("capacity_block" in forms and rnd.random() < 0.5)
    return pool(name, time, gpus=gpus, limit="max_systems" if limited else "", **forms)


def random_streams(rnd: random.Random, workload: str, time: Time) -> list[Stream]:
    def grid(most: float) -> list[list[float]]:
        return [[round(rnd.uniform(0, most), 1) for _ in time.blocks] for _ in time.periods]

    if rnd.random() < 0.25:
        return [stream(f"{workload}/{size}", grid(1.5), workload) for size in ("short", "long")]
    return [stream(workload, grid(3.0), expected=rnd.choice([1.0, 0.7]))]


def random_runs(
    rnd: random.Random, workload: str, streams: list[Stream], where: Pool, known: dict[str, dict[str, float]]
) -> list[Deployment]:
    """A configuration has the same rates in every pool."""
    mine = [one.id for one in streams if one.workload == workload]
    spares = rnd.choice([0, 0, 1]) if len(mine) == 1 else 0
    spot = "spot" in where.rentals and not spares and rnd.random() < 0.7
    found = []
    for gpus in [1, 2][: rnd.randint(1, 2 if len(mine) == 1 else 1)]:
        if gpus <= where.gpus:
            config = f"{workload}/tp{gpus}" if rnd.random() < 0.7 else f"{workload}/{where.id}/tp{gpus}"
            rates = known.setdefault(config, {name: round(rnd.uniform(0.6, 2.2) * gpus, 1) for name in mine})
            kinds = ["firm", "spot"] if spot else ["firm"]
            found += [runs(workload, where.id, rates, gpus, kind=kind, spares=spares, config=config) for kind in kinds]
    return found


def random_apis(rnd: random.Random, streams: list[Stream], workloads: list[str]) -> tuple[Api, ...]:
    alone = [one.id for one in streams if one.id in workloads]
    return tuple(
        Api("hosted", name, rnd.uniform(0.5, 4) * 1e-4, max_share=rnd.choice([0.4, 1.0]))
        for name in alone
        if rnd.random() < 0.3
    )


def random_limits(rnd: random.Random, p: Instance) -> Instance:
    options = sorted((pool.id, form) for pool in p.pools.values() for form in (*pool.rentals, *pool.commitments))
    rented = [option for option in options if option[1] != "owned"]
    limits = {"max_systems": Limit(rnd.randint(0, 2), "systems")}
    more: dict[str, object] = {}
    if rnd.random() < 0.3:
        limits["quota"] = Limit(rnd.randint(1, 6), "GPUs")
        first, last = (0, None) if rnd.random() < 0.6 else rnd.choice([(0, 0), (1, None)])
        more["quotas"] = (Quota("quota", frozenset(rnd.sample(rented, rnd.randint(1, len(rented)))), first, last),)
    if rnd.random() < 0.2:
        limits["max_gpus"] = Limit(rnd.randint(2, 8), "GPUs")
        more["gpu_limit"] = "max_gpus"
    if rnd.random() < 0.2:
        limits["most"] = Limit(rnd.randint(1, 2), "configurations")
        more["configuration_limit"] = "most"
    if rnd.random() < 0.25:
        limits["budget"] = Limit(rnd.uniform(500, 6000) * p.time.months[0], "USD")
        more["budgets"] = (Budget("budget", rnd.choice(["total", "opex", "capex"])),)
    if rnd.random() < 0.2:
        limits["power"] = Limit(rnd.uniform(0.5, 5), "kW")
        more["power_limits"] = ("power",)
    p = replace(p, limits=limits, **more)
    for name, workload in p.workloads.items():
        if len(workload.streams) == 1 and rnd.random() < 0.4:
            p = with_spot_share(p, name, rnd.choice([0.0, 0.5, 0.8]))
    return p


def optimum(p: Instance) -> float:
    """The MILP's optimum with at most MOST_NODES of anything, as the enumeration has it."""
    m = build(p)
    a = arrays_from(m)
    nodes = [column.family in {"bought", "kept", "on_demand", "spot"} for column in m.columns]
    capped = replace(a, upper=np.where(nodes, np.minimum(a.upper, MOST_NODES), a.upper))
    return solve_arrays(capped, EXACT).objective


@pytest.mark.parametrize("start", range(0, 220, 10))
def test_optimum_equals_enumeration(start: int) -> None:
    for seed in range(start, start + 10):
        p = random_instance(seed)
        assert optimum(p) == pytest.approx(brute_force(p, MOST_NODES), rel=1e-6, abs=1e-6), seed


@pytest.mark.parametrize("start", range(0, 400, 40))
def test_pruning_keeps_the_optimum(start: int) -> None:
    for seed in range(start, start + 40):
        p = random_instance(seed)
        full, pruned = (solve_arrays(arrays_from(build(one)), EXACT).objective for one in (p, prune(p)))
        assert pruned == pytest.approx(full, rel=1e-6, abs=1e-6) or (math.isinf(full) and math.isinf(pruned)), seed
