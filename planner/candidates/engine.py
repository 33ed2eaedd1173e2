"""An engine with continuous batching and chunked prefill, explicit in the number of decoding requests.

N requests decode, spread over pp micro-batches (n = N/pp). With x prefills riding on each decode step,

    TPOT        = decode step + x·(marginal time of one prefill) + chunks·(1 - e^-x)·chunk overhead
    rate        = pp·x/TPOT            Little's law, since x = n/(output tokens - 1)
    utilisation = rate/pp · (service time of a prefill when prefills queue up)

Where x > 1, x prompts share a step, and their marginal time is taken together. The service time in a
backlog is a full chunk's step, shared by the prompts that fill it. Rate, TPOT and utilisation grow with N,
so the point for a rate or for a target is one bisection over N.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.candidates.constants import Constants
from planner.candidates.memory import MemoryRows, memory_of
from planner.candidates.roofline import Step, communication, decode_step, linear, step_of
from planner.candidates.rows import Array, Rows


@dataclass(frozen=True)
class Engine:
    """Everything a state needs, prepared once: rows, their step coefficients, memory, constants."""

    rows: Rows
    step: Step
    memory: MemoryRows
    k: Constants
    prompt: Array  # mean prompt tokens to prefill [R]
    chunks: Array  # mean steps a prefill takes [R]
    attention: Array  # mean prompt attention [s, R]
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


def engine_of(rows: Rows, k: Constants) -> Engine:
    """Prepare every row."""
    step = step_of(rows, k)
    chunks = np.where(rows.share > 0, np.maximum(1.0, np.ceil(rows.new_tokens / k.prefill_chunk_tokens)), 0.0)
    return Engine(
        rows=rows,
        step=step,
        memory=memory_of(rows, k),
        k=k,
        prompt=_average(rows, rows.new_tokens),
        chunks=_average(rows, chunks),
        attention=_average(rows, step.prompt_attention_s),
        cell_chunks=chunks,
    )


def state(engine: Engine, concurrency: Array) -> State:
    """The state with so many decoding requests in each replica."""
    rows, step, k = engine.rows, engine.step, engine.k
    n = np.maximum(concurrency / rows.pp, 1.0)
    riding = concurrency / rows.pp / rows.decode_steps
    decode = decode_step(step, n)
    token = marginal_token(step, n, engine.prompt * np.maximum(riding, 1.0))
    prefill = token * engine.prompt + engine.attention
    tpot = decode + riding * prefill + engine.chunks * (1 - np.exp(-riding)) * step.chunk_s
    full = np.maximum(engine.prompt, k.prefill_chunk_tokens)
    backlog = marginal_token(step, n, full) * engine.prompt + engine.attention
    service = backlog + (decode + step.chunk_s) * engine.prompt / k.prefill_chunk_tokens
    rate = rows.pp * riding / tpot
    return State(
        concurrency=concurrency,
        decode_step=decode,
        riding=riding,
        prefill=prefill,
        token=token,
        tpot=tpot,
        rate=rate,
        service=service,
        utilization=rate / rows.pp * service,
    )


def marginal_token(step: Step, decoding: Array, prompt: Array) -> Array:
    """Time each of `prompt` tokens adds to a step in which `decoding` requests decode, attention apart [s]."""
    some = np.maximum(prompt, 1.0)
    with_prompt = linear(step, decoding + some, decoding + 1) + communication(step, decoding + some)
    alone = linear(step, decoding, decoding) + communication(step, decoding)
    return (with_prompt - alone) / some


def own_prefill(engine: Engine, at: State) -> Array:
    """Time from a prompt's first step to its first token, for each request size [s, R×C]."""
    steps = engine.cell_chunks * (at.decode_step + engine.step.chunk_s)[:, None]
    return at.token[:, None] * engine.rows.new_tokens + engine.step.prompt_attention_s + steps


def _average(rows: Rows, values: Array) -> Array:
    mean: Array = (rows.share * values).sum(axis=1)
    return mean
