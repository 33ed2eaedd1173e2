"""Latency percentiles of one replica from its state.

TTFT = engine overhead + wait for prefills in progress + rest of the step in progress + own prefill.
The wait W has an exponential tail, P(W > w) = φ·e^(-w/θ): φ = rate · steps of a lone prompt is the share
of time somebody prefills, θ = (c_a² + c_s²)/2·(steps + service·ρ/(1 - ρ)): the rest of the prefill in
progress, and Kingman's queue behind it. A lone prompt holds whole steps; in a backlog prompts share full
chunks, which is what `service` and the utilisation ρ count. Request sizes
differ, so P(TTFT > t) is a sum over the class's cells; c_s² is the spread of prefill work over them.

TPOT of a request is high when the replica is crowded: TPOT at the percentile of N, whose spread the state
knows, extended by the elasticity; and when more prefills than usual ride on its steps (Poisson).

e2e = TTFT + decode steps·TPOT at the same percentile, summed over cells: percentiles are added, which is
on the safe side.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from planner.candidates.engine import Engine, State, own_prefill
from planner.candidates.rows import Array

BISECTIONS = 40
MOST_UTILIZATION = 0.999


@dataclass(frozen=True)
class Wait:
    """Tail of the wait for the prefill queue [R]."""

    chance: Array  # that a request waits at all, φ
    scale_s: Array  # θ
    mean_s: Array


def wait_of(engine: Engine, at: State) -> Wait:
    """Waiting time before the own prefill starts."""
    chance = np.clip(at.rate / engine.rows.pp * at.steps, 1e-12, MOST_UTILIZATION)
    spread = (engine.rows.arrival_scv + prefill_scv(engine, at)) / 2
    busy = np.minimum(at.utilization, MOST_UTILIZATION)
    scale = np.maximum((at.steps + at.service * busy / (1 - busy)) * spread, 1e-9)
    return Wait(chance=chance, scale_s=scale, mean_s=chance * scale)


def prefill_scv(engine: Engine, at: State) -> Array:
    """Squared coefficient of variation of the prefill work over request sizes."""
    work = at.token[:, None] * engine.rows.new_tokens + engine.step.prompt_attention_s
    mean = (engine.rows.share * work).sum(axis=1)
    square = (engine.rows.share * work**2).sum(axis=1)
    scv: Array = np.maximum(square / np.maximum(mean, 1e-12) ** 2 - 1, 0.0)
    return scv


def ttft_floor(engine: Engine, at: State, percentile: float) -> Array:
    """TTFT of each request size without queueing [s, R×C]."""
    return engine.k.first_token_overhead_s + own_prefill(engine, at) + (percentile * at.tpot)[:, None]


def ttft_mean(engine: Engine, at: State) -> Array:
    """Mean time to first token [s]."""
    own: Array = (engine.rows.share * own_prefill(engine, at)).sum(axis=1)
    return engine.k.first_token_overhead_s + own + at.tpot / 2 + wait_of(engine, at).mean_s


def tpot_at(engine: Engine, at: State, percentile: float) -> Array:
    """TPOT that a `percentile` share of requests stays below [s]."""
    z = NormalDist().inv_cdf(percentile)
    if z <= 0:
        return at.tpot
    crowd = (1 + z * at.spread / at.concurrency / 2) ** 2  # the square root of a count is close to normal
    crowded = at.tpot * crowd**at.elasticity
    riders = at.riding / engine.rows.decode_steps * (1 + prefill_scv(engine, at))
    from_prefills = z * at.prefill * np.sqrt(riders)
    total: Array = at.tpot + np.hypot(crowded - at.tpot, from_prefills)
    return total


def e2e_floor(engine: Engine, at: State, percentile: float) -> Array:
    """Whole request of each size without queueing [s, R×C]."""
    decode = tpot_at(engine, at, percentile)[:, None] * engine.rows.cell_steps
    return ttft_floor(engine, at, percentile) + decode


def exceedance(engine: Engine, wait: Wait, floor: Array, target: Array) -> Array:
    """Share of requests for which floor + wait > target [R]."""
    slack = target[:, None] - floor
    tail = wait.chance[:, None] * np.exp(-np.maximum(slack, 0.0) / wait.scale_s[:, None])
    share: Array = (engine.rows.share * np.where(slack < 0, 1.0, tail)).sum(axis=1)
    return share


def percentile_of(engine: Engine, wait: Wait, floor: Array, percentile: float) -> Array:
    """The time that a `percentile` share of requests stays below [s]."""
    used = engine.rows.share > 0
    low: Array = np.where(used, floor, np.inf).min(axis=1)
    high: Array = np.where(used, floor, 0.0).max(axis=1) - wait.scale_s * np.log(1 - percentile)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        over = exceedance(engine, wait, floor, middle) > 1 - percentile
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    return high
