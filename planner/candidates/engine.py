"""A replica's engine, prepared once: continuous batching and chunked prefill over pipeline stages.

N requests decode, spread over pp micro-batches (n = N/pp). With x prefills riding on each decode step,

    TPOT        = pace·(decode step + x·bubbles·(marginal time of one prefill) + chunks·(1 - e^-x)·chunk overhead)
    rate        = pp·x/TPOT            Little's law, since x = n/(output tokens - 1)
    utilisation = rate/pp · (service time of a prefill when prefills queue up)

Where x > 1, x prompts share a step, and their marginal time is taken together. The service time in a
backlog is a full chunk's step, shared by the prompts that fill it. Rate, TPOT and utilisation grow with N,
so the point for a rate or for a target is one bisection over N. How prompts bring prompts is in `state.py`.

A pipeline of pp stages passes micro-batches on in order, each stage taking its share of a step:

    pace    = 1 + (pp·ceil(layers/pp)/layers - 1)·(N - 1)/(pp - 1): the fullest stage beside the mean one, once every
              stage has a request; one alone takes a whole pass for each token and waits for nobody
    fill    = (k + pp - 1)/(k·pp): a prompt of k chunks follows itself through the stages
    bubbles = 1 + b/√(1 + b²·k·(x + ρ/(pp - 1))/c²), b = (pp - 1)/k: a step with a prompt holds up the lighter
              ones behind it at every stage. A lone prompt costs everybody its whole way through the stages; of
              many, only their unevenness is felt, c·√x; c = 0.19 + 0.38·log2 pp comes from the recursion of such a
              pipeline, in which no step overtakes another and each takes the same time at every stage
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.candidates.constants import Constants
from planner.candidates.memory import MemoryRows, memory_of, stage_share
from planner.candidates.roofline import Step, step_of
from planner.candidates.rows import Array, Rows

UNEVEN_LEAST, UNEVEN_DOUBLING = 0.19, 0.38  # c of one stage, and more with each doubling of the stages


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


def prompts_felt(engine: Engine, riding: Array, load: Array | float) -> tuple[Array, Array]:
    """Prompts, and chunk overheads, that a step waits for: its own, and as many as bubbles are worth.

    `load`: prompts that arrive while one is prefilled.
    """
    stages = engine.stages
    felt = 1 / np.sqrt(1 + stages.evening * (riding + load * stages.spread))
    return riding * (1 + stages.bubble * felt), (engine.chunks + stages.behind * felt) * (1 - np.exp(-riding))


def pace_of(stages: Stages, requests: Array) -> Array:
    """How much longer than a pass through all stages the next step takes to come, with so many requests in all."""
    pace: Array = 1 + (stages.pace - 1) * np.clip((requests - 1) * stages.spread, 0.0, 1.0)
    return pace


def _average(rows: Rows, values: Array) -> Array:
    mean: Array = (rows.share * values).sum(axis=1)
    return mean
