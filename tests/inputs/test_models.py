"""What the problem's tables compute by themselves."""

import json
from datetime import date
from math import exp, expm1, sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from question import PROBLEMS

from planner.inputs.load import load_problem, problem_from
from planner.inputs.problem import Horizon, Slo, TokenLength, Workload

Z95 = 1.6448536269514722


def figures(mu: float, sigma: float) -> dict[str, float]:
    return {"mean": exp(mu + sigma**2 / 2), "p50": exp(mu), "p95": exp(mu + Z95 * sigma), "cv": sqrt(expm1(sigma**2))}


@given(st.floats(2, 9), st.floats(0.05, 1.5), st.sampled_from([("mean", "p50"), ("mean", "p95"), ("p50", "p95")]))
def test_any_two_figures_give_the_log_normal_back(mu: float, sigma: float, given_figures: tuple[str, str]) -> None:
    known = figures(mu, sigma)
    found = TokenLength(**{name: known[name] for name in given_figures}).log_normal()
    assert found == pytest.approx((mu, sigma), rel=1e-6, abs=1e-6)


@given(st.floats(2, 9), st.floats(0.05, 1.5), st.sampled_from(["mean", "p50", "p95"]))
def test_one_figure_and_a_spread_give_the_log_normal_back(mu: float, sigma: float, figure: str) -> None:
    known = figures(mu, sigma)
    found = TokenLength(**{figure: known[figure], "cv": known["cv"]}).log_normal()
    assert found == pytest.approx((mu, sigma), rel=1e-6, abs=1e-6)


def test_a_single_figure_spreads_like_an_exponential() -> None:
    mu, sigma = TokenLength(mean=1000).log_normal()
    assert sqrt(expm1(sigma**2)) == pytest.approx(1.0)
    assert exp(mu + sigma**2 / 2) == pytest.approx(1000)


@pytest.mark.parametrize("path", sorted(PROBLEMS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_problem_with_all_defaults_filled_in_is_the_same_problem(path: Path) -> None:
    problem = load_problem(path)
    filled_in = json.loads(problem.model_dump_json())
    assert problem_from(filled_in, "again") == problem


def test_slo_targets_in_seconds() -> None:
    slo = Slo(ttft_p95_ms=1500, tpot_p50_ms=40, e2e_p99_s=30)
    assert slo.targets() == {("ttft", 0.95): 1.5, ("tpot", 0.5): 0.04, ("e2e", 0.99): 30}


@pytest.mark.parametrize(("said", "share"), [("standard", 0.99), ("high", 0.999), ("critical", 0.9999), (0.95, 0.95)])
def test_availability_as_a_number(said: str | float, share: float) -> None:
    asked = {
        "model": "m",
        "traffic": {"requests_per_s": 1},
        "requests": {"input": 9, "output": 9},
        "slo": "interactive",
        "availability": said,
    }
    assert Workload.model_validate(asked).availability_target == share


def test_periods_start_on_the_same_day_or_the_month_s_last() -> None:
    monthly = Horizon(start=date(2027, 1, 31), periods=3)
    assert [monthly.period_start(i) for i in range(4)] == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
    ]
    assert Horizon(start=date(2027, 11, 1), period="quarter").period_start(1) == date(2028, 2, 1)
    assert Horizon().period_start(0) is None
