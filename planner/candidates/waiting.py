"""How long a request waits before its own prefill starts, and what joins it.

It finds a decode step, or with chance φ one with prompts, and waits for the rest of it, evenly spread. Prompts that
arrive in that step join its own (spells). Where somebody prefills, two more things may be waited for:

    others   the prompts beside one that share the step. Their number A is the count of `state.py`: mean x, variance
             v = d·x/(1 - ρ²), third cumulant v·(2v/x - 1), as of a negative binomial, d the arrivals' index of
             dispersion over a step; long steps are found more often, which weighs A by the step's time
    behind   those that do not fit the next step. A chunk that holds m prompts is m servers (Sakasegawa's formula):
             full with chance ρ^(√(2(m + 1)) - 1), then Kingman's (c_a² + c_s²)/2·service/(pp·(1 - ρ))

c_s² is the spread of prefill work over request sizes, `service` a prompt's share of a full chunk's step. The sum of
both has a mean and a mean square; what has them here is an exponential time with some chance, or a fixed time and
an exponential one where it varies less than that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.candidates.engine import Engine
from planner.candidates.rows import Array
from planner.candidates.state import State, own_steps

MOST_UTILIZATION = 0.999
LEAST_S = 1e-9
LEAST_SHARE = 1e-9


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
    queued: Array  # chance that there is more to wait for then: others in that step, or behind it
    scale_s: Array  # mean of the exponential wait for it
    mean_s: Array


@dataclass(frozen=True)
class _Found:
    """What every part of the wait needs [R]."""

    fit: Array  # prompts that a chunk holds
    joined: Array  # of the prompts that arrive in a step, those that share the own one: half where a chunk holds one
    work_scv: Array  # c_s²
    arrival_scv: Array  # c_a²
    lone: Array  # a step with one prompt, all its chunks [s]


@dataclass(frozen=True)
class _Moments:
    """Mean and mean square of a number or a time [R]."""

    mean: Array
    square: Array


def wait_of(engine: Engine, at: State) -> Wait:
    """Waiting time before the own prefill starts."""
    found = _found(engine, at)
    often, others = beside_one(at, found.lone, found.arrival_scv)
    busy = 1 - (1 - often) * np.exp(-clustered(at.riding / at.tpot * found.lone, found.arrival_scv))
    calm_spell, busy_spell = _spell(at, found, at.decode_step), _spell(at, found, found.lone)
    more = _behind(engine, at, found, _for_others(at, found, others))
    late = np.sqrt(np.maximum(more.square - more.mean**2, 0.0))
    always = late < more.mean
    queued = np.where(always, 1.0, 2 * more.mean**2 / np.maximum(more.square, LEAST_S**2))
    scale = np.maximum(np.where(always, late, more.square / np.maximum(2 * more.mean, LEAST_S)), LEAST_S)
    busy_spell = Spell(busy_spell.low + np.where(always, more.mean - late, 0.0), busy_spell.width)
    mean = (1 - busy) * calm_spell.mean + busy * (busy_spell.mean + queued * scale)
    return Wait(busy, calm_spell, busy_spell, queued, scale, mean)


def _found(engine: Engine, at: State) -> _Found:
    fit = engine.k.prefill_chunk_tokens * engine.rows.dp / np.maximum(engine.prompt, 1.0)
    return _Found(
        fit=fit,
        joined=1 - 0.5 / np.maximum(fit, 1.0) ** 1.5,
        work_scv=prefill_scv(engine, at),
        arrival_scv=engine.rows.arrival_scv,
        lone=own_steps(engine, at, engine.chunks, at.prefill * engine.rows.dp),
    )


def beside_one(at: State, lone: Array, arrival_scv: Array) -> tuple[Array, _Moments]:
    """Share of time that somebody prefills [R], and how many prompts share a step then beside one."""
    x = at.riding
    load = np.minimum(x / at.tpot * at.further, MOST_UTILIZATION)
    variance = (x + 2 * x * clustered(x / 2, arrival_scv)) / (1 - load**2)
    square = variance + x**2
    third = variance * (2 * variance / x - 1) + 3 * x * variance + x**3
    bunched = np.where(np.abs(variance - x) < LEAST_SHARE * x, LEAST_SHARE, variance / x - 1)
    none = np.exp(-x * np.log1p(bunched) / bunched)
    first = np.maximum(lone - at.further, 0.0)
    time = np.maximum(first * (1 - none) + at.further * x, LEAST_S)
    once = (first * x + at.further * square) / time
    twice = (first * square + at.further * third) / time
    mean = np.maximum(once - 1, 0.0)
    often = np.clip(time / at.tpot, LEAST_SHARE, MOST_UTILIZATION)
    return often, _Moments(mean, np.maximum(twice - 2 * once + 1, mean))


def _for_others(at: State, found: _Found, others: _Moments) -> _Moments:
    """The wait for prompts that share the step in progress, and for those they bring."""
    further, shared = at.further, np.maximum(1 - 1 / found.fit, 0.0)
    number, square = others.mean * shared, others.square * shared
    brought = found.joined * at.riding / at.tpot * further
    sizes = (square + number * found.work_scv) * (1 / 3 + brought + brought**2)
    arrivals = number * found.joined * brought * found.arrival_scv * (1 + found.work_scv)
    together = number * further * found.lone / 6  # a long rest of the step is one for all of its prompts
    return _Moments(number * further * (0.5 + brought), further**2 * (sizes + arrivals) + together)


def _behind(engine: Engine, at: State, found: _Found, others: _Moments) -> _Moments:
    """That, and the wait for prompts that do not fit the next step."""
    load = np.minimum(at.utilization, MOST_UTILIZATION)
    full = load ** (np.sqrt(2 * np.maximum(found.fit, 1.0) + 2) - 1)
    queue = at.service / engine.rows.pp / (1 - load) * (found.work_scv + found.arrival_scv) / 2
    return _Moments(others.mean + full * queue, others.square + 2 * full * queue * (queue + others.mean))


def _spell(at: State, found: _Found, step: Array) -> Spell:
    """The rest of a step of so many seconds, and the prompts that arrive in it and join the own one.

    Both as one even spread of the same mean and variance.
    """
    arrivals = at.riding / at.tpot * step
    arrivals = arrivals + clustered(arrivals, found.arrival_scv)
    joining = found.joined * at.further
    variance = step**2 / 12 + arrivals * found.arrival_scv * (1 + found.work_scv) * joining**2
    width = np.maximum(np.sqrt(12 * variance), LEAST_S)
    return Spell(low=step / 2 + arrivals * joining - width / 2, width=width)


def clustered(arrivals: Array, scv: Array) -> Array:
    """How many more than `arrivals` a request finds around itself in that time, since arrivals come in bursts.

    (c² - 1)/2 in a long time, as in any renewal process, and as many again as usual in a very short one.
    """
    most = (scv - 1) / 2
    if not most.any():
        return np.zeros_like(arrivals)
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
