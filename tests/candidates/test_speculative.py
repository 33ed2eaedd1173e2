"""Guessing ahead: what it gains, what it costs, by hand and against the formulas it is made of."""

from dataclasses import replace

import numpy as np
import pytest
from workbench import catalog, engine, fixed, replica

from planner.candidates.engine import Engine
from planner.candidates.pace import marginal_token
from planner.candidates.predict import Asked, Predicted, closed_points, open_points
from planner.candidates.roofline import decode_terms
from planner.candidates.speculative import Draft, speculating

GUESSES = 3


def plain(model: str = "llama-3.1-8b", gpu: str = "H100-SXM", tp: int = 1) -> Engine:
    return engine([replica(model, gpu, (tp, 1), ("bf16", "bf16"), fixed(1000, 201))])


def ahead(ready: Engine, acceptance: float = 0.7) -> Engine:
    return speculating(ready, GUESSES, np.full(1, Draft(GUESSES, acceptance).tokens_per_step))


def told(draft: Draft | None, clients: float = 1, **changes: object) -> Predicted:
    facts = catalog()
    asked = Asked(
        model=facts.models["llama-3.1-8b"], gpu=facts.gpus["H100-SXM"], tp=1, pp=1, dp=1, ep=1, weights="bf16",
        kv="bf16", engine="vllm", input_tokens=500.5, output_tokens=300.5, draft=draft,
    )  # fmt: skip
    return closed_points([replace(asked, **changes)], [clients], facts)[0]


@pytest.mark.parametrize(
    ("tokens", "acceptance", "gained"),
    [(1, 0.8, 1.8), (3, 0.5, 1.875), (2, 0.9, 2.71), (5, 0.0, 1.0), (4, 1.0, 5.0), (3, 0.7, (1 - 0.7**4) / 0.3)],
)
def test_tokens_a_step_by_hand(tokens: int, acceptance: float, gained: float) -> None:
    assert Draft(tokens, acceptance).tokens_per_step == pytest.approx(gained)


@pytest.mark.parametrize("model", ["llama-3.1-8b", "llama-3.3-70b", "qwen3-30b-a3b"])
@pytest.mark.parametrize("n", [1.0, 16.0, 256.0])
def test_a_round_is_checking_and_guessing(model: str, n: float) -> None:
    """Against the plain step with four tokens a request, plus three passes through one layer and the LM head."""
    ready = plain(model, tp=8 if "70b" in model else 1)
    step, layers, many = ready.step, float(ready.rows.layers[0]), np.full(1, n)
    p = step.exponent

    def norm(read: np.ndarray, compute: np.ndarray) -> float:
        return float(((read**p + compute**p) ** (1 / p))[0])

    checking, guess = decode_terms(step, many * (GUESSES + 1)), decode_terms(step, many)
    cache = norm(step.cache.read_s, step.cache.token_s * (GUESSES + 1)) * n
    head = norm(step.head.read_s, step.head.token_s * many)
    products = float(checking.linear[0]) + GUESSES * ((float(guess.linear[0]) - head) / layers + head)
    wires = float(checking.communication[0]) + GUESSES / layers * float(guess.communication[0])
    found = decode_terms(ahead(ready).step, many)
    assert float(found.linear[0]) == pytest.approx(products, rel=0.06)
    assert float(found.attention[0]) == pytest.approx(cache + GUESSES / layers * float(guess.attention[0]), rel=0.02)
    assert float(found.communication[0]) == pytest.approx(wires, rel=1e-6)
    assert found.launch[0] > guess.launch[0]


def test_a_prompt_costs_what_it_did_and_one_layer_more() -> None:
    ready = plain()
    guessing = ahead(ready)
    many = np.full(1, 8.0)
    before = float((marginal_token(ready.step, many * (GUESSES + 1), ready.prompt) * ready.prompt)[0])
    after = float((marginal_token(guessing.step, many, guessing.prompt) * guessing.prompt)[0])
    assert 1.0 <= after / before <= 1 + 1.5 / 32
    assert guessing.attention[0] == ready.attention[0]
    assert guessing.chunks[0] == ready.chunks[0]


def test_the_extra_layer_takes_memory() -> None:
    ready = plain()
    guessing = ahead(ready)
    assert guessing.memory.weights[0] == pytest.approx(ready.memory.weights[0] * 33 / 32)
    pool = ready.memory.pool[0] - ready.memory.weights[0] / 32
    assert guessing.memory.capacity[0] == pytest.approx(pool / (ready.memory.request[0] * 33 / 32))


def test_good_guesses_pay_while_memory_is_the_limit() -> None:
    alone, good = told(None), told(Draft(3, 0.8))
    assert 0.35 < good.tpot_ms / alone.tpot_ms < 0.65
    assert good.output_tokens_per_s_per_gpu > 1.5 * alone.output_tokens_per_s_per_gpu


def test_bad_guesses_only_cost() -> None:
    assert told(Draft(3, 0.0)).tpot_ms > told(None).tpot_ms


def test_guessing_stops_paying_in_large_batches() -> None:
    gains = [
        told(Draft(4, 0.5), clients).output_tokens_per_s_per_gpu / told(None, clients).output_tokens_per_s_per_gpu
        for clients in (1, 64, 400)
    ]
    assert gains[0] > gains[1] > gains[2]
    assert gains[0] > 1.2
    assert gains[2] < 1.0


@pytest.mark.parametrize("clients", [1, 32])
def test_better_guesses_are_never_slower(clients: float) -> None:
    tpots = [told(Draft(3, acceptance), clients).tpot_ms for acceptance in (0.0, 0.3, 0.6, 0.9, 1.0)]
    assert tpots == sorted(tpots, reverse=True)


def test_throughput_is_tokens_over_time() -> None:
    point = told(Draft(3, 0.7), 16)
    cycle_s = (point.ttft_mean_ms + 299.5 * point.tpot_ms) / 1000
    assert point.requests_per_s == pytest.approx(16 / cycle_s, rel=0.02)


def test_mixed_rows_keep_their_order() -> None:
    facts = catalog()
    asked = Asked(
        model=facts.models["llama-3.1-8b"], gpu=facts.gpus["H100-SXM"], tp=1, pp=1, dp=1, ep=1, weights="bf16",
        kv="bf16", engine="vllm", input_tokens=500.0, output_tokens=300.0,
    )  # fmt: skip
    drafts = [None, Draft(2, 0.7), None, Draft(5, 0.7), Draft(2, 0.3)]
    together = open_points([replace(asked, draft=draft) for draft in drafts], [2.0] * 5, facts)
    apart = [open_points([replace(asked, draft=draft)], [2.0], facts)[0] for draft in drafts]
    assert [point.tpot_ms for point in together] == pytest.approx([point.tpot_ms for point in apart])
    assert together[1].tpot_ms < together[0].tpot_ms
