"""Trials → rates: what each configuration can do for its class, or the number it fails on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.candidates.candidate import OperatingPoint, Rate
from planner.candidates.engine import Engine, engine_of
from planner.candidates.ground import Use, ground_of
from planner.candidates.intervals import intervals_for
from planner.candidates.memory import MemoryRows, memory_at, memory_of
from planner.candidates.operating import (
    LEAST_CONCURRENCY,
    Targets,
    at_rate,
    binding,
    largest,
    limits_for,
    points,
    target_name,
)
from planner.candidates.own_ground import calibration_words, out_of_range, own_factor
from planner.candidates.queueing import e2e_floor, percentile_of, tpot_at, ttft_floor
from planner.candidates.rows import Array, rows_from
from planner.candidates.state import State, state
from planner.candidates.trials import Facts, Refusal, Trial, refuse
from planner.candidates.waiting import wait_of
from planner.candidates.warnings import warnings_for
from planner.candidates.words import memory_arithmetic, memory_shortfall, subject_of
from planner.catalog.own_factors import OwnFactor
from planner.inputs.problem import Limits
from planner.units import MS_PER_S

Indices = NDArray[np.intp]


def judge(trials: Sequence[Trial], facts: Facts, limits: Limits) -> tuple[list[Rate], list[Refusal]]:
    """Rates of the trials that work, refusals with numbers of those that do not.

    Where one layout works on the GPUs, the others that do not are no news.
    """
    if not trials:
        return [], []
    rows = rows_from([trial.replica for trial in trials], facts.k)
    memory = memory_of(rows, facts.k)
    fits = (memory.capacity >= 1) & (memory.long_request <= memory.pool)
    kept = np.flatnonzero(fits)
    if not len(kept):
        return [], list(_too_large(trials, memory, np.flatnonzero(~fits)))
    fitting = [trials[index] for index in kept.tolist()]
    engine = engine_of(rows.take(kept), facts.k)
    targets = targets_of(fitting)
    best, feasible = largest(engine, limits_for(engine, targets))
    served = {_told(fitting[row]) for row in np.flatnonzero(feasible).tolist()}
    refusals = list(_too_large(trials, memory, _news(trials, np.flatnonzero(~fits), served)))
    refusals += _too_slow(fitting, engine, targets, _news(fitting, np.flatnonzero(~feasible), served))
    return _rates(_Found(fitting, engine, targets, best), np.flatnonzero(feasible), facts, limits), refusals


def _told(trial: Trial) -> tuple[str, str]:
    """What a refusal speaks of."""
    return trial.demand_class.id, subject_of(trial)


def _news(trials: Sequence[Trial], rows: Indices, served: set[tuple[str, str]]) -> Indices:
    """Those of the rows that speak of nothing that is served after all."""
    return rows[[_told(trials[row]) not in served for row in rows.tolist()]]


def targets_of(trials: Sequence[Trial]) -> Targets:
    """Each latency target as seconds for each trial, infinite where its class has none."""
    keys = sorted({key for trial in trials for key in trial.demand_class.slo})
    return {key: np.array([trial.demand_class.slo.get(key, np.inf) for trial in trials]) for key in keys}


@dataclass(frozen=True)
class _Found:
    """The trials that fit, and the largest state of each."""

    trials: Sequence[Trial]
    engine: Engine
    targets: Targets
    best: State


def _rates(found: _Found, feasible: Indices, facts: Facts, limits: Limits) -> list[Rate]:
    if not len(feasible):
        return []
    trials = [found.trials[index] for index in feasible.tolist()]
    engine = engine_of(found.engine.rows.take(feasible), facts.k)
    best = state(engine, found.best.concurrency[feasible])
    names = binding(engine, limits_for(engine, {key: value[feasible] for key, value in found.targets.items()}), best)
    allowed = best.rate * limits.utilization_cap * (1 - limits.throughput_margin)
    at_allowed = points(engine, at_rate(engine, allowed))
    owned = [own_factor(facts.catalog, trial.config) for trial in trials]
    uses = _uses(engine, at_allowed, owned, facts)
    intervals = [
        intervals_for(ground_of(trial.replica, uses[row], facts.catalog), names[row], facts.catalog.calibration)
        for row, trial in enumerate(trials)
    ]
    if limits.plan_for == "cautious":
        allowed = allowed * np.array([found["rate"].low_factor for found in intervals])
        at_allowed = points(engine, at_rate(engine, allowed))
        intervals = [found | {"rate": found["rate"].from_its_low_end()} for found in intervals]
    return [
        Rate(
            config=trial.config.id,
            demand_class=trial.demand_class.id,
            max_requests_per_s=float(allowed[row]),
            at_max=at_allowed[row],
            memory=memory_at(engine.memory, row, memory_arithmetic(trial.replica, engine.memory, row, facts.k)),
            limited_by=names[row],
            warnings=(
                *warnings_for(trial, engine.memory, row, facts),
                *out_of_range(owned[row], trial.replica.shape, at_allowed[row]),
            ),
            calibration=calibration_words(owned[row]),
            intervals=intervals[row],
        )
        for row, trial in enumerate(trials)
    ]


def _uses(engine: Engine, at: Sequence[OperatingPoint], owned: Sequence[OwnFactor | None], facts: Facts) -> list[Use]:
    """What beside the replica itself decides how sure its prediction is, at the load it may carry."""
    share = (engine.memory.weights / engine.rows.memory_bytes).tolist()
    points = [own.n if own and own.deployment else 0 for own in owned]
    return [
        Use(facts.engine, weights, point.concurrency, own)
        for weights, point, own in zip(share, at, points, strict=True)
    ]


def _too_large(trials: Sequence[Trial], memory: MemoryRows, rows: Indices) -> Iterator[Refusal]:
    for row in rows.tolist():
        trial = trials[row]
        detail, excess = memory_shortfall(trial.replica, memory, row)
        yield refuse(trial.demand_class.workload, subject_of(trial), trial.config.gpu, "memory", detail, excess)


def _too_slow(trials: Sequence[Trial], engine: Engine, targets: Targets, rows: Indices) -> Iterator[Refusal]:
    """The target missed by the largest factor even when the replica is idle."""
    if not len(rows):
        return
    idle = engine_of(engine.rows.take(rows), engine.k)
    reached = {key: idle_latency(idle, *key) for key in targets}
    for position, row in enumerate(rows.tolist()):
        trial = trials[row]
        misses = {key: reached[key][position] / targets[key][row] for key in targets}
        metric, percentile = key = max(misses, key=misses.__getitem__)
        name = target_name(metric, percentile)
        detail = (
            f"{name} is {reached[key][position] * MS_PER_S:,.0f} ms even when idle, "
            f"{targets[key][row] * MS_PER_S:,.0f} ms asked"
        )
        yield refuse(
            trial.demand_class.workload, subject_of(trial), trial.config.gpu, "slo", detail, float(misses[key])
        )


def idle_latency(engine: Engine, metric: str, percentile: float) -> Array:
    """A latency percentile of replicas with nothing else to do [s]."""
    at = state(engine, np.full(len(engine.rows), LEAST_CONCURRENCY))
    if metric == "tpot":
        return tpot_at(engine, at, percentile)
    floor = (ttft_floor if metric == "ttft" else e2e_floor)(engine, at, percentile)
    return percentile_of(engine, wait_of(engine, at), floor, percentile)
