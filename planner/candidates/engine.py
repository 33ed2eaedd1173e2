"""An engine with continuous batching and chunked prefill, explicit in the number of decoding requests.

N requests decode, spread over pp micro-batches (n = N/pp). With x prefills riding on each decode step,

    TPOT        = decode step + x·(marginal time of one prefill) + chunks·(1 - e^-x)·chunk overhead
    rate        = pp·x/TPOT            Little's law, since x = n/(output tokens - 1)
    utilisation = rate/pp · (service time of a prefill when prefills queue up)
    spread²     = N·z/(1 - η)          variance of N; z = (1 + c_a²)/2, η = d ln TPOT/d ln N

Where x > 1, x prompts share a step, and their marginal time is taken together. The service time in a
backlog is a full chunk's step, shared by the prompts that fill it. Rate, TPOT and utilisation grow with N,
so the point for a rate or for a target is one bisection over N. The spread follows from Little's law with
feedback: a busy replica is slower, so requests stay longer, so it gets busier still.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.candidates.constants import Constants
from planner.candidates.memory import MemoryRows, memory_of
from planner.candidates.roofline import Step, decode_terms, linear, step_of
from planner.candidates.rows import Array, Rows

MOST_ELASTICITY = 0.95  # beyond it the prefill queue is full and the square-root law has no meaning
LEAST_CALM = 0.2  # share of the time that decoding alone takes; likewise


@dataclass(frozen=True)
class Engine:
    """Everything a state needs, prepared once: rows, their step coefficients, memory, constants."""

    rows: Rows
    step: Step
    memory: MemoryRows
    k: Constants
    prompt: Array  # mean prompt tokens to prefill [R]
    chunks: Array  # mean steps a prefill takes [R]
    attention: Array  # mean prompt attention, shared among ranks that prefill in lock step [s, R]
    cell_chunks: Array  # [R, C]


@dataclass(frozen=True)
class State:
    """A replica in which `concurrency` requests decode [R]; seconds."""

    concurrency: Array
    decode_step: Array
    riding: Array  # prefills per decode step, x
    prefill: Array  # marginal time of one mean prefill riding on decode steps
    token: Array  # marginal time of one prompt token, attention apart
    tpot: Array
    rate: Array
    service: Array  # of one prefill in a backlog
    utilization: Array  # of the prefill service
    elasticity: Array  # d ln TPOT / d ln N
    spread: Array  # standard deviation of the concurrency over time


def engine_of(rows: Rows, k: Constants) -> Engine:
    """Prepare every row."""
    step = step_of(rows, k)
    chunks = np.where(rows.share > 0, np.ceil(rows.new_tokens / k.prefill_chunk_tokens), 0.0)
    return Engine(
        rows=rows,
        step=step,
        memory=memory_of(rows, k),
        k=k,
        prompt=_average(rows, rows.new_tokens),
        chunks=_average(rows, chunks),
        attention=_average(rows, step.prompt_attention_s) / rows.dp,
        cell_chunks=chunks,
    )


def state(engine: Engine, concurrency: Array) -> State:
    """The state with so many decoding requests in each replica."""
    rows, step, k = engine.rows, engine.step, engine.k
    lane, riding = _seen(engine, concurrency)
    here = _pace(engine, lane, riding)
    full = np.maximum(engine.prompt, k.prefill_chunk_tokens) * rows.dp
    backlog = _token(step, lane, full, here.products) * engine.prompt + engine.attention
    service = backlog + (here.decode_step + step.chunk_s) * engine.prompt / (k.prefill_chunk_tokens * rows.dp)
    rate = rows.pp * riding / here.tpot
    noise = np.sqrt(concurrency * peakedness(rows))
    crowded = _pace(engine, lane + noise / rows.pp, riding * (1 + noise / concurrency))
    elasticity = np.log(crowded.tpot / here.tpot) / np.log1p(noise / concurrency)
    calm = np.maximum(here.decode_step / here.tpot, LEAST_CALM)
    return State(
        concurrency=concurrency,
        decode_step=here.decode_step,
        riding=riding,
        prefill=here.prefill,
        token=here.token,
        tpot=here.tpot,
        rate=rate,
        service=service,
        utilization=rate / rows.pp * service,
        elasticity=elasticity,
        spread=noise / np.sqrt(calm * (1 - np.minimum(elasticity, MOST_ELASTICITY))),
    )


def rate_at(engine: Engine, concurrency: Array) -> Array:
    """The request rate alone [requests/s]."""
    lane, riding = _seen(engine, concurrency)
    return engine.rows.pp * riding / _pace(engine, lane, riding).tpot


def peakedness(rows: Rows) -> Array:
    """Variance over mean of the requests in service without feedback: 1 for Poisson arrivals."""
    ratio: Array = (1 + rows.arrival_scv) / 2
    return ratio


def _seen(engine: Engine, concurrency: Array) -> tuple[Array, Array]:
    """Requests a decoding request finds in its steps, itself among them, and the prompts riding on each of them.

    A step counts once for every request in it, so crowded steps count more: by variance over mean, damped by what
    decoding itself slows down.
    """
    rows = engine.rows
    alone, riding = concurrency / rows.pp, concurrency / rows.pp / rows.decode_steps
    guess = _pace(engine, alone + peakedness(rows), riding)
    calm = np.maximum(guess.decode_step / guess.tpot, LEAST_CALM)
    return alone + peakedness(rows) / calm**2, riding


@dataclass(frozen=True)
class _Pace:
    """Step times of a micro-batch with its share of prefills."""

    products: Array  # matrix products of the decode step
    decode_step: Array
    token: Array
    prefill: Array
    tpot: Array


def _pace(engine: Engine, lane: Array, riding: Array) -> _Pace:
    rows, step = engine.rows, engine.step
    terms = decode_terms(step, lane)
    decode = terms.linear + terms.attention + terms.communication + terms.launch
    token = _token(step, lane, engine.prompt * np.maximum(riding, rows.dp), terms.linear)
    prefill = token * engine.prompt + engine.attention
    tpot = decode + riding * prefill + engine.chunks * (1 - np.exp(-riding)) * step.chunk_s
    return _Pace(terms.linear, decode, token, prefill, tpot)


def marginal_token(step: Step, decoding: Array, prompt: Array) -> Array:
    """Time each of `prompt` tokens adds to a step in which `decoding` requests decode, attention apart [s]."""
    return _token(step, decoding, prompt, linear(step, decoding, decoding))


def _token(step: Step, decoding: Array, prompt: Array, products: Array) -> Array:
    """Where prompts have steps of their own, nothing is saved by riding along."""
    some = np.maximum(prompt, 1.0)
    with_prompt = linear(step, decoding + some, decoding + 1) + step.wire_token_s * some
    token: Array = (with_prompt - step.shares * products) / some
    return token


def own_prefill(engine: Engine, at: State) -> Array:
    """Time from a prompt's first step to its first token, for each request size [s, R×C]."""
    steps = engine.cell_chunks * (at.decode_step + engine.step.chunk_s)[:, None]
    alone = (at.token * engine.rows.dp)[:, None] * engine.rows.new_tokens + engine.step.prompt_attention_s
    return alone + steps


def _average(rows: Rows, values: Array) -> Array:
    mean: Array = (rows.share * values).sum(axis=1)
    return mean
