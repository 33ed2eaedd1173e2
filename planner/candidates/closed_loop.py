"""A benchmark's view: a fixed number of clients, each sending its next request when the last one ends.

    X = C_eff/(TTFT + (output tokens - 1)·TPOT),  C_eff = min(clients, KV capacity)

A client never waits for its own prefill while decoding, hence the factor (C-1)/C on what rides along.
Clients beyond the capacity wait outside the batch; TTFT is then what Little's law leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.candidates.engine import Engine, marginal_token
from planner.candidates.roofline import decode_step
from planner.candidates.rows import Array

ITERATIONS = 40


@dataclass(frozen=True)
class ClosedLoop:
    """Means under a fixed number of clients [R]."""

    ttft_s: Array
    ttft_p95_s: Array
    tpot_s: Array
    requests_per_s: Array
    concurrency: Array


def closed_loop(engine: Engine, clients: Array) -> ClosedLoop:
    """Damped fixed point of rate, TPOT and decoding requests for `clients` clients a replica."""
    rows, step = engine.rows, engine.step
    inside = np.minimum(clients, np.maximum(engine.memory.capacity, 1.0))
    others, steps = (inside - 1) / inside, rows.decode_steps
    decoding, tpot = inside, decode_step(step, inside / rows.pp)
    for _ in range(ITERATIONS):
        n = np.maximum(decoding / rows.pp, 1.0)
        decode = decode_step(step, n)
        prefill = marginal_token(step, n, engine.prompt) * engine.prompt + engine.attention
        first = engine.k.first_token_overhead_s + prefill + engine.chunks * (decode + step.chunk_s) + tpot / 2
        rate = inside / (first + steps * tpot)
        riding = rate / rows.pp * others * tpot
        loaded = decode + riding * prefill + engine.chunks * (1 - np.exp(-riding)) * step.chunk_s
        tpot = (tpot + loaded) / 2
        decoding = (decoding + np.minimum(inside, rate * steps * tpot)) / 2
    first = engine.k.first_token_overhead_s + prefill + engine.chunks * (decode + step.chunk_s) + tpot / 2
    rate = inside / (first + steps * tpot)
    ttft = np.where(clients > inside, clients / rate - steps * tpot, first)
    late = ttft + 0.45 * tpot
    return ClosedLoop(
        ttft_s=ttft, ttft_p95_s=late, tpot_s=tpot, requests_per_s=clients / (ttft + steps * tpot), concurrency=decoding
    )
