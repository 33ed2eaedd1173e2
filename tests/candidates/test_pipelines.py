"""What pipeline stages cost: the fullest one sets the pace, few requests leave stages idle, prompts leave bubbles."""

from collections import deque

import numpy as np
import pytest
from pipeline_simulation import simulate
from workbench import catalog, engine, fixed, replica

from planner.candidates.closed_loop import closed_loop
from planner.candidates.engine import Engine, pace_of, prompts_felt
from planner.candidates.operating import at_rate, largest, limits_for, points
from planner.candidates.roofline import decode_step
from planner.candidates.rows import Array
from planner.candidates.state import own_prefill, state

SLO = {("ttft", 0.95): 1.5, ("tpot", 0.95): 0.1}
PLACES = [
    ("llama-3.3-70b", "H100-SXM", (4, 2), ("fp8", "bf16")),
    ("llama-3.1-8b", "L40S", (1, 4), ("bf16", "bf16")),
    ("deepseek-v3", "H100-SXM", (8, 4), ("fp8", "bf16")),
]
LENGTHS = [(1000, 200), (8000, 300)]


def one(model: str, layout: tuple[int, ...], lengths: tuple[float, float] = (1000, 200)) -> Engine:
    return engine([replica(model, "H100-SXM", layout, ("fp8", "bf16"), fixed(*lengths))])


def test_one_stage_is_as_if_there_were_no_pipelines() -> None:
    """To the last bit: what one stage adds is nothing, and it takes all of a step."""
    names = [model for model in catalog().models if catalog().models[model].attention.query_heads % 8 == 0]
    ready = engine([replica(model, "H200-SXM", (8, 1), lengths=fixed(20000.5, 300)) for model in names])
    stages, n = ready.stages, np.linspace(0.1, 900, len(names))
    prompts, overheads = prompts_felt(ready, n / 299, n)
    assert np.array_equal(prompts, n / 299) and np.array_equal(overheads, ready.chunks * (1 - np.exp(-n / 299)))
    assert np.all(pace_of(stages, n) == 1)
    assert np.all(stages.fill == 1) and np.all(ready.cell_fill == 1) and np.all(ready.cell_chunks[:, 0] == ready.chunks)
    one_by_one = [float(state(engine([replica(names[0], "H200-SXM", (8, 1))]), np.array([9.0])).tpot[0])]
    beside = engine([replica(names[0], "H200-SXM", (8, 1)), replica(names[0], "H200-SXM", (4, 4))])
    assert float(state(beside, np.array([9.0, 9.0])).tpot[0]) == one_by_one[0]


def test_the_fullest_stage_sets_the_pace() -> None:
    """61 layers over 4 stages: 16, 15, 15, 15. Ever more as requests fill the stages; one alone waits for nobody."""
    ready = one("deepseek-v3", (8, 4))
    assert float(ready.stages.pace[0]) == pytest.approx(4 * 16 / 61)
    assert pace_of(ready.stages, np.array([400.0]))[0] == pytest.approx(64 / 61)
    assert pace_of(ready.stages, np.array([2.0]))[0] == pytest.approx(1 + (64 / 61 - 1) / 3)
    assert pace_of(ready.stages, np.array([1.0]))[0] == 1


def test_fewer_requests_than_stages_leave_stages_idle() -> None:
    """A token takes a whole pass however few there are: three requests are served three times as fast as one."""
    ready = one("llama-3.3-70b", (2, 8), (200, 400))
    whole_pass = float(decode_step(ready.step, np.ones(1))[0])
    found = [closed_loop(ready, np.array([n]), np.ones(1)) for n in (1.0, 3.0)]
    assert all(float(one.tpot_s[0]) >= whole_pass * 0.99 for one in found)
    assert float(found[1].requests_per_s[0]) == pytest.approx(3 * float(found[0].requests_per_s[0]), rel=0.1)
    alone = state(ready, np.array([0.01]))
    assert float(alone.tpot[0]) >= whole_pass
    assert float(alone.rate[0]) == pytest.approx(0.01 / 399 / float(alone.tpot[0]))


def test_chunks_of_a_prompt_follow_each_other_through_the_stages() -> None:
    """Eight full chunks over four stages take 8 + 4 - 1 stage times, not 8 x 4."""
    stages, chunks = 4, 8
    ready = one("llama-3.1-8b", (1, stages), (chunks * 8192, 200))
    flat = one("llama-3.1-8b", (1, 1), (chunks * 8192, 200))
    idle = [state(either, np.array([1e-6])) for either in (ready, flat)]
    piped, whole = (float(own_prefill(either, at)[0, 0]) for either, at in zip((ready, flat), idle, strict=True))
    assert piped == pytest.approx(whole * (chunks + stages - 1) / (chunks * stages), rel=0.02)


def growth(stages: int, prompts: float, steps: int = 6000) -> float:
    """Time a step takes on average where each carries a Poisson number of prompts of one unit, and none overtakes."""
    counts = np.random.default_rng(1).poisson(prompts, (steps, 8))
    free, ends = np.zeros((stages, 8)), deque([np.zeros(8)] * stages, maxlen=stages)
    for weight in counts:
        clock = ends[0]
        for stage in range(stages):
            clock = np.maximum(clock, free[stage]) + weight / stages
            free[stage] = clock
        ends.append(clock)
    return float(ends[-1].mean()) / steps * stages


@pytest.mark.parametrize("stages", [2, 4, 8])
def test_bubbles_are_those_of_the_recursion(stages: int) -> None:
    ready = one("llama-3.3-70b", (1, stages))
    for prompts in (0.01, 0.1, 0.5, 2.0, 8.0):
        told, _ = prompts_felt(ready, np.array([prompts]), 0.0)
        assert float(told[0]) == pytest.approx(growth(stages, prompts), rel=0.13)


def errors(place: tuple[str, str, tuple[int, int], tuple[str, str]], lengths: tuple[int, int], load: float) -> Array:
    """Closed form over simulation, less one: mean TPOT, mean TTFT, TTFT p95."""
    model, gpu, layout, formats = place
    ready = engine([replica(model, gpu, layout, formats, fixed(*lengths))])
    best, _ = largest(ready, limits_for(ready, {key: np.array([value]) for key, value in SLO.items()}))
    rate = best.rate * load
    told = points(ready, at_rate(ready, rate))[0]
    ttft, tpot = (1e3 * values for values in simulate(ready, float(rate[0]), lengths, 1500))
    closed = np.array([told.tpot_mean_ms, told.ttft_mean_ms, told.ttft_p95_ms])
    return closed / np.array([tpot.mean(), ttft.mean(), np.quantile(ttft, 0.95)]) - 1


@pytest.mark.parametrize(("load", "tpot", "ttft"), [(0.1, 0.03, 0.12), (0.6, 0.19, 0.12), (0.9, 0.38, 0.32)])
def test_closed_forms_agree_with_a_simulated_pipeline(load: float, tpot: float, ttft: float) -> None:
    """Two and four stages, prompts of an eighth of a chunk and of nearly a whole one."""
    found = np.abs([errors(place, lengths, load) for place in PLACES for lengths in LENGTHS])
    assert found[:, 0].max() <= tpot
    assert found[:, 1].max() <= ttft
    assert np.mean(found[:, 0]) <= tpot / 2
