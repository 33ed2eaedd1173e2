"""Every model on every GPU, from one client to thousands and from one token to a book: figures stay physical."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from planner.candidates.precision import plain_format
from planner.candidates.predict import ENGINES, Asked, Predicted, closed_points, open_points, why_senseless
from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog, GpuSpec, ModelSpec

CATALOG: Catalog = load_catalog(as_of=date(2026, 11, 21))
FEWEST_BITS = 4  # a weight in any format
NARROW = {"fp32", "bf16", "fp16"}
HELD = 0.5  # of the decode steps that a packet of tokens may hide, at most


def deployment(model: ModelSpec, gpu: GpuSpec, engine: str) -> Asked | None:
    """The model as published on eight of the GPUs, else on one; None where the GPU cannot run its format."""
    weights = plain_format(gpu) if model.native_format in NARROW else model.native_format
    for tp in (8, 4, 2, 1):
        asked = Asked(model, gpu, tp, 1, 1, 1, weights, "bf16", engine, 1000, 200)
        if not why_senseless(asked):
            return asked
    return None


@cache
def everything() -> tuple[Asked, ...]:
    pairs = [(model, gpu) for model in CATALOG.models.values() for gpu in CATALOG.gpus.values()]
    found = (deployment(*pair, ENGINES[index % len(ENGINES)]) for index, pair in enumerate(pairs))
    return tuple(asked for asked in found if asked is not None)


def told(isl: float, osl: float, clients: float) -> list[Predicted]:
    asked = [replace(one, input_tokens=isl, output_tokens=osl) for one in everything()]
    return closed_points(asked, [clients] * len(asked), CATALOG)


def figures(points: Sequence[Predicted]) -> np.ndarray:
    return np.array([(p.ttft_mean_ms, p.tpot_ms, p.output_tokens_per_s_per_gpu, p.ttft_p95_ms) for p in points])


def test_nearly_every_pair_can_be_asked_about() -> None:
    assert len(everything()) > 0.7 * len(CATALOG.models) * len(CATALOG.gpus)


@pytest.mark.parametrize(
    ("isl", "osl", "clients"),
    [(1, 1, 1), (1, 10, 4096), (1000, 200, 64), (131072, 200, 1), (131072, 32768, 4096), (1, 32768, 64)],
)
def test_figures_are_finite_positive_and_no_faster_than_memory_is_read(isl: float, osl: float, clients: float) -> None:
    points = told(isl, osl, clients)
    table = figures(points)
    assert np.isfinite(table).all() and (table > 0).all()
    assert (table[:, 0] <= table[:, 3] * 1.001).all(), "the mean lies below the 95th percentile"
    always = np.array([a.model.attention_parameters + a.model.dense_ffn_parameters for a in everything()])
    rate = np.array([a.gpus * a.gpu.bandwidth_gb_per_s * 1e9 for a in everything()])
    floor_ms = 1e3 * always * FEWEST_BITS / 8 / rate
    assert (table[:, 1] >= floor_ms * HELD).all()
    assert (table[:, 2] <= 1e3 * clients / table[:, 1] * (1 + 1 / osl) * 1.01 / gpus() + 1e3 / table[:, 0]).all()


def gpus() -> np.ndarray:
    return np.array([asked.gpus for asked in everything()])


def test_more_clients_are_never_answered_sooner() -> None:
    few, more, many = (figures(told(1000, 200, clients)) for clients in (1, 64, 1024))
    for less, greater in ((few, more), (more, many)):
        assert (greater[:, :2] >= less[:, :2] * 0.999).all()
        assert (greater[:, 2] >= less[:, 2] * 0.6).all(), "tokens/s may sag past saturation, not collapse"


def test_longer_prompts_never_start_sooner_nor_yield_more() -> None:
    short, long = (figures(told(isl, 200, 16)) for isl in (500, 8000))
    assert (long[:, 0] >= short[:, 0] * 0.999).all() and (long[:, 2] <= short[:, 2] * 1.001).all()


def test_a_request_rate_is_answered_as_well() -> None:
    some = everything()[::7]
    points = open_points(some, [0.01] * len(some), CATALOG)
    table = figures([point for point in points if point.fits])
    assert len(table) > len(some) / 3
    assert np.isfinite(table).all() and (table > 0).all()
