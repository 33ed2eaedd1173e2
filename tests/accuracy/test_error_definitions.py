"""Errors, rank correlation and rates at a limit, redone by hand."""

from math import log, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import figures

from planner.accuracy.capacity import rate_at, rates_at_limits
from planner.accuracy.figures import errors, summary
from planner.accuracy.ranking import ranking, ranks, spearman


def test_summary_by_hand() -> None:
    found = summary(np.array([11.0, 18.0, 33.0, nan]), np.array([10.0, 20.0, 30.0, 5.0]))
    assert found.n == 3
    assert found.median == pytest.approx(0.1)
    assert found.mean == pytest.approx(0.1)
    assert found.bias == pytest.approx(log(1.1))
    assert errors(np.array([20.0]), np.array([10.0])) == pytest.approx([1.0])


def test_nothing_to_compare_is_not_a_perfect_score() -> None:
    found = summary(np.array([nan]), np.array([1.0]))
    assert found.n == 0
    assert np.isnan([found.median, found.mean, found.p90, found.bias]).all()


def test_p90_is_above_nine_tenths_of_the_errors() -> None:
    predicted = np.arange(1, 101) / 100 + 1
    assert summary(predicted, np.ones(100)).p90 == pytest.approx(np.quantile(np.arange(1, 101) / 100, 0.9))


def test_spearman_equals_the_textbook_formula() -> None:
    one, other = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([5.0, 6.0, 7.0, 8.0, 7.5])
    difference = np.array([0, 0, 0, 1, -1.0])
    assert spearman(one, other) == pytest.approx(1 - 6 * (difference @ difference) / (5 * 24))
    assert spearman(one, -one) == pytest.approx(-1)
    assert spearman(one, np.ones(5)) == 0


def test_equal_values_share_a_rank() -> None:
    assert ranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [2.5, 0.0, 2.5, 1.0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 10_000), min_size=5, max_size=12, unique=True))
def test_a_rank_does_not_see_scale(values: list[int]) -> None:
    measured = np.array(values, dtype=np.float64)
    assert spearman(np.log(measured) * 7 + 3, measured) == pytest.approx(1.0)


def test_small_contests_have_no_order() -> None:
    values = np.arange(1.0, 11.0)
    found = ranking(values, values, ["a"] * 6 + ["b"] * 4)
    assert (found.contests, found.contest_median, found.overall) == (1, 1.0, 1.0)


def test_rate_at_a_limit_on_a_power_law() -> None:
    """TPOT = 10·c^0.5 and rate = 100·c^0.5: straight on logarithmic scales, so the rate at 20 ms is 200."""
    load = np.array([1.0, 4.0, 16.0, 64.0])
    curve = figures(*((100.0, 10 * c**0.5, 100 * c**0.5) for c in load))
    assert rate_at(curve, 20.0) == pytest.approx(200)
    assert rate_at(curve, 30.0) == pytest.approx(300)
    assert rate_at(curve, 1000.0) == pytest.approx(800)


def test_rates_at_limits_of_a_slower_prediction() -> None:
    """Predicted TPOT a quarter larger: limits are reached at 1/1.25 of the rate, the first at the curve's start."""
    load = np.array([1.0, 4.0, 16.0, 64.0])
    measured = figures(*((100.0, 10 * c**0.5, 100 * c**0.5) for c in load))
    predicted = figures(*((100.0, 12.5 * c**0.5, 100 * c**0.5) for c in load))
    found, truth = rates_at_limits(predicted, measured, load, ["a"] * 4)
    assert truth == pytest.approx([110, 110 * (72 / 11) ** 0.5, 720])
    assert found / truth == pytest.approx([100 / 110, 0.8, 0.8])
    assert len(rates_at_limits(predicted.take(np.arange(3)), measured.take(np.arange(3)), load[:3], ["a"] * 3)[0]) == 0
