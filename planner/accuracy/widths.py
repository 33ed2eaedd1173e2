"""How wide 80 % intervals must be: factors that hold four fifths of the errors on runs whose model was left out.

`measured_widths` gives the figures of data/calibration/intervals.yaml that are measured; the others are judgement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from planner.accuracy.capacity import rates_at_limits
from planner.accuracy.figures import Array, Figures, Index, Mask
from planner.accuracy.measurements import Measurements
from planner.candidates.predict import ENGINES
from planner.errors import CatalogError

HELD = 0.8
OWN_RUNS = 3  # runs of a deployment that set it right
DRAWS = 5  # of those runs, for each deployment
FEWEST = 6  # runs of a deployment that is drawn from
FEWEST_OF_ENGINE = 100  # runs of a kind under one engine that have a width of their own
FEWEST_LIMITS = 20  # limits on capacity that say anything


def measured_widths(measured: Measurements, left_out: Figures, crowded_above: float) -> dict[str, float]:
    """Figure id → factor. `left_out` are predictions of each run by constants fitted without its model."""
    widths: dict[str, float] = {}
    curves = np.array(measured.curves)
    for kind, runs in kinds_of(measured, crowded_above).items():
        pairs = left_out.take(runs), measured.measured.take(runs)
        widths |= {f"interval.{name}.{kind}": width(error) for name, error in log_errors(*pairs).items()}
        if kind != "crowded":
            for name, error in _capacity(*pairs, measured.concurrency[runs], curves[runs].tolist()).items():
                if len(error) >= FEWEST_LIMITS:
                    widths[f"interval.{name}.{kind}"] = width(error)
    return widths | _after_own_runs(measured, left_out)


def width(errors: Array) -> float:
    """The factor that holds four fifths of these logarithmic errors."""
    return float(np.exp(np.nanquantile(np.abs(errors), HELD)))


def kinds_of(measured: Measurements, crowded_above: float) -> dict[str, Index]:
    """Runs of each kind of replica, and under each engine; crowded ones belong to their kind too."""
    asked = [question.asked for question in measured.questions]
    ranks = np.array([one.dp for one in asked]) > 1
    experts = np.array([one.model.moe is not None for one in asked])
    masks: dict[str, Mask] = {
        "dense": ~experts & ~ranks,
        "moe": experts & ~ranks,
        "attention_dp": ranks,
        "crowded": measured.concurrency > crowded_above,
    }
    for kind in ("dense", "moe"):
        for engine in ENGINES:
            here = masks[kind] & np.array([one.engine == engine for one in asked])
            if here.sum() >= FEWEST_OF_ENGINE:
                masks[f"{kind}.{engine}"] = here
    return {kind: np.flatnonzero(mask) for kind, mask in masks.items()}


def log_errors(predicted: Figures, measured: Figures) -> dict[str, Array]:
    """ln(predicted/measured) of each quantity.

    With a fixed number of clients an answer's whole time is their number over the throughput.
    """
    throughput = np.log(predicted.output_tokens_per_s_per_gpu / measured.output_tokens_per_s_per_gpu)
    return {
        "tpot": np.log(predicted.tpot_ms / measured.tpot_ms),
        "ttft": np.log(predicted.ttft_mean_ms / measured.ttft_mean_ms),
        "throughput": throughput,
        "e2e": -throughput,
    }


def _capacity(predicted: Figures, measured: Figures, clients: Array, curves: Sequence[str]) -> dict[str, Array]:
    """ln(predicted/measured) of the largest rate within limits on TPOT, and on mean TTFT."""
    found = {"capacity_tpot": rates_at_limits(predicted, measured, clients, curves)}
    told, seen = (replace(figures, tpot_ms=figures.ttft_mean_ms) for figures in (predicted, measured))
    found["capacity_ttft"] = rates_at_limits(told, seen, clients, curves)
    return {name: np.log(rate / true) for name, (rate, true) in found.items()}


def _after_own_runs(measured: Measurements, left_out: Figures) -> dict[str, float]:
    """Widths on all other runs of a deployment once three of its runs, drawn at random, have scaled its steps."""
    errors: dict[str, list[Array]] = {}
    clients, curves = measured.concurrency, np.array(measured.curves)
    for rest, factor in _drawn(measured, left_out):
        told, seen = _slower(left_out.take(rest), factor), measured.measured.take(rest)
        found = log_errors(told, seen) | _capacity(told, seen, clients[rest], curves[rest].tolist())
        for name, error in found.items():
            errors.setdefault(name, []).append(error)
    return {f"interval.{name}.own": width(np.concatenate(parts)) for name, parts in errors.items()}


def _drawn(measured: Measurements, left_out: Figures) -> Iterator[tuple[Index, float]]:
    """The runs that were not drawn, and the factor that those drawn put on step times."""
    random = np.random.default_rng(0)
    error = log_errors(left_out, measured.measured)["tpot"]
    names = np.array(
        [f"{q.asked.model.id}|{one}" for q, one in zip(measured.questions, measured.deployments, strict=True)]
    )
    for name in dict.fromkeys(names.tolist()):
        runs = np.flatnonzero((names == name) & np.isfinite(error))
        if len(runs) >= FEWEST:
            for _ in range(DRAWS):
                own = random.choice(runs, OWN_RUNS, replace=False)
                yield np.setdiff1d(runs, own), float(np.exp(-error[own].mean()))


def _slower(figures: Figures, factor: float) -> Figures:
    """The same replicas with steps that take `factor` as long."""
    return Figures(
        ttft_mean_ms=figures.ttft_mean_ms * factor,
        tpot_ms=figures.tpot_ms * factor,
        output_tokens_per_s_per_gpu=figures.output_tokens_per_s_per_gpu / factor,
    )


def write_widths(path: Path, widths: Mapping[str, float]) -> None:
    """Replace the values of these figures in their lines, to two digits; all else stays as it is."""
    text = path.read_text(encoding="utf-8")
    for name, value in widths.items():
        line = re.compile(rf"(^- \{{id: {re.escape(name)}, value: )[^,}}]+", re.MULTILINE)
        text, count = line.subn(rf"\g<1>{value:.2f}", text)
        if count != 1:
            raise CatalogError(f"{path}: {name} must stand in one line as '- {{id: {name}, value: …'")
    path.write_text(text, encoding="utf-8")
