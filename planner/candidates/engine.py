"""An engine with continuous batching and chunked prefill, explicit in the number of decoding requests.

N requests decode, spread over pp micro-batches (n = N/pp). With x prefills riding on each decode step,

    TPOT        = pace·(decode step + x·bubbles·(marginal time of one prefill) + chunks·(1 - e^-x)·chunk overhead)
    rate        = pp·x/TPOT            Little's law, since x = n/(output tokens - 1)
    utilisation = rate/pp · (service time of a prefill when prefills queue up)

Where x > 1, x prompts share a step, and their marginal time is taken together. The service time in a
backlog is a full chunk's step, shared by the prompts that fill it. Rate, TPOT and utilisation grow with N,
so the point for a rate or for a target is one bisection over N.

Prompts bring prompts: while one is prefilled, more arrive, ρ of them for each. The number riding on a step is an
autoregressive count with Poisson steps, of mean x, variance x/(1 - ρ²) and correlation ρ from step to step. Hence

    what a decoding request sees: n + z·(1 + ρ)/(1 - ρ) requests in its steps, itself among them, since a step counts
    once for everyone in it and long steps are already counted longer in N; z = (1 + c_a²)/2 is the variance over
    mean of arrivals; and x + ρ/(1 - ρ²)/(output tokens - 1) prompts, as its first step follows its own prefill
    variance of N over its mean: z·(1 + (1/(1 - ρ)² - 1)·steps/(steps + 1/(1 - ρ))), seen over a request's own steps

A pipeline of pp stages passes micro-batches on in order, each stage taking its share of a step:

    pace    = pp·ceil(layers/pp)/layers, the fullest stage beside the mean one, once every stage has a micro-batch;
              with fewer requests than stages a token takes one whole pass, and n/pp of the pipeline is at work
    fill    = (k + pp - 1)/(k·pp): a prompt of k chunks follows itself through the stages
    bubbles = 1 + b/√(1 + b²·k·(x + ρ/(pp - 1))/c²), b = (pp - 1)/k: a step with a prompt holds up the lighter ones behind it at
              every stage. A lone prompt costs everybody its whole way through the stages; of many, only their
              unevenness is felt, c·√x; c = 0.19 + 0.38·log2 pp comes from the recursion of such a pipeline,
              in which no step overtakes another and each takes the same time at every stage
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.candidates.constants import Constants
from planner.candidates.memory import MemoryRows, memory_of, stage_share
from planner.candidates.roofline import Step, decode_terms, linear, step_of
from planner.candidates.rows import Array, Rows

UNEVEN_LEAST, UNEVEN_DOUBLING = 0.19, 0.38  # c of one stage, and more with each doubling of the stages
MOST_LOAD = 0.98  # beyond it prompts bring prompts without end, and the prefill queue is full anyway


@dataclass(frozen=True)
class Engine:
    """Everything a state needs, prepared once: rows, their step coefficients, memory, constants."""

    rows: Rows
    step: Step
    memory: MemoryRows
    k: Constants
    prompt: Array  # mean prompt tokens to prefill [R]
    chunks: Array  # mean steps a prefill takes [R]
    stages: Stages
    attention: Array  # mean prompt attention, shared among ranks that prefill in lock step [s, R]
    cell_chunks: Array  # [R, C]
    cell_fill: Array  # [R, C]: time of a prompt on its way through the stages, of its chunks one after the other


@dataclass(frozen=True)
class Stages:
    """What a pipeline adds to its steps [R]; 1, 0 and no chunks more where there is one stage."""

    pace: Array  # the fullest stage beside the mean one
    bubble: Array  # b, how much longer a lone prompt holds up the steps behind it than it takes
    evening: Array  # b²·k/c²: how soon further prompts even that out
    spread: Array  # of prompts that arrive while one is prefilled, those whose steps follow it closely
    behind: Array  # chunk overheads of a lone prompt that steps behind it wait for, beside its own
    fill: Array  # time of a prompt's way through the stages, of its chunks one after the other


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
    slope: Array  # d TPOT / d N
    feedback: Array  # requests that a further decoding request brings by slowing the others down
    bunching: Array  # variance of N over its mean, were that all the feedback


def engine_of(rows: Rows, k: Constants) -> Engine:
    """Prepare every row."""
    step = step_of(rows, k)
    filled = rows.new_tokens / k.prefill_chunk_tokens
    chunks = np.where(rows.share > 0, np.ceil(filled), 0.0)
    return Engine(
        rows=rows,
        step=step,
        memory=memory_of(rows, k),
        k=k,
        prompt=_average(rows, rows.new_tokens),
        chunks=_average(rows, chunks),
        stages=_stages(rows, _average(rows, filled)),
        attention=_average(rows, step.prompt_attention_s) / rows.dp,
        cell_chunks=np.where(chunks > 0, (chunks + rows.pp[:, None] - 1) / rows.pp[:, None], 0.0),
        cell_fill=_fill(np.maximum(filled, 1.0), rows.pp[:, None]),
    )


def _fill(chunks: Array, pp: Array) -> Array:
    share: Array = (chunks + pp - 1) / (chunks * pp)
    return share


def _stages(rows: Rows, filled: Array) -> Stages:
    chunks = np.maximum(filled, 1.0)
    bubble = (rows.pp - 1) / chunks
    return Stages(
        pace=rows.pp * stage_share(rows),
        bubble=bubble,
        evening=bubble**2 * chunks / (UNEVEN_LEAST + UNEVEN_DOUBLING * np.log2(rows.pp)) ** 2,
        spread=1 / np.maximum(rows.pp - 1, 1),
        behind=np.where(filled > 0, rows.pp - 1, 0.0),
        fill=_fill(chunks, rows.pp),
    )


def state(engine: Engine, concurrency: Array) -> State:
    """The state with so many decoding requests in each replica."""
    rows, z = engine.rows, peakedness(engine.rows)
    lane, riding = concurrency / rows.pp, concurrency / rows.pp / rows.decode_steps
    calm = _pace(engine, lane, lane + z, riding)
    busy_s, service = _services(engine, lane, calm)
    more = np.sqrt(concurrency * z) + 1
    crowd = 1 + more / concurrency
    crowded = _pace(engine, lane * crowd, lane * crowd + z, riding * crowd)
    request = (crowded.decode_step - calm.decode_step) / (more / rows.pp)
    load = _load(calm, riding * busy_s, 2 * z * request + calm.prefill / rows.decode_steps)
    behind = 1 / (1 - load)
    seen, found = lane + z * (1 + load) * behind, riding + load / (1 - load**2) / rows.decode_steps
    here = _pace(engine, lane, seen, found, load)
    rate = rows.pp * riding / here.tpot
    slope = (crowded.tpot - calm.tpot) / more
    held_up = (slope - calm.prefill / rows.decode_steps) * concurrency / calm.tpot
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
        slope=slope,
        feedback=np.clip(held_up * behind, 0.0, 1.0),
        bunching=z * (1 + (behind**2 - 1) * rows.decode_steps / (rows.decode_steps + behind)),
    )


def _services(engine: Engine, lane: Array, calm: _Pace) -> tuple[Array, Array]:
    """A mean prompt's share of a full chunk's step: of its matrix products and own extras alone, and of all of it [s].

    Neither grows with bandwidth, as the marginal time of a single prompt does where reading hides its computing.
    """
    step, tokens = engine.step, engine.k.prefill_chunk_tokens * engine.rows.dp
    token = _token(step, lane, np.maximum(engine.prompt * engine.rows.dp, tokens), calm.products)
    products = calm.products + step.chunk_s + token * tokens
    whole = np.maximum(products + calm.decode_step - calm.idle - calm.products, step.floor_s)
    share = engine.prompt / tokens
    return products * share + engine.attention, (whole * share + engine.attention) * engine.stages.pace


def _load(calm: _Pace, prefills: Array, feedback: Array) -> Array:
    """Prompts that arrive while one is prefilled, ρ = prefills/TPOT, where TPOT = calm TPOT + feedback·ρ/(1 - ρ)."""
    tpot = (calm.tpot + prefills + np.sqrt((calm.tpot - prefills) ** 2 + 4 * feedback * prefills)) / 2
    load: Array = np.minimum(prefills / tpot, MOST_LOAD)
    return load


def rate_at(engine: Engine, concurrency: Array) -> Array:
    """The request rate alone [requests/s]."""
    return state(engine, concurrency).rate


def peakedness(rows: Rows) -> Array:
    """Variance over mean of the requests in service without feedback: 1 for Poisson arrivals."""
    ratio: Array = (1 + rows.arrival_scv) / 2
    return ratio


@dataclass(frozen=True)
class _Pace:
    """Step times of a micro-batch with its share of prefills."""

    products: Array  # matrix products of the decode step
    idle: Array  # of a decode step that waits for the CPU
    decode_step: Array
    token: Array
    prefill: Array
    tpot: Array


def _pace(engine: Engine, lane: Array, seen: Array, riding: Array, load: Array | float = 0.0) -> _Pace:
    """`lane` requests in each micro-batch, of which a decoding one finds `seen`."""
    rows, step = engine.rows, engine.step
    terms = decode_terms(step, seen)
    decode = terms.linear + terms.attention + terms.communication + terms.launch
    prompts, overheads = prompts_felt(engine, riding, load)
    token = _token(step, seen, engine.prompt * np.maximum(prompts, rows.dp), terms.linear)
    prefill = token * engine.prompt + engine.attention
    hidden = np.minimum(prompts, 1.0) * np.minimum(terms.idle, prefill * np.maximum(prompts, 1.0))  # behind the CPU
    tpot = (decode - hidden + prompts * prefill + overheads * step.chunk_s) * pace_of(engine.stages, lane)
    return _Pace(terms.linear, terms.idle, decode, token, prefill, tpot)


def prompts_felt(engine: Engine, riding: Array, load: Array | float) -> tuple[Array, Array]:
    """Prompts, and chunk overheads, that a step waits for: its own, and as many as bubbles are worth.

    `load`: prompts that arrive while one is prefilled.
    """
    stages = engine.stages
    felt = 1 / np.sqrt(1 + stages.evening * (riding + load * stages.spread))
    return riding * (1 + stages.bubble * felt), (engine.chunks + stages.behind * felt) * (1 - np.exp(-riding))


def pace_of(stages: Stages, lane: Array) -> Array:
    """How much longer than a pass through all stages the next step takes to come, with so many in each micro-batch."""
    pace: Array = np.minimum(np.maximum(stages.pace * lane, 1.0), stages.pace)
    return pace


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
    return alone * engine.cell_fill + steps


def _average(rows: Rows, values: Array) -> Array:
    mean: Array = (rows.share * values).sum(axis=1)
    return mean
