"""Times of one step: decoding requests, the prompts that ride on it, and prompts in a backlog.

A prompt that rides on a decode step costs what it adds to it, little where reading weights hides its computing. The
further prompts of a step cost more, up to their share of a full chunk's. Where the GPU waits for the CPU, prompts
are computed meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.candidates.engine import Engine, pace_of, prompts_felt
from planner.candidates.roofline import Step, decode_terms, linear
from planner.candidates.rows import Array


@dataclass(frozen=True)
class Pace:
    """A micro-batch and the prompts that ride on its steps [s, R]."""

    products: Array  # matrix products of the decode step
    idle: Array  # of a decode step that waits for the CPU
    decode_step: Array
    token: Array  # marginal time of one prompt token, attention apart
    prefill: Array  # marginal time of one mean prompt
    prompts: Array  # felt by a step, a number
    extra: Array  # of steps with prompts: chunk overheads less what is computed while waiting for the CPU
    step: Array  # all of that
    tpot: Array  # from one step to the next


@dataclass(frozen=True)
class Backlog:
    """What a mean prompt costs where others share its steps [s, R].

    The first two do not grow with bandwidth, as the marginal time of a lone prompt does, the last one hardly does.
    """

    products: Array  # its share of a full chunk's matrix products and overhead, with its own attention
    service: Array  # its share of a full chunk's whole step
    further: Array  # what it adds to a step with a prompt, on average until the chunk is full


def pace_at(engine: Engine, lane: Array, seen: Array, riding: Array, load: Array | float = 0.0) -> Pace:
    """`lane` requests in each micro-batch, of which a decoding one finds `seen`, and `riding` prompts [R].

    `load`: prompts that arrive while one is prefilled.
    """
    rows, step = engine.rows, engine.step
    terms = decode_terms(step, seen)
    prompts, overheads = prompts_felt(engine, riding, load)
    token = _token(step, seen, engine.prompt * np.maximum(prompts, rows.dp), terms.linear)
    prefill = token * engine.prompt + engine.attention
    extra = extra_of(engine, (prompts, overheads), prefill, terms.idle)
    whole = terms.step + prompts * prefill + extra
    tpot = whole * pace_of(engine.stages, lane * rows.pp)
    return Pace(terms.linear, terms.idle, terms.step, token, prefill, prompts, extra, whole, tpot)


def extra_of(engine: Engine, felt: tuple[Array, Array], prefill: Array, idle: Array) -> Array:
    """Chunk overheads of a step, less what its prompts compute while it waits for the CPU anyway [s]."""
    prompts, overheads = felt
    hidden = np.minimum(np.minimum(prompts * engine.chunks, 1.0) * idle, prompts * prefill)
    extra: Array = overheads * engine.step.chunk_s - hidden
    return extra


def backlog_of(engine: Engine, lane: Array, calm: Pace) -> Backlog:
    """Full chunks beside the micro-batch of a calm step."""
    step, tokens = engine.step, engine.k.prefill_chunk_tokens * engine.rows.dp
    prompt = engine.prompt * engine.rows.dp
    full, some = np.maximum(prompt, tokens), engine.prompt * np.maximum(calm.prompts, engine.rows.dp)
    token = _token(step, lane, full, calm.products)
    products = calm.products + token * tokens
    whole = np.maximum(products + step.chunk_s + calm.decode_step - calm.idle - calm.products, step.floor_s)
    share = engine.prompt / tokens
    room = np.maximum(full - some, 0.0)
    filling = np.maximum(token * full - calm.token * (full - room), 0.0)
    further = (filling + products * prompt / tokens) / np.maximum(room + prompt, 1.0)
    return Backlog(
        products=(products + step.chunk_s) * share + engine.attention,
        service=(whole * share + engine.attention) * engine.stages.pace,
        further=further * engine.prompt + engine.attention,
    )


def marginal_token(step: Step, decoding: Array, prompt: Array) -> Array:
    """Time each of `prompt` tokens adds to a step in which `decoding` requests decode, attention apart [s]."""
    return _token(step, decoding, prompt, linear(step, decoding, decoding))


def _token(step: Step, decoding: Array, prompt: Array, products: Array) -> Array:
    """Where prompts have steps of their own, nothing is saved by riding along."""
    some = np.maximum(prompt, 1.0)
    with_prompt = linear(step, decoding + some, decoding + 1) + step.wire_token_s * some
    token: Array = (with_prompt - step.shares * products) / some
    return token
