"""Length cells keep the stated figures; buckets partition the requests."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.demand.buckets import size_buckets
from planner.demand.lengths import log_normal_cells
from planner.demand.types import LengthMix
from planner.inputs.problem import TokenLength


@settings(max_examples=60)
@given(st.floats(1, 1e6), st.floats(0, 10))
def test_cells_keep_the_mean_exactly(mean: float, cv: float) -> None:
    tokens, shares = log_normal_cells(*TokenLength(mean=mean, cv=cv).log_normal())
    assert shares.sum() == pytest.approx(1, abs=1e-12)
    assert tokens @ shares == pytest.approx(mean, rel=1e-9)
    assert tokens.min() >= min(1.0, mean) * (1 - 1e-12)
    assert (np.diff(tokens) >= -1e-9 * mean).all()


@given(st.floats(50, 5000), st.floats(1.2, 8))
def test_cells_straddle_the_stated_percentiles(p50: float, ratio: float) -> None:
    tokens, shares = log_normal_cells(*TokenLength(p50=p50, p95=p50 * ratio).log_normal())
    below = np.cumsum(shares)
    assert tokens[below <= 0.5 + 1e-9].max() < p50 < tokens[below > 0.5 + 1e-9].min()
    assert tokens[below <= 0.95 + 1e-9].max() < p50 * ratio < tokens[below > 0.95 + 1e-9].min()


def test_spread_of_the_cells_is_most_of_the_stated_spread() -> None:
    """Twelve cells lose the spread inside each: a little of a cv of 0.5, more of a long tail."""
    for cv, kept in ((0.3, 0.98), (0.5, 0.97), (1.0, 0.93), (2.0, 0.8)):
        tokens, shares = log_normal_cells(*TokenLength(mean=1000, cv=cv).log_normal())
        found = np.sqrt(((tokens - 1000) ** 2) @ shares) / 1000
        assert kept * cv < found <= cv


def test_a_fixed_length_is_one_cell() -> None:
    tokens, shares = log_normal_cells(*TokenLength(mean=512, cv=0).log_normal())
    assert (tokens.tolist(), shares.tolist()) == (pytest.approx([512.0]), [1.0])


@st.composite
def mixes(draw: st.DrawFn) -> LengthMix:
    count = draw(st.integers(1, 40))
    lengths = st.lists(st.floats(1, 1e5), min_size=count, max_size=count)
    share = np.array(draw(st.lists(st.floats(0.01, 1), min_size=count, max_size=count)))
    return LengthMix(np.array(draw(lengths)), np.array(draw(lengths)), share / share.sum())


@settings(max_examples=80)
@given(mixes(), st.integers(1, 16))
def test_buckets_partition_requests_by_size(mix: LengthMix, count: int) -> None:
    count = min(count, len(mix.share))
    buckets = size_buckets(mix, count, "here")
    assert len(buckets) == count
    assert sum(bucket.share for bucket in buckets) == pytest.approx(1)
    for bucket in buckets:
        assert bucket.lengths.share.sum() == pytest.approx(1)
    assert sum(bucket.share * bucket.lengths.mean_input for bucket in buckets) == pytest.approx(mix.mean_input)
    assert sum(bucket.share * bucket.lengths.mean_output for bucket in buckets) == pytest.approx(mix.mean_output)
    assert sum(len(bucket.lengths.share) for bucket in buckets) == len(mix.share)
    sizes = [bucket.lengths.input_tokens + bucket.lengths.output_tokens for bucket in buckets]
    assert all(small.max() <= large.min() for small, large in pairwise(sizes))


def test_buckets_of_fine_cells_share_the_work_equally() -> None:
    size = np.geomspace(10, 10_000, 2000)
    mix = LengthMix(size, size / 4, np.full(2000, 1 / 2000))
    work = [b.share * (b.lengths.mean_input + b.lengths.mean_output) for b in size_buckets(mix, 5, "here")]
    assert np.array(work) / sum(work) == pytest.approx(np.full(5, 0.2), abs=0.002)
