"""Latency percentiles of one replica from its state.

TTFT = engine overhead + wait for prefills in progress + rest of the step in progress + own prefill.
The wait W has an exponential tail, P(W > w) = φ·e^(-w/θ): φ = rate · steps of a lone prompt is the share
of time somebody prefills. θ has two parts: the prompts that share the step in progress, x + c_a²·ρ/(1 - ρ²) of them
on average since prompts bring prompts, and (c_a² + c_s²)/2·service/(pp·(1 - ρ)), Kingman's queue, before the first
of pp stages, of those that do not fit it. A lone prompt holds whole steps; in a backlog prompts share full chunks,
which is what `service` and the utilisation ρ count. Request sizes differ, so P(TTFT > t) is a sum over the class's cells; c_s² is the spread of
prefill work over them.

TPOT of a request is high when the replica is crowded: TPOT at the percentile of N, whose variance the state
knows, as a request sees N averaged over its own steps; and when more prefills than usual ride on its steps (Poisson).

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
LEAST_WIDTH_S = 1e-9
LEAST_SHARE = 1e-9
OWN_AVERAGE = 2 / 3  # of the variance of N is left in its average over a request's stay, as long as N's own memory
HELD_UP = 0.55  # of a crowd's feedback comes while it still grows: 1/(1 - 0.55·f) is close to 1/√(1 - f)


@dataclass(frozen=True)
class Spell:
    """A wait that is spread evenly between two times [s, R]."""

    low: Array
    width: Array

    @property
    def mean(self) -> Array:
        """Its middle."""
        middle: Array = self.low + self.width / 2
        return middle

    @property
    def high(self) -> Array:
        """Its end."""
        end: Array = self.low + self.width
        return end


@dataclass(frozen=True)
class Wait:
    """Time until the own prefill starts, and what joins it [R]."""

    busy: Array  # chance that somebody prefills on arrival, φ
    calm_spell: Spell  # the rest of a decode step
    busy_spell: Spell  # the rest of a step with prefill
    queued: Array  # chance that other prompts share the step in progress, or that those waiting do not fit the next one
    scale_s: Array  # mean of the exponential wait for them
    mean_s: Array


def wait_of(engine: Engine, at: State) -> Wait:
    """Waiting time before the own prefill starts."""
    rows, step = engine.rows, engine.step
    scv = prefill_scv(engine, at)
    alone = engine.chunks * (at.decode_step + step.chunk_s)
    started = -np.expm1(-at.riding)
    often = np.clip((started * alone + at.riding * at.prefill) / at.tpot, 0.0, MOST_UTILIZATION)
    busy = 1 - (1 - often) * np.exp(-clustered(at.riding / at.tpot * (alone + at.prefill), rows.arrival_scv))
    fit = engine.k.prefill_chunk_tokens / np.maximum(engine.prompt, 1.0)
    joined = 1 - 0.5 / np.maximum(fit, 1.0)
    calm_spell = _spell(at, at.decode_step, joined, (scv, rows.arrival_scv))
    busy_spell = _spell(at, alone + at.prefill * rows.dp, joined, (scv, rows.arrival_scv))
    load = np.minimum(at.utilization, MOST_UTILIZATION)
    sharing = (at.riding + rows.arrival_scv * load / (1 - load**2)) / np.maximum(often, LEAST_SHARE)
    others = np.maximum(sharing - 1, 0.0) * np.maximum(1 - 1 / fit, 0.0)
    with_others = others * at.prefill * (0.5 + joined * at.riding / at.tpot * at.prefill)
    full = load ** np.maximum(fit, 1.0)
    behind = full * at.service / rows.pp / (1 - load) * (rows.arrival_scv + scv) / 2
    queued = 1 - (1 - full) / (1 + others)
    scale = np.maximum((with_others + behind) / np.maximum(queued, LEAST_SHARE), LEAST_WIDTH_S)
    mean = (1 - busy) * calm_spell.mean + busy * (busy_spell.mean + queued * scale)
    return Wait(busy, calm_spell, busy_spell, queued, scale, mean)


def _spell(at: State, step: Array, joined: Array, spread: tuple[Array, Array]) -> Spell:
    """The rest of a step of so many seconds, and the prompts that arrive in it and join the own one.

    Both as one even spread of the same mean and variance.
    """
    work_scv, arrival_scv = spread
    arrivals = at.riding / at.tpot * step
    arrivals = arrivals + clustered(arrivals, arrival_scv)
    mean = step / 2 + joined * arrivals * at.prefill
    variance = step**2 / 12 + arrivals * arrival_scv * (1 + work_scv) * (joined * at.prefill) ** 2
    width = np.maximum(np.sqrt(12 * variance), LEAST_WIDTH_S)
    return Spell(low=mean - width / 2, width=width)


def clustered(arrivals: Array, scv: Array) -> Array:
    """How many more than `arrivals` a request finds around itself in that time, since arrivals come in bursts.

    (c² - 1)/2 in a long time, as in any renewal process, and as many again as usual in a very short one.
    """
    most = (scv - 1) / 2
    size = np.maximum(np.abs(most), 1e-9)
    more: Array = -np.sign(most) * size * np.expm1(-arrivals / size)
    return more


def prefill_scv(engine: Engine, at: State) -> Array:
    """Squared coefficient of variation of the prefill work over request sizes."""
    work = at.token[:, None] * engine.rows.new_tokens + engine.step.prompt_attention_s
    mean = (engine.rows.share * work).sum(axis=1)
    square = (engine.rows.share * work**2).sum(axis=1)
    scv: Array = np.maximum(square / np.maximum(mean, 1e-12) ** 2 - 1, 0.0)
    return scv


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
