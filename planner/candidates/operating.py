"""The largest rate within all limits, and the point at a given rate: each one bisection over concurrency."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.candidates.candidate import OperatingPoint
from planner.candidates.engine import Engine
from planner.candidates.queueing import (
    e2e_floor,
    exceedance,
    percentile_of,
    tpot_at,
    ttft_floor,
    ttft_mean,
)
from planner.candidates.rows import Array
from planner.candidates.state import State, peakedness, rate_at, state
from planner.candidates.waiting import wait_of
from planner.units import MS_PER_S

Mask = NDArray[np.bool_]
Targets = Mapping[tuple[str, float], Array]  # (metric, percentile) → seconds for each row, inf where not asked

LADDER = 0.1 * 4.0 ** np.arange(8)  # 0.1 … 1638 decoding requests
BISECTIONS = 18  # to 5 in a million of the concurrency
RATE_BISECTIONS = 36
LEAST_CONCURRENCY = 1e-6
NUDGE = 1.001  # just beyond the largest allowed concurrency: what fails there is what limits


@dataclass(frozen=True)
class Limit:
    """One thing that may stop a replica: its name, and whether it holds in a state [R]."""

    name: str
    holds: Callable[[State], Mask]


def limits_for(engine: Engine, targets: Targets) -> list[Limit]:
    """Memory, batch size, a stable prefill queue, and every latency target."""
    k = engine.k

    def cache_holds(at: State) -> Mask:
        """Attention-data-parallel groups hold their own requests, so each of them needs head-room of its own."""
        resident = at.concurrency + at.utilization * engine.rows.pp * engine.rows.dp
        spread = np.sqrt(resident * engine.rows.dp * peakedness(engine.rows))
        return resident + k.kv_headroom_sigmas * spread <= engine.memory.capacity

    def queue_holds(at: State) -> Mask:
        """Prefills keep up, and the tokens of a step fit into a chunk."""
        tokens = (at.riding * engine.prompt + at.concurrency / engine.rows.pp) / engine.rows.dp
        return (at.utilization < k.max_prefill_utilisation) & (tokens <= k.prefill_chunk_tokens)

    fixed = [
        Limit("kv cache", cache_holds),
        Limit("running requests", lambda at: at.concurrency <= k.max_running_requests),
        Limit("prefill queue", queue_holds),
    ]
    return [_target(engine, metric, share, seconds) for (metric, share), seconds in targets.items()] + fixed


def _target(engine: Engine, metric: str, percentile: float, seconds: Array) -> Limit:
    def tpot_holds(at: State) -> Mask:
        return tpot_at(engine, at, percentile) <= seconds

    def time_holds(at: State) -> Mask:
        floor = (ttft_floor if metric == "ttft" else e2e_floor)(engine, at, percentile)
        return exceedance(engine, wait_of(engine, at), floor, seconds) <= 1 - percentile

    return Limit(target_name(metric, percentile), tpot_holds if metric == "tpot" else time_holds)


def target_name(metric: str, percentile: float) -> str:
    """ "ttft p95", as reports call it."""
    return f"{metric} p{round(percentile * 100)}"


def largest(engine: Engine, limits: Sequence[Limit]) -> tuple[State, Mask]:
    """The state of largest concurrency within all limits, and whether there is one."""
    low = np.full(len(engine.rows), LEAST_CONCURRENCY)
    feasible = all_hold(limits, state(engine, low))
    high = np.maximum(engine.memory.capacity, LEAST_CONCURRENCY) * NUDGE
    low, high = _bracket(engine, limits, low, high)
    for _ in range(BISECTIONS):
        middle = np.sqrt(low * high)
        holds = all_hold(limits, state(engine, middle))
        low, high = np.where(holds, middle, low), np.where(holds, high, middle)
    return state(engine, low), feasible


def _bracket(engine: Engine, limits: Sequence[Limit], low: Array, high: Array) -> tuple[Array, Array]:
    """The lowest step of a ladder of concurrencies on which a limit breaks.

    A percentile may dip again far beyond its first breach, where prompts share steps; bisection alone
    could land there.
    """
    below, above, climbing = low, high, np.ones(len(low), dtype=np.bool_)
    for rung in LADDER:
        holds = all_hold(limits, state(engine, np.full(len(low), rung)))
        above = np.where(climbing & ~holds, np.minimum(rung, high), above)
        climbing &= holds
        below = np.where(climbing, rung, below)
    return below, above


def at_rate(engine: Engine, rate: Array) -> State:
    """The state at which each replica serves `rate` requests/s, or its fullest state where it cannot."""
    low = np.full(len(engine.rows), LEAST_CONCURRENCY)
    high = np.minimum(np.maximum(engine.memory.capacity, LEAST_CONCURRENCY), engine.k.max_running_requests)
    for _ in range(RATE_BISECTIONS):
        middle = np.sqrt(low * high)
        below = rate_at(engine, middle) <= rate
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return state(engine, low)


def all_hold(limits: Sequence[Limit], at: State) -> Mask:
    """Whether every limit holds in every row."""
    together: Mask = np.logical_and.reduce([limit.holds(at) for limit in limits])
    return together


def binding(engine: Engine, limits: Sequence[Limit], at: State) -> list[str]:
    """For each row the first limit that fails just beyond the state."""
    beyond = state(engine, at.concurrency * NUDGE)
    failing = np.array([~limit.holds(beyond) for limit in limits])
    return [limits[index].name for index in failing.argmax(axis=0)]


def points(engine: Engine, at: State) -> list[OperatingPoint]:
    """Every row's state as users see it."""
    wait = wait_of(engine, at)
    ttft = ttft_mean(engine, at)
    columns = {
        "requests_per_s": at.rate,
        "concurrency": at.concurrency,
        "ttft_mean_ms": ttft * MS_PER_S,
        "ttft_p95_ms": percentile_of(engine, wait, ttft_floor(engine, at, 0.95), 0.95) * MS_PER_S,
        "tpot_mean_ms": at.tpot * MS_PER_S,
        "tpot_p95_ms": tpot_at(engine, at, 0.95) * MS_PER_S,
        "e2e_mean_s": ttft + engine.rows.decode_steps * at.tpot,
        "prefill_utilization": at.utilization,
    }
    names = list(columns)
    return [
        OperatingPoint(**dict(zip(names, row, strict=True)))
        for row in zip(*map(np.ndarray.tolist, columns.values()), strict=True)
    ]
