"""Our formulation against the published one of request-size slices, on generated fleets of several GPU types.

    python benchmarks/slices.py [instances]

An instance is a rate of 8 to 256 requests/s, shared out over 10 x 10 sizes (input x output), and 4 to 10 GPU types at
their prices in the catalogue, give or take a fifth; what a GPU of a type serves of a size is the performance model's
largest rate of llama-2-7b within a TPOT of 40 to 120 ms (model and targets as published). A size that a type
cannot serve goes elsewhere.

The other side is Mélange's formulation (Griggs et al., 2024), restated here: each size is cut into 8 equal slices,
a slice goes whole to one type, loads add up to at most the number of GPUs of a type, the bill is least. It is built and
solved as it was published, by CBC through PuLP with 20 s. Ours is the planner's own: gathered numbers in, plan out,
with pruning, proof at a gap of zero and ties broken. Both are timed from the same numbers to the answer.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from time import perf_counter

import numpy as np
import pulp

from planner.candidates.constants import constants_for
from planner.candidates.engine import engine_of
from planner.candidates.layouts import Layout
from planner.candidates.links import Fabric
from planner.candidates.operating import largest, limits_for
from planner.candidates.precision import precision_for, why_not
from planner.candidates.rows import Replica, rows_from
from planner.candidates.shape import shape_of
from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog
from planner.demand.types import LengthMix
from planner.milp.highs import Search
from planner.milp.instance import Deployment, Instance, Pool, Rental, Stream, Time, Workload
from planner.milp.optimise import optimise_instance

INSTANCES = 50
SIZES = 10
INPUTS = np.geomspace(25, 8000, SIZES)
OUTPUTS = np.geomspace(25, 1500, SIZES)
TYPES = (4, 10)
RATES = (8.0, 256.0)
TPOTS_S = (0.04, 0.06, 0.08, 0.12)
PRICE_SPREAD = 0.2
SLICE_FACTOR = 8
CBC_LIMIT_S = 20
MODEL = "llama-2-7b"
OURS = Search(time_limit_s=20, mip_gap=0.0, threads=1, seed=1)
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Case:
    """What both sides are given: prices by type [USD/h], rates by size and type, demand by size [requests/s]."""

    usd: dict[str, float]
    served: dict[tuple[int, str], float]
    demand: dict[int, float]


@dataclass(frozen=True)
class Outcome:
    """An answer: what it costs an hour, how long it took, and whether it was proven the best of its kind."""

    usd: float
    seconds: float
    proven: bool


def prices(catalog: Catalog) -> dict[str, float]:
    """The cheapest on-demand price of one GPU of each type [USD/h]."""
    found: dict[str, float] = {}
    for offer in catalog.offers.values():
        if offer.on_demand_usd_per_hour is not None:
            usd = offer.on_demand_usd_per_hour / offer.gpus
            found[offer.gpu] = min(usd, found.get(offer.gpu, usd))
    return found


def largest_rates(catalog: Catalog, tpot_s: float) -> dict[tuple[int, str], float]:
    """What one GPU of each type serves of each size; sizes and types that do not go together are left out."""
    k, model = constants_for(catalog.calibration, ""), catalog.models[MODEL]
    keys, replicas = [], []
    for gpu in catalog.gpus.values():
        if gpu.kind != "gpu" or "bf16" not in gpu.tflops or why_not(gpu, "bf16", "bf16"):
            continue
        for size in range(SIZES * SIZES):
            lengths = LengthMix(INPUTS[[size // SIZES]], OUTPUTS[[size % SIZES]], np.ones(1))
            shape = shape_of(lengths, 0.0, model.attention, k.oversize_request_share)
            formats = precision_for(model, gpu, "bf16", "bf16")
            fabric = Fabric(gpu, gpu.link_domain_gpus)
            replicas.append(Replica(model, fabric, Layout(1, 1), formats, shape, 1.0, 1.0))
            keys.append((size, gpu.id))
    engine = engine_of(rows_from(replicas, k), k)
    best, feasible = largest(engine, limits_for(engine, {("tpot", 0.95): np.full(len(replicas), tpot_s)}))
    works = feasible & (engine.memory.capacity >= 1) & (engine.memory.long_request <= engine.memory.pool)
    rates = zip(keys, best.rate.tolist(), works.tolist(), strict=True)
    return {key: rate for key, rate, usable in rates if usable and rate > 0}


def case(seed: int, usd: Mapping[str, float], tables: Mapping[float, dict[tuple[int, str], float]]) -> Case:
    """One generated instance; every size can be served by some type."""
    rnd = random.Random(seed)
    rates = tables[rnd.choice(TPOTS_S)]
    able = sorted({gpu for size, gpu in rates if gpu in usd})
    everything = [gpu for gpu in able if all((size, gpu) in rates for size in range(SIZES * SIZES))]
    types = {rnd.choice(everything)}
    types |= set(rnd.sample([gpu for gpu in able if gpu not in types], rnd.randint(*TYPES) - 1))
    log_in, log_out = rnd.uniform(2, 7), rnd.uniform(2, 6)
    weights = {
        size: np.exp(
            -((i - log_in) ** 2) / rnd.uniform(4, 16) - (o - log_out) ** 2 / rnd.uniform(4, 16)
        ) * rnd.uniform(0.5, 1.5)
        for size in range(SIZES * SIZES)
        for i, o in [divmod(size, SIZES)]
    }  # fmt: skip
    total = np.exp(rnd.uniform(*np.log(RATES))) / sum(weights.values())
    return Case(
        usd={gpu: usd[gpu] * rnd.uniform(1 - PRICE_SPREAD, 1 + PRICE_SPREAD) for gpu in sorted(types)},
        served={(size, gpu): rate for (size, gpu), rate in rates.items() if gpu in types},
        demand={size: float(weight * total) for size, weight in weights.items()},
    )


def ours(one: Case) -> Outcome:
    """The planner's own search: one period, one block, one GPU a node."""
    started = perf_counter()
    time = Time((1,), (1.0,), 1.0, ((1.0,),), (0,) * 168, ("month",), ("all",))
    names = {size: f"chat/{size}" for size in one.demand}
    grid = {size: ((rate,),) for size, rate in one.demand.items()}
    p = Instance(
        objective="cost",
        time=time,
        workloads={"chat": Workload("chat", tuple(names.values()))},
        streams={names[size]: Stream(names[size], "chat", grid[size], ((1.0,),)) for size in one.demand},
        pools={
            gpu: Pool(gpu, "any", "any", gpu, 1, 1.0, {"on_demand": Rental(usd)}, {}) for gpu, usd in one.usd.items()
        },
        deployments=tuple(
            Deployment(
                "chat", gpu, gpu, "firm", 1, {names[size]: r for (size, on), r in one.served.items() if on == gpu}
            )
            for gpu in one.usd
        ),
    )
    certificate = optimise_instance(p, "highs", OURS).certificate
    return Outcome(certificate.objective, perf_counter() - started, certificate.gap <= TOLERANCE)


def slices(one: Case) -> Outcome:
    """The published formulation by CBC."""
    started = perf_counter()
    problem = pulp.LpProblem("slices", pulp.LpMinimize)
    gpus = {gpu: pulp.LpVariable(f"gpus_{n}", 0, cat="Integer") for n, gpu in enumerate(one.usd)}
    problem += pulp.lpSum(one.usd[gpu] * number for gpu, number in gpus.items())
    loads: dict[str, list[object]] = {gpu: [] for gpu in gpus}
    for size, rate in one.demand.items():
        able = [(n, gpu) for n, gpu in enumerate(gpus) if (size, gpu) in one.served]
        for part in range(SLICE_FACTOR):
            assigned = {gpu: pulp.LpVariable(f"x_{size}_{part}_{n}", cat="Binary") for n, gpu in able}
            problem += pulp.lpSum(assigned.values()) == 1
            for gpu, chosen in assigned.items():
                loads[gpu].append(rate / SLICE_FACTOR / one.served[size, gpu] * chosen)
    for gpu, load in loads.items():
        problem += pulp.lpSum(load) <= gpus[gpu]
    problem.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=CBC_LIMIT_S))
    seconds = perf_counter() - started
    found = problem.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
    usd = sum(one.usd[gpu] * round(number.varValue) for gpu, number in gpus.items()) if found else float("inf")
    return Outcome(usd, seconds, problem.sol_status == pulp.LpSolutionOptimal and seconds < CBC_LIMIT_S)


def told(outcomes: Sequence[tuple[Outcome, Outcome]]) -> str:
    """The figures that matter, over all instances."""
    more = [theirs.usd / mine.usd - 1 for mine, theirs in outcomes]
    dearer = [one for one in more if one > TOLERANCE]
    ratios = [theirs.seconds / mine.seconds for mine, theirs in outcomes]
    mine_s, theirs_s = (median(pair[side].seconds for pair in outcomes) for side in (0, 1))
    proven = [sum(pair[side].proven for pair in outcomes) for side in (0, 1)]
    lines = [f"{len(outcomes)} instances; proven: ours {proven[0]}, slices {proven[1]}"]
    lines.append(f"ours dearer in {sum(one < -TOLERANCE for one in more)}, slices in {len(dearer)}")
    if dearer:
        lines[-1] += f": there by {median(dearer):.2%} (median), at most {max(dearer):.0%}"
    lines.append(f"median {mine_s:.3f} s against {theirs_s:.2f} s, {theirs_s / mine_s:.0f} times shorter")
    lines.append(f"ratios of the times: median {median(ratios):.0f}, least {min(ratios):.1f}, most {max(ratios):.0f}")
    return "\n".join(lines)


def main(instances: int) -> None:
    catalog = load_catalog(as_of=datetime.now(tz=UTC).date())
    usd = prices(catalog)
    tables = {tpot: largest_rates(catalog, tpot) for tpot in TPOTS_S}
    outcomes = []
    print("seed types requests/s   ours USD/h       s   slices USD/h       s   dearer  ratio")
    for seed in range(instances):
        one = case(seed, usd, tables)
        mine, theirs = ours(one), slices(one)
        outcomes.append((mine, theirs))
        print(
            f"{seed:4d} {len(one.usd):5d} {sum(one.demand.values()):10.1f} {mine.usd:12.4f} {mine.seconds:7.3f}"
            f" {theirs.usd:14.4f}{' ' if theirs.proven else '*'}{theirs.seconds:7.2f} {theirs.usd / mine.usd - 1:8.2%}"
            f" {theirs.seconds / mine.seconds:6.0f}",
            flush=True,
        )
    print(f"* stopped by its {CBC_LIMIT_S} s\n\n{told(outcomes)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else INSTANCES)
