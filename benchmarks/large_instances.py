"""Large instances as numbers, the same for the same seed: list-like prices, roofline-like rates, weekly demand.

Nothing here is a fact about the world: the sizes and the structure are what is timed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.candidates.candidate import PurchaseOption
from planner.milp.arrays import Vector
from planner.milp.finance import commitment
from planner.milp.instance import (
    Api,
    Commitment,
    Deployment,
    Grid,
    Instance,
    Kind,
    Pool,
    Rental,
    Stream,
    Time,
    Workload,
)

HOURS_PER_WEEK = 168
HOURS_PER_MONTH = 730.0

Idea = tuple[str, float, int, int]  # pool, model size [B], GPUs, bytes per weight


@dataclass(frozen=True)
class Chip:
    """A GPU: memory [GiB], bandwidth [TB/s], dense bf16 [TFLOP/s], rent [USD/h]."""

    name: str
    memory_gib: float
    tb_per_s: float
    tflops: float
    usd_per_hour: float


@dataclass(frozen=True)
class Size:
    """How large an instance is."""

    workloads: int
    configs: int
    pools: int
    periods: int
    blocks: int
    scale: float = 10.0
    """Peak demand of a workload in units of about one node."""


CHIPS = (
    Chip("A10G", 24, 0.60, 70, 1.10),
    Chip("L4", 24, 0.30, 121, 0.80),
    Chip("L40S", 48, 0.86, 362, 1.90),
    Chip("A100-80", 80, 2.04, 312, 2.90),
    Chip("H100", 80, 3.35, 989, 4.20),
    Chip("H200", 141, 4.80, 989, 5.00),
    Chip("MI300X", 192, 5.30, 1307, 4.30),
    Chip("B200", 180, 8.00, 2250, 7.50),
)
MODELS_B = (3.0, 8.0, 14.0, 32.0, 70.0, 120.0, 235.0)
CASES = {
    "a": Size(workloads=10, configs=300, pools=30, periods=12, blocks=24),
    "b": Size(workloads=50, configs=2000, pools=80, periods=12, blocks=168),
    "M": Size(workloads=3, configs=40, pools=12, periods=4, blocks=24),
}


def large_instance(size: Size, seed: int) -> Instance:
    """An instance of exactly that many workloads, configurations, pools, periods and blocks."""
    rng = np.random.default_rng(seed)
    time = _time(size)
    chips, pools = _pools(size, time, rng)
    billions = rng.choice(MODELS_B, size.workloads, p=[0.15, 0.25, 0.15, 0.15, 0.2, 0.05, 0.05])
    spot_shares = np.where(rng.random(size.workloads) < 0.4, rng.choice([0.3, 0.6, 1.0], size.workloads), 0.0)
    ideas = list(_ideas(chips, pools, sorted(set(billions.tolist()))))
    chosen = [ideas[i] for i in sorted(rng.permutation(len(ideas))[: size.configs])]
    if len(chosen) < size.configs:
        raise ValueError(f"only {len(chosen)} configurations fit, {size.configs} asked")
    deployments: list[Deployment] = []
    streams, workloads, apis = {}, {}, []
    for number, (model_b, spot_share) in enumerate(zip(billions.tolist(), spot_shares.tolist(), strict=True)):
        name = f"w{number:02d}"
        tokens_in, tokens_out = float(rng.integers(300, 6000)), float(rng.integers(100, 900))
        mine = list(_deployments(name, model_b, (tokens_in, tokens_out), chosen, spot_share > 0))
        deployments += mine
        node_rate = float(np.median([d.rates[name] / d.gpus for d in mine])) * 8
        streams[name] = _stream(name, time, node_rate * size.scale * rng.lognormal(0, 0.6), rng)
        workloads[name] = Workload(name, (name,), spot_share)
        if number % 3 == 0:
            usd = (tokens_in + 4 * tokens_out) * 1e-6 * 0.25 * (model_b / 8) ** 0.6
            apis.append(Api(f"api-{model_b:g}b", name, usd, 0.5))
    return Instance("cost", time, workloads, streams, pools, tuple(deployments), tuple(apis))


def demand_scenarios(p: Instance, count: int, seed: int) -> list[dict[str, Stream]]:
    """Streams of `p` with another level, trend and noise each."""
    rng = np.random.default_rng(seed)
    periods = np.arange(len(p.time.months))[:, None]
    found = []
    for _ in range(count):
        streams = {}
        for name, one in p.streams.items():
            level, trend = rng.lognormal(0, 0.15), 1 + rng.normal(0, 0.02)
            planned = np.array(one.planned) * level * trend**periods * rng.lognormal(0, 0.05, np.shape(one.planned))
            streams[name] = Stream(name, one.workload, _grid(planned), one.expected_share)
        found.append(streams)
    return found


def _time(size: Size) -> Time:
    block_of_hour = tuple(hour * size.blocks // HOURS_PER_WEEK for hour in range(HOURS_PER_WEEK))
    if size.blocks == 24:
        block_of_hour = tuple(hour % 24 for hour in range(HOURS_PER_WEEK))
    counts = np.bincount(block_of_hour, minlength=size.blocks)
    months = 12 // size.periods
    hours = tuple((months * HOURS_PER_MONTH * counts / HOURS_PER_WEEK).tolist())
    return Time(
        months=(months,) * size.periods,
        discount=tuple(1.08 ** (-t * months / 12) for t in range(size.periods)),
        end_discount=1.08**-1,
        hours=(hours,) * size.periods,
        block_of_hour=block_of_hour,
        period_labels=tuple(f"period {t + 1}" for t in range(size.periods)),
        block_labels=tuple(f"block {b + 1}" for b in range(size.blocks)),
    )


def _pools(size: Size, time: Time, rng: np.random.Generator) -> tuple[dict[str, Chip], dict[str, Pool]]:
    chips, pools = {}, {}
    for number in range(size.pools):
        chip = CHIPS[number % len(CHIPS)]
        gpus = int(rng.choice([1, 4, 8], p=[0.15, 0.2, 0.65]))
        price = chip.usd_per_hour * gpus * rng.lognormal(0, 0.2)
        name = f"p{number:02d}/{chip.name}x{gpus}"
        rentals = {"on_demand": Rental(price)}
        if rng.random() < 0.6:
            rentals["spot"] = Rental(price * rng.uniform(0.35, 0.65), usable_share=float(rng.choice([0.8, 0.9])))
        chips[name] = chip
        pools[name] = Pool(
            name, f"v{number % 9}", f"r{number % 7}", chip.name, gpus, 1.2 * gpus, rentals,
            _commitments(price, time, rng),
        )  # fmt: skip
    return chips, pools


def _commitments(price: float, time: Time, rng: np.random.Generator) -> dict[str, Commitment]:
    options = [
        PurchaseOption("reserved_1y", price * rng.uniform(0.58, 0.75), term_months=12),
        PurchaseOption("reserved_3y", price * rng.uniform(0.42, 0.6), term_months=36, upfront_share=0.5),
    ]
    if rng.random() < 0.3:
        options.append(
            PurchaseOption(
                "owned",
                0.0,
                lead_months=3.0,
                capex_usd=price * HOURS_PER_MONTH * 12,
                life_months=48.0,
                residual_share=0.1,
                fixed_usd_per_month=price * HOURS_PER_MONTH * 0.18,
            )
        )
    return {option.form: commitment(option, time, "") for option in options}


def _ideas(chips: dict[str, Chip], pools: dict[str, Pool], sizes_b: list[float]) -> Iterator[Idea]:
    """(pool, model size, GPUs, bytes per weight) that fit their memory and their node."""
    for name, pool in pools.items():
        for billions in sizes_b:
            for weight_bytes in (1, 2):
                for tp in (1, 2, 4, 8):
                    if tp <= pool.gpus and billions * weight_bytes < 0.75 * tp * chips[name].memory_gib:
                        yield name, billions, tp, weight_bytes


def _deployments(
    workload: str, billions: float, tokens: tuple[float, float], ideas: list[Idea], spot: bool
) -> Iterator[Deployment]:
    by_name = {chip.name: chip for chip in CHIPS}
    for pool, model_b, tp, weight_bytes in ideas:
        if model_b != billions:
            continue
        chip = by_name[pool.split("/")[1].rsplit("x", 1)[0]]
        rate = 0.75 * _rate(chip, billions, tp, weight_bytes, tokens)
        config = f"{billions:g}b/{pool}/tp{tp}/{8 * weight_bytes}bit"
        kinds: tuple[Kind, ...] = ("firm", "spot") if spot else ("firm",)
        for kind in kinds:
            yield Deployment(workload, config, pool, kind, tp, {workload: rate})


def _rate(chip: Chip, billions: float, tp: int, weight_bytes: int, tokens: tuple[float, float]) -> float:
    """Requests/s at 50 ms a token: steps read weights and cache, prompts are computed in between."""
    tokens_in, tokens_out = tokens
    slowed = 1 + 0.06 * math.log2(tp)
    bandwidth = 0.7e12 * chip.tb_per_s * tp / slowed
    cache_bytes = 2.0e4 * billions**0.7 * (tokens_in + tokens_out / 2)
    room = (0.9 * chip.memory_gib * tp - billions * weight_bytes) * 1e9 / cache_bytes
    in_time = (0.050 * bandwidth - billions * weight_bytes * 1e9) / cache_bytes
    batch = max(1.0, min(room, in_time, 256))
    step_s = max(0.006, (billions * weight_bytes * 1e9 + batch * cache_bytes) / bandwidth)
    prefill_s = 2e9 * billions * tokens_in / (0.5e12 * chip.tflops * (2 if weight_bytes == 1 else 1) * tp / slowed)
    return float(batch / (tokens_out * step_s + batch * prefill_s))


def _stream(name: str, time: Time, peak: float, rng: np.random.Generator) -> Stream:
    hour = np.arange(HOURS_PER_WEEK)
    day = 0.5 + 0.5 * np.cos((hour % 24 - rng.uniform(11, 17)) / 24 * 2 * math.pi)
    weekend = np.where(hour // 24 >= 5, rng.uniform(0.4, 0.9), 1.0)
    week = (rng.uniform(0.15, 0.5) + day) * weekend * rng.lognormal(0, 0.08, HOURS_PER_WEEK)
    owner = np.array(time.block_of_hour)
    top = np.array([week[owner == b].max() for b in time.blocks])
    mean = np.array([week[owner == b].mean() for b in time.blocks])
    growth = (1 + rng.uniform(0.0, 0.06)) ** np.cumsum([0, *time.months[:-1]])
    planned = peak * growth[:, None] * (top / week.max())[None, :]
    return Stream(name, name, _grid(1.1 * planned), _grid(np.broadcast_to(mean / top / 1.1, planned.shape)))


def _grid(values: Vector) -> Grid:
    return tuple(map(tuple, values.tolist()))
