"""All that is said about the model's accuracy: every predictor on the same runs, overall and by condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.accuracy.capacity import rates_at_limits
from planner.accuracy.figures import QUANTITIES, Array, Figures, Index, Summary, summary
from planner.accuracy.held_out import HeldOut
from planner.accuracy.measurements import Measurements, lengths_of
from planner.accuracy.ranking import Ranking, ranking
from planner.accuracy.regret import TTFT_LIMITS_MS, Regret, regret
from planner.candidates.predict import Asked

SHIPPED, MODEL_OUT, GPU_OUT, AIC = "shipped", "left out: model", "left out: GPU", "AIConfigurator"
WAY_OUT = {"model": MODEL_OUT, "gpu": GPU_OUT}
PATIENT_TTFT_MS = tuple(limit for limit in TTFT_LIMITS_MS if limit >= 1000)
BANDS = (4, 8, 16, 32, 64, 128)


@dataclass(frozen=True)
class Line:
    """One predictor over one set of runs."""

    name: str
    ttft: Summary
    tpot: Summary
    tokens: Summary
    rate: Summary  # largest rate within a TPOT limit
    regret: Regret
    patient: Regret  # only TTFT limits of a second and more
    ranking: Ranking


@dataclass(frozen=True)
class Group:
    """One condition: errors of each predictor on its runs."""

    name: str
    n: int
    tpot: Mapping[str, Summary]
    tokens: Mapping[str, Summary]
    ttft: Mapping[str, Summary]


@dataclass(frozen=True)
class Scorecard:
    """Lines over all runs, lines over the runs AIConfigurator answers, and tables by condition."""

    runs: int
    refused: tuple[str, ...]  # runs that ran although the model says they do not fit: "id: reason"
    lines: tuple[Line, ...]
    shared: tuple[Line, ...]
    tables: Mapping[str, tuple[Group, ...]]


def predictors(shipped: Figures, runs: Measurements, held_out: HeldOut | None) -> dict[str, Figures]:
    """Every predictor with at least one answer."""
    found = {SHIPPED: shipped}
    if held_out is not None:
        found |= {WAY_OUT[way]: figures for way, figures in held_out.figures.items()}
    found[AIC] = runs.aiconfigurator
    return {name: figures for name, figures in found.items() if figures.known.any()}


def scorecard(runs: Measurements, found: Mapping[str, Figures], refused: Sequence[str]) -> Scorecard:
    """Score `found` (predictor name → its figures, in the order of the runs)."""
    ours = [name for name in found if name != AIC]
    every = np.arange(len(runs))
    shared = np.flatnonzero(found[AIC].known) if AIC in found else every[:0]
    return Scorecard(
        runs=len(runs),
        refused=tuple(refused),
        lines=tuple(_line(name, found[name], runs, every) for name in ours),
        shared=tuple(_line(name, found[name], runs, shared) for name in found) if len(shared) else (),
        tables={title: _groups(runs, found, condition) for title, condition in CONDITIONS.items()},
    )


def _line(name: str, figures: Figures, runs: Measurements, rows: Index) -> Line:
    predicted, measured = figures.take(rows), runs.measured.take(rows)
    deployments, contests, curves = (_at(names, rows) for names in (runs.deployments, runs.contests, runs.curves))
    ttft, tpot, tokens = (summary(getattr(predicted, q), getattr(measured, q)) for q in QUANTITIES)
    throughput = predicted.output_tokens_per_s_per_gpu, measured.output_tokens_per_s_per_gpu
    return Line(
        name=name,
        ttft=ttft,
        tpot=tpot,
        tokens=tokens,
        rate=summary(*rates_at_limits(predicted, measured, runs.concurrency[rows], curves)),
        regret=regret(predicted, measured, deployments, contests),
        patient=regret(predicted, measured, deployments, contests, PATIENT_TTFT_MS),
        ranking=ranking(*throughput, contests),
    )


def _at(names: Sequence[str], rows: Index) -> list[str]:
    return [names[row] for row in rows]


def _groups(
    runs: Measurements, found: Mapping[str, Figures], condition: Callable[[Measurements, int], str]
) -> tuple[Group, ...]:
    names = np.array([condition(runs, row) for row in range(len(runs))])
    return tuple(
        _group(name, np.flatnonzero(names == name), runs.measured, found) for name in sorted(set(names), key=_order)
    )


def _order(name: str) -> tuple[int, str]:
    """Names that begin with a number by that number, the others by letter."""
    digits = "".join(character if character.isdigit() else " " for character in name).split()
    leads = name[:1].isdigit() or name.startswith("over ")
    return (int(digits[0]) if leads and digits else 0, name)


def _group(name: str, rows: Index, measured: Figures, found: Mapping[str, Figures]) -> Group:
    def errors_of(quantity: str) -> dict[str, Summary]:
        truth: Array = getattr(measured, quantity)[rows]
        return {who: summary(getattr(figures, quantity)[rows], truth) for who, figures in found.items()}

    ttft, tpot, tokens = (errors_of(quantity) for quantity in QUANTITIES)
    return Group(name, len(rows), tpot, tokens, ttft)


def _asked(runs: Measurements, row: int) -> Asked:
    return runs.questions[row].asked


def _band(runs: Measurements, row: int) -> str:
    load = runs.concurrency[row]
    if load != load:
        return "request rate"
    lower = 1
    for upper in BANDS:
        if load <= upper:
            return f"{lower}–{upper}"
        lower = upper + 1
    return f"over {BANDS[-1]}"


def _cut(runs: Measurements, row: int) -> str:
    asked = _asked(runs, row)
    if asked.dp > 1:
        return "attention-DP"
    if asked.ep > 1:
        return "EP"
    return f"TP{asked.tp}" + (f" PP{asked.pp}" if asked.pp > 1 else "")


def _deployment(runs: Measurements, row: int) -> str:
    asked = _asked(runs, row)
    return f"{asked.model.id}, {asked.gpu.id}, {asked.engine}, {asked.weights}"


CONDITIONS: dict[str, Callable[[Measurements, int], str]] = {
    "model": lambda runs, row: _asked(runs, row).model.id,
    "GPU": lambda runs, row: _asked(runs, row).gpu.id,
    "engine": lambda runs, row: _asked(runs, row).engine,
    "weights (attention/dense/experts)": lambda runs, row: _asked(runs, row).weights,
    "concurrency": _band,
    "layout": _cut,
    "prompt/answer tokens": lambda runs, row: lengths_of(runs.runs[row], runs.questions[row]),
    "model, GPU, engine, weights": _deployment,
}
"""Title of a table → what it groups runs by."""
