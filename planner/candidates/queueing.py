"""Latency percentiles of one replica from its state.

TTFT = engine overhead + wait (`waiting.py`) + own prefill. Request sizes differ, so P(TTFT > t) is a sum over the
class's cells.

TPOT of a request is high when the replica is crowded: TPOT at the percentile of N, whose variance the state
knows, as a request sees N averaged over its own steps; and when more prefills than usual ride on its steps (Poisson).

e2e = TTFT + decode steps·TPOT at the same percentile, summed over cells: percentiles are added, which is
on the safe side.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from planner.candidates.engine import Engine
from planner.candidates.rows import Array
from planner.candidates.state import State, own_prefill
from planner.candidates.waiting import Spell, Wait, prefill_scv, wait_of

BISECTIONS = 40
OWN_AVERAGE = 2 / 3  # of the variance of N is left in its average over a request's stay, as long as N's own memory
HELD_UP = 0.55  # of a crowd's feedback comes while it still grows: 1/(1 - 0.55·f) is close to 1/√(1 - f)


def ttft_floor(engine: Engine, at: State, _percentile: float) -> Array:
    """TTFT of each request size without waiting, the same at every percentile [s, R×C]."""
    return engine.k.first_token_overhead_s + own_prefill(engine, at)


def ttft_mean(engine: Engine, at: State) -> Array:
    """Mean time to first token [s]."""
    own: Array = (engine.rows.share * own_prefill(engine, at)).sum(axis=1)
    return engine.k.first_token_overhead_s + own + wait_of(engine, at).mean_s


def tpot_at(engine: Engine, at: State, percentile: float) -> Array:
    """TPOT that a `percentile` share of requests stays below [s]."""
    z = NormalDist().inv_cdf(percentile)
    if z <= 0:
        return at.tpot
    noise, held = z * np.sqrt(at.bunching * OWN_AVERAGE) / 2, HELD_UP * at.feedback
    root = (noise + np.sqrt(held * noise**2 + at.concurrency * (1 - held) ** 2)) / (1 - held)
    met = -np.expm1(-at.concurrency / (1 - percentile))  # fewer requests than that share meet anybody
    crowded = at.tpot + at.slope * (root**2 - at.concurrency) * met
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
    longer = _longer(wait, target[:, None] - floor)
    share: Array = (engine.rows.share * longer).sum(axis=1)
    return share


def _longer(wait: Wait, slack: Array) -> Array:
    """Chance that the wait is longer than `slack` [R, C]."""
    calm = _part(wait.calm_spell, slack)
    passed = slack - wait.busy_spell.low[:, None]
    width, scale = wait.busy_spell.width[:, None], wait.scale_s[:, None]
    inside = np.clip(passed, 0.0, width)
    plain = 1 - inside / width
    beyond = np.exp(-np.maximum(passed - width, 0.0) / scale)
    behind = (plain - scale / width * np.expm1(-inside / scale)) * beyond
    busy = plain + wait.queued[:, None] * (behind - plain)
    longer: Array = calm + wait.busy[:, None] * (busy - calm)
    return longer


def _part(spell: Spell, slack: Array) -> Array:
    """Share of an even spread that lies beyond `slack` [R, C]."""
    part: Array = np.clip(spell.high[:, None] - slack, 0.0, spell.width[:, None]) / spell.width[:, None]
    return part


def percentile_of(engine: Engine, wait: Wait, floor: Array, percentile: float) -> Array:
    """The time that a `percentile` share of requests stays below [s]."""
    used = engine.rows.share > 0
    low: Array = np.where(used, floor, np.inf).min(axis=1)
    spells = np.maximum(wait.calm_spell.high, wait.busy_spell.high)
    high: Array = np.where(used, floor, 0.0).max(axis=1) + spells - wait.scale_s * np.log(1 - percentile)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        over = exceedance(engine, wait, floor, middle) > 1 - percentile
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    return high
