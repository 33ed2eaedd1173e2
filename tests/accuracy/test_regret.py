"""What choosing by prediction costs: by hand, and against a plain reading of the definition."""

from itertools import product
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import figures

from planner.accuracy.figures import Figures
from planner.accuracy.regret import TPOT_LIMITS_MS, TTFT_LIMITS_MS, Regret, regret

MEASURED = figures((100, 9, 50), (100, 9, 100))


def test_the_wrong_choice_costs_the_difference() -> None:
    swapped = figures((100, 9, 100), (100, 9, 50))
    found = regret(swapped, MEASURED, ["x", "y"], ["a", "a"])
    assert found.mean == pytest.approx(0.5)
    assert found.cases == len(TPOT_LIMITS_MS) * len(TTFT_LIMITS_MS)


def test_choosing_what_misses_the_limit_is_worth_nothing() -> None:
    measured = figures((100, 9, 50), (100, 9, 40), (100, 90, 100))
    hopeful = figures((100, 9, 50), (100, 9, 40), (100, 9, 100))
    found = regret(hopeful, measured, ["x", "y", "z"], ["a"] * 3)
    limits_kept_by_z = sum(limit >= 90 for limit in TPOT_LIMITS_MS)
    assert found.mean == pytest.approx(1 - limits_kept_by_z / len(TPOT_LIMITS_MS))


def test_a_scale_error_alone_costs_nothing_without_limits_in_reach() -> None:
    rescaled = figures((100, 9, 5), (100, 9, 10))
    assert regret(rescaled, MEASURED, ["x", "y"], ["a", "a"]).mean == 0


def test_one_deployment_is_no_choice_and_contests_do_not_mix() -> None:
    assert regret(MEASURED, MEASURED, ["x", "x"], ["a", "a"]).cases == 0
    assert regret(MEASURED, MEASURED, ["x", "y"], ["a", "b"]).cases == 0


def test_silence_is_counted() -> None:
    slow = figures((100, 500, 50), (100, 500, 100))
    found = regret(slow, MEASURED, ["x", "y"], ["a", "a"])
    assert (found.cases, found.silent) == (0, len(TPOT_LIMITS_MS) * len(TTFT_LIMITS_MS))
    assert found.if_silence_loses == 1
    assert Regret(0.1, 0.2, 3, 1).if_silence_loses == pytest.approx((0.3 + 1) / 4)


def test_runs_without_a_figure_take_no_part() -> None:
    holes = figures((100, 9, 50), (100, nan, 100))
    assert regret(holes, MEASURED, ["x", "y"], ["a", "a"]).cases == 0


RUN = st.tuples(st.floats(100, 8000), st.floats(5, 150), st.floats(1, 1000))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(RUN, RUN, st.sampled_from("xyz")), min_size=2, max_size=9))
def test_equals_the_definition(drawn: list[tuple[tuple[float, ...], tuple[float, ...], str]]) -> None:
    predicted, measured = figures(*(row[0] for row in drawn)), figures(*(row[1] for row in drawn))
    names = [row[2] for row in drawn]
    losses = plain(predicted, measured, names)
    found = regret(predicted, measured, names, ["a"] * len(names))
    assert found.cases == len(losses)
    if losses:
        assert found.mean == pytest.approx(np.mean(losses))
    assert regret(measured, measured, names, ["a"] * len(names)).mean in (0, pytest.approx(nan, nan_ok=True))


def plain(predicted: Figures, measured: Figures, names: list[str]) -> list[float]:
    losses = []
    for tpot, ttft in product(TPOT_LIMITS_MS, TTFT_LIMITS_MS):
        worths = best_of(measured, names, tpot, ttft)
        promises = best_of(predicted, names, tpot, ttft)
        if len(worths) >= 2 and promises:
            chosen = max(sorted(promises), key=promises.__getitem__)
            losses.append(1 - worths.get(chosen, 0.0) / max(worths.values()))
    return losses


def best_of(found: Figures, names: list[str], tpot: float, ttft: float) -> dict[str, float]:
    best: dict[str, float] = {}
    for row, name in enumerate(names):
        if found.tpot_ms[row] <= tpot and found.ttft_mean_ms[row] <= ttft:
            best[name] = max(best.get(name, 0.0), float(found.output_tokens_per_s_per_gpu[row]))
    return best
