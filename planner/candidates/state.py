"""A replica in which a given number of requests decode: the pace of its steps, prompts on them, and what they bring.

Prompts bring prompts: while one is prefilled, more arrive, ρ of them for each. The number riding on a step is an
autoregressive count with Poisson steps, of mean x, variance x/(1 - ρ²) and correlation ρ from step to step. Hence

    what a decoding request sees: n + z·(1 + ρ)/(1 - ρ) requests in its steps, itself among them, since a step counts
    once for everyone in it and long steps are already counted longer in N; z = (1 + c_a²)/2 is the variance over
    mean of arrivals; and x + ρ/(1 - ρ²)/(output tokens - 1) prompts, as its first step follows its own prefill
    variance of N over its mean: z·(1 + (1/(1 - ρ)² - 1)·steps/(steps + 1/(1 - ρ))), seen over a request's own steps

ρ = x/TPOT·(a prompt's time) falls as TPOT grows, and TPOT grows with ρ: a first ρ comes from the slope of a step
between the mean crowd and one of a standard deviation more; the step is then timed in the crowd of that ρ, and a
step of Newton's method makes both agree along the chord to there. What requests and prompts add is kept apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.candidates.engine import Engine, prompts_felt
from planner.candidates.pace import Pace, backlog_of, extra_of, pace_at
from planner.candidates.rows import Array, Rows

LEAST_LOAD = 1e-6  # where chords are taken over no less
MOST_LOAD = 0.98  # beyond it prompts bring prompts without end, and the prefill queue is full anyway


@dataclass(frozen=True)
class State:
    """A replica in which `concurrency` requests decode [R]; seconds."""

    concurrency: Array
    decode_step: Array
    riding: Array  # prefills per decode step, x
    idle: Array  # part of the decode step in which the GPU waits for the CPU
    prefill: Array  # marginal time of one mean prefill riding on decode steps
    further: Array  # of each further one that shares a step with it
    token: Array  # marginal time of one prompt token, attention apart
    tpot: Array
    rate: Array
    service: Array  # of one prefill in a backlog
    utilization: Array  # of the prefill service
    slope: Array  # d TPOT / d N
    feedback: Array  # requests that a further decoding request brings by slowing the others down
    bunching: Array  # variance of N over its mean, were that all the feedback


def state(engine: Engine, concurrency: Array) -> State:
    """The state with so many decoding requests in each replica."""
    rows, z = engine.rows, peakedness(engine.rows)
    lane, riding = concurrency / rows.pp, concurrency / rows.pp / rows.decode_steps
    calm = pace_at(engine, lane, lane + z, riding)
    backlog = backlog_of(engine, lane, calm)
    more = np.sqrt(concurrency * z) + 1
    crowd = 1 + more / concurrency
    crowded = pace_at(engine, lane * crowd, lane * crowd + z, riding * crowd)
    request = _by_requests(calm, crowded) / (more / rows.pp)
    prefills = riding * backlog.products
    load = _first_load(engine, calm, prefills, 2 * z * request)
    here = pace_at(engine, lane, *_crowd(engine, lane, riding, load), load)
    tpot, load = _settled(engine, calm, here, (riding, prefills, load))
    behind = 1 / (1 - load)
    rate = rows.pp * riding / tpot
    return State(
        concurrency=concurrency,
        decode_step=here.decode_step,
        idle=here.idle,
        riding=riding,
        prefill=here.prefill,
        further=backlog.further,
        token=here.token,
        tpot=tpot,
        rate=rate,
        service=backlog.service,
        utilization=rate / rows.pp * backlog.service,
        slope=(crowded.tpot - calm.tpot) / more,
        feedback=np.clip(request * lane / calm.step * behind, 0.0, 1.0),
        bunching=z * (1 + (behind**2 - 1) * rows.decode_steps / (rows.decode_steps + behind)),
    )


def _by_requests(calm: Pace, busy: Pace) -> Array:
    """How much longer a busy step takes because of requests, not of prompts on it [s]."""
    prompts = (busy.prompts - calm.prompts) * calm.prefill + busy.extra - calm.extra
    longer: Array = np.maximum(busy.step - calm.step - prompts, 0.0)
    return longer


def _by_prompts(engine: Engine, calm: Pace, busy: Pace, riding: Array, load: Array) -> Array:
    """How much longer a busy step takes because more prompts ride on it than on a calm one [s]."""
    felt = prompts_felt(engine, riding, load)
    extra = extra_of(engine, felt, calm.prefill, calm.idle)
    longer: Array = (busy.prompts - felt[0]) * calm.prefill + busy.extra - extra
    return longer


def _crowd(engine: Engine, lane: Array, riding: Array, load: Array) -> tuple[Array, Array]:
    """Requests and prompts that a decoding request finds in its steps."""
    requests = lane + peakedness(engine.rows) * (1 + load) / (1 - load)
    return requests, riding + load / (1 - load**2) / engine.rows.decode_steps


def _first_load(engine: Engine, calm: Pace, prefills: Array, requests: Array) -> Array:
    """ρ = prefills/TPOT, were TPOT = calm TPOT + (what requests and prompts add)·ρ/(1 - ρ)."""
    prompts = (calm.prefill + engine.chunks * engine.step.chunk_s - calm.extra) / engine.rows.decode_steps
    longer = (requests + prompts) * calm.tpot / calm.step
    tpot = (calm.tpot + prefills + np.sqrt((calm.tpot - prefills) ** 2 + 4 * longer * prefills)) / 2
    load: Array = np.minimum(prefills / tpot, MOST_LOAD)
    return load


def _settled(engine: Engine, calm: Pace, here: Pace, found: tuple[Array, Array, Array]) -> tuple[Array, Array]:
    """TPOT and ρ = prefills/TPOT that agree, near a step timed at some ρ: one step of Newton's method.

    What requests add to it goes with ρ/(1 - ρ), what prompts add with ρ/(1 - ρ²).
    """
    (riding, prefills, load), pace = found, calm.tpot / calm.step
    by_requests, by_prompts = _by_requests(calm, here) * pace, _by_prompts(engine, calm, here, riding, load) * pace
    rest, some = here.tpot - by_requests - by_prompts, np.maximum(load, LEAST_LOAD)
    requests, prompts = prefills * by_requests * (1 - load) / some, prefills * by_prompts * (1 - load**2) / (2 * some)
    left, right = 1 / np.maximum(here.tpot - prefills, here.tpot * (1 - MOST_LOAD)), 1 / (here.tpot + prefills)
    over = here.tpot - rest - requests * left - prompts * (left + right)
    tpot = here.tpot - over / (1 + requests * left**2 + prompts * (left**2 + right**2))
    return tpot, np.minimum(prefills / tpot, MOST_LOAD)


def rate_at(engine: Engine, concurrency: Array) -> Array:
    """The request rate alone [requests/s]."""
    return state(engine, concurrency).rate


def peakedness(rows: Rows) -> Array:
    """Variance over mean of the requests in service without feedback: 1 for Poisson arrivals."""
    ratio: Array = (1 + rows.arrival_scv) / 2
    return ratio


def own_prefill(engine: Engine, at: State) -> Array:
    """Time from a prompt's first step to its first token, for each request size [s, R×C]."""
    alone = engine.rows.new_tokens.T * at.token * engine.rows.dp + engine.step.prompt_attention_s.T
    return own_steps(engine, at, engine.cell_chunks.T, alone * engine.cell_fill.T).T


def own_steps(engine: Engine, at: State, chunks: Array, alone: Array) -> Array:
    """Time of the steps of prompts in so many chunks that take `alone`: what waits for the CPU is hidden [s, … R]."""
    seconds: Array = chunks * (at.decode_step - at.idle + engine.step.chunk_s) + np.maximum(alone, chunks * at.idle)
    return seconds
