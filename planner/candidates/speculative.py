"""Speculative decoding and multi-token prediction: guess k tokens ahead, check them all in one step.

With each guess right with probability a, independently, a step yields 1 + a + a² + … + a^k tokens: the
guesses up to the first wrong one, and one the model itself supplies there (Leviathan et al., 2023,
"Fast Inference from Transformers via Speculative Decoding", equation 1).

    checking   every request brings k + 1 tokens into a step: their matrix products, scores and collectives;
               weights and cache are read once, which is the gain while memory is the limit
    guessing   k times one extra layer (an MTP or EAGLE head) with the LM head, one after the other
    memory     the extra layer's weights and cache

The formulas of a step stay as they are: a request's token is a bundle of k + 1 tokens, a prompt counts in
bundles, and a request needs fewer steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.candidates.engine import Engine
from planner.candidates.memory import MemoryRows
from planner.candidates.roofline import Product, Routing, Step
from planner.candidates.rows import Array


@dataclass(frozen=True)
class Draft:
    """`tokens` guessed ahead at each step, each right with probability `acceptance` if those before it are."""

    tokens: int
    acceptance: float

    @property
    def tokens_per_step(self) -> float:
        """Mean tokens a request gains in one step: between 1 and tokens + 1."""
        return sum(self.acceptance**guess for guess in range(self.tokens + 1))


def speculating(engine: Engine, tokens: int, gained: Array) -> Engine:
    """The engine with `tokens` guesses a step; `gained` tokens a step come of it [R].

    Its steps are rounds of guessing and checking, so its TPOT is to be divided by `gained`.
    """
    rows, bundle = engine.rows, tokens + 1.0
    extra = tokens / rows.layers
    return replace(
        engine,
        rows=replace(
            rows,
            new_tokens=rows.new_tokens / bundle,
            decode_steps=rows.decode_steps / gained,
            cell_steps=rows.cell_steps / gained[:, None],
        ),
        step=_round(engine.step, tokens, extra),
        memory=_with_layer(engine.memory, 1 / rows.layers),
        k=replace(engine.k, prefill_chunk_tokens=engine.k.prefill_chunk_tokens / bundle),
        prompt=engine.prompt / bundle,
    )


def _round(step: Step, tokens: int, extra: Array) -> Step:
    """One round: checking a bundle a request, and `tokens` passes through one layer (`extra` steps) and the LM head."""
    bundle = tokens + 1.0

    def layered(product: Product) -> Product:
        return Product(product.read_s * (1 + extra), product.token_s * (bundle + extra))

    return replace(
        step,
        projections=layered(step.projections),
        feed_forward=layered(step.feed_forward),
        head=Product(step.head.read_s * bundle, step.head.token_s * (bundle + tokens)),
        experts=layered(step.experts),
        routing=_routed(step.routing, bundle, extra),
        cache=layered(step.cache),
        hops_s=step.hops_s * (1 + extra),
        wire_token_s=step.wire_token_s * (bundle + extra),
        launch_s=step.launch_s * (1 + extra),
    )


def _routed(routing: Routing, bundle: float, extra: Array) -> Routing:
    """Bundles hit more experts, and even out over ranks sooner, than single tokens."""
    return replace(
        routing,
        tokens=routing.tokens * bundle,
        padding_s=routing.padding_s * (1 + extra),
        chance=routing.chance / bundle,
    )


def _with_layer(memory: MemoryRows, share: Array) -> MemoryRows:
    """The memory budget with one more layer, `share` of the others together."""
    pool = memory.pool - memory.weights * share
    request = memory.request * (1 + share)
    return replace(
        memory,
        weights=memory.weights * (1 + share),
        pool=pool,
        request=request,
        long_request=memory.long_request * (1 + share),
        capacity=memory.capacity * np.maximum(pool, 0.0) / np.maximum(memory.pool, 1e-9) / (1 + share),
    )
