"""The closed forms against a step-by-step simulation of an engine with the same step times."""

import numpy as np
import pytest
from workbench import engine, fixed, replica

from planner.candidates.engine import Engine, marginal_token, own_prefill
from planner.candidates.operating import at_rate, largest, limits_for, points
from planner.candidates.queueing import tpot_at
from planner.candidates.roofline import decode_step

PROMPT, OUTPUT, SERVED = 1000, 400, 8000


def step_table(ready: Engine, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Decode step and time of one more prompt token, for 0 … most decoding requests."""
    n = np.maximum(np.arange(most + 1.0), 1.0)
    decode = np.array([float(decode_step(ready.step, np.array([value]))[0]) for value in n])
    token = np.array([float(marginal_token(ready.step, np.array([value]), ready.prompt)[0]) for value in n])
    return decode, token + float(ready.attention[0]) / PROMPT


def simulate(ready: Engine, rate: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """TTFT and TPOT of each request under Poisson arrivals [s]; first come, first served."""
    draw = np.random.default_rng(seed)
    arrivals = np.cumsum(draw.exponential(1 / rate, SERVED))
    decode, token = step_table(ready, 600)
    chunk_s, chunk = float(ready.step.chunk_s[0]), int(ready.k.prefill_chunk_tokens)
    clock, admitted, waiting, left = 0.0, 0, [], {}
    first, last = np.zeros(SERVED), np.zeros(SERVED)
    while admitted < SERVED or waiting or left:
        if not waiting and not left:
            clock = max(clock, arrivals[admitted])
        while admitted < SERVED and arrivals[admitted] <= clock:
            waiting.append([admitted, PROMPT])
            admitted += 1
        budget, started = chunk - len(left), []
        prompt = 0
        while waiting and budget > 0:
            part = min(budget, waiting[0][1])
            waiting[0][1] -= part
            budget, prompt = budget - part, prompt + part
            if waiting[0][1] == 0:
                started.append(waiting.pop(0)[0])
        busy = min(len(left), 600)
        clock += decode[busy] + (token[busy] * prompt + chunk_s if prompt else 0.0)
        for request in list(left):
            left[request] -= 1
            if left[request] == 0:
                last[request] = clock
                del left[request]
        for request in started:
            first[request], left[request] = clock, OUTPUT - 1
    kept = slice(SERVED // 10, SERVED - SERVED // 10)
    overhead = ready.k.first_token_overhead_s
    return (first - arrivals)[kept] + overhead, ((last - first) / (OUTPUT - 1))[kept]


@pytest.mark.parametrize("load", [0.3, 0.6, 0.85])
def test_percentiles_agree_with_the_simulation(load: float) -> None:
    ready = engine([replica("llama-3.3-70b", "H100-SXM", (4, 1), ("fp8", "bf16"), fixed(PROMPT, OUTPUT))])
    best, _ = largest(ready, limits_for(ready, {("ttft", 0.95): np.array([1.0]), ("tpot", 0.95): np.array([0.05])}))
    rate = float(best.rate[0]) * load
    at = at_rate(ready, np.array([rate]))
    told = points(ready, at)[0]
    ttft, tpot = simulate(ready, rate, seed=7)
    assert told.tpot_mean_ms == pytest.approx(1e3 * tpot.mean(), rel=0.05)
    assert told.ttft_mean_ms == pytest.approx(1e3 * ttft.mean(), rel=0.10)
    # percentiles err on the safe side where they err
    assert 0.95 <= told.tpot_p95_ms / (1e3 * np.quantile(tpot, 0.95)) <= 1.10
    assert 0.95 <= told.ttft_p95_ms / (1e3 * np.quantile(ttft, 0.95)) <= 1.35
    assert float(tpot_at(ready, at, 0.5)[0]) == pytest.approx(float(at.tpot[0]))
    assert float(own_prefill(ready, at)[0, 0]) < ttft.mean()
