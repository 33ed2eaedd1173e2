"""A benchmark's view: a fixed number of clients, each sending its next request when the last one ends.

    X = C_eff/(TTFT + (output tokens - 1)·TPOT),  C_eff = min(clients, KV capacity)

A client never waits for its own prefill while decoding, hence the factor (C-1)/C on what rides along. Clients
beyond the capacity wait outside the batch; TTFT is then what Little's law leaves.

Benchmarks differ from a fleet's traffic in two ways that their time to first token shows. All clients start
at once, and requests of equal length keep ending together: on average `burst` prompts are ahead of one's own,
which delays the first token and spares the later ones. And engines send tokens in packets of several steps:
the first packet comes later, the rest is spread over fewer intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.candidates.constants import Constants
from planner.candidates.engine import Engine, pace_of, prompts_felt
from planner.candidates.pace import marginal_token
from planner.candidates.roofline import decode_step
from planner.candidates.rows import Array

ITERATIONS = 25
MOST_HELD = 0.5  # of an answer's steps that its first packet waits for: short answers come in one or two


@dataclass(frozen=True)
class ClosedLoop:
    """Means under a fixed number of clients, and the 95th percentile of the time to first token [R]."""

    ttft_s: Array
    ttft_p95_s: Array
    tpot_s: Array
    requests_per_s: Array
    concurrency: Array


@dataclass(frozen=True)
class _Burst:
    """Prompts ahead of one's own when clients act together [R]."""

    mean: Array
    most: Array  # 95 % of requests find fewer


def closed_loop(engine: Engine, clients: Array, fixed_lengths: Array) -> ClosedLoop:
    """Damped fixed point of rate, TPOT and decoding requests for `clients` clients a replica.

    `fixed_lengths` is 1 where all requests have the same lengths, else 0. A replica whose memory holds no request is
    taken as if it held all of them.
    """
    rows, k, steps = engine.rows, engine.k, engine.rows.decode_steps
    room = np.where(engine.memory.capacity < 1, np.inf, engine.memory.capacity)
    inside = np.minimum(clients, room)
    burst = _burst(k, inside, fixed_lengths)
    decoding, tpot = inside, decode_step(engine.step, inside / rows.pp)
    for _ in range(ITERATIONS):
        prefill, decode, alone = _prefill(engine, decoding)
        first = k.benchmark_first_token_s + alone + burst.mean * prefill / rows.pp + tpot / 2
        rate = inside / (first + steps * tpot)
        others = rate / rows.pp * (inside - 1) / inside * tpot
        riding = np.maximum(others - k.burst_sync * burst.mean / rows.pp / steps, 0.0)
        prompts, overheads = prompts_felt(engine, riding, np.minimum(riding * prefill / tpot, 1.0))
        loaded = decode + prompts * prefill + overheads * engine.step.chunk_s
        loaded = loaded * pace_of(engine.stages, decoding)
        decoding = (decoding + np.minimum(inside, rate * steps * tpot)) / 2
        tpot = (tpot + loaded) / 2
    held = np.minimum(k.streaming_steps, steps * MOST_HELD)
    packets = held * tpot
    first = k.benchmark_first_token_s + alone + burst.mean * prefill / rows.pp + tpot / 2 + packets
    late = first + (burst.most - burst.mean) * prefill / rows.pp + 0.45 * tpot
    told = tpot * (steps - held) / steps
    rate = inside / (first + steps * told)
    queued = np.where(clients > inside, clients / rate - steps * told - first, 0.0)
    return ClosedLoop(
        ttft_s=first + queued,
        ttft_p95_s=late + queued,
        tpot_s=told,
        requests_per_s=clients / (first + queued + steps * told),
        concurrency=decoding,
    )


def _burst(k: Constants, inside: Array, fixed_lengths: Array) -> _Burst:
    """A share of the requests starts together, the others are followed by a few that ended with them."""
    share = np.where(fixed_lengths > 0, k.burst_share_fixed, k.burst_share_varied)
    others = inside - 1
    behind = np.minimum((1 - share) * others / 2, fixed_lengths * k.burst_queue_fixed)
    return _Burst(mean=share * others / 2 + behind, most=np.maximum(1 - 0.05 / share, 0.0) * others + behind)


def _prefill(engine: Engine, decoding: Array) -> tuple[Array, Array, Array]:
    """What one prompt adds to others' steps, a decode step, and a prompt's own way to its first token [s]."""
    rows, step, stages = engine.rows, engine.step, engine.stages
    lane = np.maximum(decoding / rows.pp, 1.0)
    decode = decode_step(step, lane)
    prefill = marginal_token(step, lane, engine.prompt * rows.dp) * engine.prompt + engine.attention
    alone = prefill * rows.dp * stages.fill + (engine.chunks + stages.behind) / rows.pp * (decode + step.chunk_s)
    return prefill, decode, alone
