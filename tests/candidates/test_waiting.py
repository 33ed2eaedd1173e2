"""Prompts that share a step: the closed forms against the recursion they stand for."""

import dataclasses

import numpy as np
import pytest
from workbench import engine, fixed, replica

from planner.candidates.rows import Array
from planner.candidates.state import state
from planner.candidates.waiting import beside_one, clustered

STEP, FIRST, FURTHER = 0.02, 0.045, 0.02  # seconds: without a prompt, with one, of each further one


def counted(rate: float, steps: int = 400_000) -> tuple[Array, Array]:
    """Prompts in each step and its seconds, where all that arrive in one are run in the next."""
    rng, prompts, seconds = np.random.default_rng(3), np.zeros(steps), np.zeros(steps)
    number = 0
    for turn in range(steps):
        prompts[turn], seconds[turn] = number, STEP if number == 0 else FIRST + FURTHER * (number - 1)
        number = rng.poisson(rate * seconds[turn])
    return prompts, seconds


@pytest.mark.parametrize("load", [0.05, 0.3, 0.6])
def test_prompts_beside_one_are_those_of_the_recursion(load: float) -> None:
    """Share of time with a prompt, mean and mean square of those beside it, weighed by the time a step takes."""
    prompts, seconds = counted(load / FURTHER)
    lone = np.array([FIRST])
    some = state(engine([replica("llama-3.1-8b", "H100-SXM", lengths=fixed(1000, 200))]), np.array([8.0]))
    at = dataclasses.replace(
        some, riding=np.array([prompts.mean()]), tpot=np.array([seconds.mean()]), further=np.array([FURTHER])
    )
    often, others = beside_one(at, lone, np.ones(1))
    weight = seconds * (prompts > 0)
    assert float(often[0]) == pytest.approx(weight.sum() / seconds.sum(), rel=0.02)
    assert float(others.mean[0]) == pytest.approx(((prompts - 1) * weight).sum() / weight.sum(), rel=0.1, abs=0.01)
    assert float(others.square[0]) == pytest.approx(
        ((prompts - 1) ** 2 * weight).sum() / weight.sum(), rel=0.1, abs=0.01
    )


def test_arrivals_come_in_bursts_or_in_turn() -> None:
    """None more for Poisson arrivals; otherwise (c² - 1)/2 in a long time, in proportion to a short one."""
    long, short = np.array([1e6]), np.array([1e-3])
    assert clustered(long, np.ones(1)) == 0
    for scv in (4.0, 0.25):
        assert clustered(long, np.array([scv])) == pytest.approx((scv - 1) / 2)
        assert clustered(short, np.array([scv])) == pytest.approx(np.sign(scv - 1) * short, rel=1e-2)
