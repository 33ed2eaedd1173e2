"""Demand as numbers: when (`Timeline`), what size (`LengthMix`), how much (`DemandClass`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Period:
    """One planning period; `discount` brings money paid in it to the start of the horizon."""

    index: int
    label: str  # "2027-Q1", "2027-01", "year 1"
    start: date | None
    months: int
    hours: float
    discount: float


@dataclass(frozen=True)
class Block:
    """Hours of the typical week that are planned together; `hours_of_week` partition 0…167."""

    index: int
    label: str  # short, human: "Mon–Fri 09–17"
    hours_of_week: tuple[int, ...]

    @property
    def week_share(self) -> float:
        """Share of all hours that fall in this block."""
        return len(self.hours_of_week) / 168


@dataclass(frozen=True)
class Timeline:
    """Periods, blocks, and what clustering the hours cost in precision."""

    periods: tuple[Period, ...]
    blocks: tuple[Block, ...]
    peak_over_mean_excess: float
    """How much interactive demand planned by blocks exceeds that planned hour by hour, as a share of the
    latter; in work (tokens to compute x active parameters), so that workloads can be added."""

    def hours(self, period: Period, block: Block) -> float:
        """Hours of `block` in `period` [h]."""
        return period.hours * block.week_share


@dataclass(frozen=True)
class LengthMix:
    """A joint length distribution as cells: arrays of one length, shares sum to 1 [tokens]."""

    input_tokens: Array
    output_tokens: Array  # includes reasoning tokens
    share: Array

    @property
    def mean_input(self) -> float:
        return float(self.input_tokens @ self.share)

    @property
    def mean_output(self) -> float:
        return float(self.output_tokens @ self.share)


@dataclass(frozen=True)
class DemandClass:
    """Requests the optimiser may route separately: a workload, or one size bucket of it."""

    id: str  # workload, or workload/bucket-k
    workload: str
    lengths: LengthMix
    prefix_hit: float
    burstiness_cv: float
    slo: dict[tuple[str, float], float]  # ("ttft"|"tpot"|"e2e", percentile share) → seconds; empty for batch
    batch_deadline_h: float | None
    planned_requests_per_s: Array  # [period, block]: capacity must cover it (block peak, margin included)
    mean_requests_per_s: Array  # [period, block]: what is expected to arrive (tokens, API bills)
    hourly_requests_per_s: Array  # [period, 168]: planned demand hour by hour, for pictures and deadlines


@dataclass(frozen=True)
class Demand:
    """All demand of a problem."""

    timeline: Timeline
    classes: tuple[DemandClass, ...]
    notes: tuple[str, ...]  # defaults and conversions the reader should know
