"""The worked example of docs/performance.md is what the code computes."""

from pathlib import Path

import numpy as np
import pytest
from workbench import engine, fixed, replica

from planner.candidates.engine import Engine
from planner.candidates.operating import largest, limits_for, points
from planner.candidates.roofline import decode_step, decode_terms, hit_share
from planner.candidates.state import state
from planner.units import BYTES_PER_GIB

PAGE = (Path(__file__).parents[2] / "docs" / "performance.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example() -> Engine:
    return engine([replica("llama-3.3-70b", "H100-SXM", (4, 1), ("bf16", "bf16"), fixed(2000, 500))])


def test_memory(example: Engine) -> None:
    memory = example.memory
    assert f"**{float(memory.pool[0]) / BYTES_PER_GIB:.1f} GiB for KV**" in PAGE
    assert f"{float(memory.request[0]) / BYTES_PER_GIB:.3f} GiB a GPU" in PAGE
    assert f"**{float(memory.capacity[0]):.0f} requests**" in PAGE


def test_step(example: Engine) -> None:
    terms = decode_terms(example.step, np.array([32.0]))
    table = {
        line.split("|")[1].split(":")[0].strip(): line.split("|")[3]
        for line in PAGE.splitlines()
        if "ms" in line and line.count("|") == 4
    }
    for name in ("linear", "attention", "communication", "launch"):
        assert table[name].strip().startswith(f"{1e3 * float(getattr(terms, name)[0]):.1f} ms"), name
    assert f"**{1e3 * float(decode_step(example.step, np.array([32.0]))[0]):.1f} ms**" in table["**step**"]


def test_a_small_model_reaches_two_thirds_of_its_bandwidth() -> None:
    small = engine([replica("llama-3.1-8b", "H100-SXM", (1, 1), ("bf16", "bf16"), fixed(1000, 200))])
    step = 1e3 * float(decode_step(small.step, np.array([1.0]))[0])
    by_hand = 15.0 / 3350 * 1e3
    assert f"{by_hand:.1f} ms by hand, {step:.1f} ms here, {by_hand / step:.0%}".replace("%", " %") in PAGE


def test_experts_that_are_hit() -> None:
    ready = engine([replica("deepseek-v3", "H200-SXM", (8, 1), ("fp8", "bf16"))])
    hit = [f"{256 * float(hit_share(ready.step.routing, np.array([m]))[0]):.0f}" for m in (1.0, 16.0, 64.0)]
    assert f"{hit[0]} of 256 with one token, {hit[1]} with 16, {hit[2]} with 64" in PAGE


def test_rate_and_percentiles(example: Engine) -> None:
    at = state(example, np.array([32.0]))
    point = points(example, at)[0]
    assert f"**{point.tpot_mean_ms:.1f} ms**" in PAGE
    assert f"a step of {1e3 * float(at.decode_step[0]):.1f} ms" in PAGE
    assert f"One prompt adds {1e3 * float(at.prefill[0]):.0f} ms" in PAGE
    assert f"**{point.requests_per_s:.2f} requests/s** (Little" in PAGE
    assert f"**{point.ttft_p95_ms:.0f} ms**" in PAGE
    assert f"TPOT p95 = **{point.tpot_p95_ms:.1f} ms**" in PAGE
    best, _ = largest(example, limits_for(example, {("ttft", 0.95): np.array([1.5]), ("tpot", 0.95): np.array([0.05])}))
    assert f"**{float(best.rate[0]):.2f} requests/s**" in PAGE
