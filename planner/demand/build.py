"""A problem's demand on one page: who asks for what, when, in which periods and blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist, fmean

import numpy as np

from planner.catalog.specs import Catalog
from planner.demand.blocks import blocks_of, wasted_share
from planner.demand.buckets import SizeBucket
from planner.demand.periods import periods_of
from planner.demand.streams import Stream, read_streams
from planner.demand.types import Array, Block, Demand, DemandClass, Timeline
from planner.inputs.problem import Problem
from planner.units import HOURS_PER_WEEK


def build_demand(problem: Problem, catalog: Catalog, base: Path) -> Demand:
    """All demand of a problem; `base` is the folder that its CSV paths are relative to.

    Raises InputError where the problem names a profile, length table or service class that does not
    exist, or a CSV that cannot be used.
    """
    streams = read_streams(problem, catalog, base)
    load = work_by_hour(streams)
    blocks = blocks_of(problem.horizon, load)
    timeline = Timeline(periods_of(problem.horizon), blocks, wasted_share(blocks, load))
    classes = tuple(
        _demand_class(stream, place, bucket, blocks, raised(problem, stream.name))
        for stream in streams
        for place, bucket in enumerate(stream.buckets, start=1)
    )
    return Demand(timeline, classes, _notes(problem, streams, timeline))


def work_by_hour(streams: tuple[Stream, ...]) -> Array:
    """Work of interactive traffic [hour of the week, shape], workloads of one shape together.

    Work is requests x tokens to compute x active parameters, at the mean growth of the horizon: a
    rough cost that makes hours of different models comparable. A model that the catalogue does not
    know counts as the mean of the others.
    """
    interactive = [stream for stream in streams if stream.interactive]
    known = [stream.active_parameters for stream in interactive if stream.active_parameters is not None]
    usual = fmean(known) if known else 1.0
    by_shape: dict[bytes, Array] = {}
    for stream in interactive:
        arrivals, parameters = stream.arrivals, stream.active_parameters or usual
        mean_rate = arrivals.requests_per_s * float(stream.growth.mean.mean())
        work = mean_rate * stream.tokens_per_request * parameters * arrivals.shape
        key = arrivals.shape.tobytes()
        by_shape[key] = by_shape.get(key, np.zeros(HOURS_PER_WEEK)) + work
    return np.column_stack(list(by_shape.values())) if by_shape else np.zeros((HOURS_PER_WEEK, 0))


def raised(problem: Problem, name: str) -> float:
    """Demand planned for a workload over its forecast: the margin, and what a normal forecast error calls for.

    planned = forecast x (1 + margin) x (1 + z x error), z the quantile of the standard normal at the confidence.
    """
    workload = problem.workloads[name]
    asked = workload.traffic or workload.batch
    error = asked.forecast_error if asked else 0.0
    z = NormalDist().inv_cdf(problem.limits.demand_confidence)
    return (1 + problem.limits.demand_margin) * (1 + z * error)


def _demand_class(
    stream: Stream, place: int, bucket: SizeBucket, blocks: tuple[Block, ...], over_forecast: float
) -> DemandClass:
    rate = stream.arrivals.requests_per_s * bucket.share
    shape, growth = stream.arrivals.shape, stream.growth
    hours = [list(block.hours_of_week) for block in blocks]
    hourly = rate * over_forecast * np.outer(growth.planned, shape)
    return DemandClass(
        id=stream.name if len(stream.buckets) == 1 else f"{stream.name}/bucket-{place}",
        workload=stream.name,
        lengths=bucket.lengths,
        prefix_hit=stream.prefix_hit,
        burstiness_cv=stream.arrivals.burstiness_cv,
        slo=stream.slo,
        batch_deadline_h=stream.deadline_h,
        planned_requests_per_s=np.column_stack([hourly[:, own].max(axis=1) for own in hours]),
        mean_requests_per_s=rate * np.outer(growth.mean, [shape[own].mean() for own in hours]),
        hourly_requests_per_s=hourly,
    )


def _notes(problem: Problem, streams: tuple[Stream, ...], timeline: Timeline) -> tuple[str, ...]:
    notes = [stream.arrivals.note for stream in streams]
    notes += [_size_note(stream) for stream in streams]
    notes += [
        f"{stream.name}: every request is done at most {stream.deadline_h:g} h after it arrives."
        for stream in streams
        if stream.deadline_h is not None
    ]
    if any(float(stream.growth.planned.max()) != float(stream.growth.mean.min()) for stream in streams):
        notes.append(
            "Capacity is planned for the highest month of each period; tokens and bills count the mean of its months."
        )
    if problem.limits.demand_margin:
        notes.append(f"Planned demand is raised by the demand margin of {problem.limits.demand_margin:.3g}.")
    notes += _forecast_notes(problem)
    notes.append(_block_note(timeline))
    return tuple(notes)


def _forecast_notes(problem: Problem) -> Iterator[str]:
    for name, workload in problem.workloads.items():
        asked = workload.traffic or workload.batch
        if asked and asked.forecast_error:
            confidence, margin = problem.limits.demand_confidence, 1 + problem.limits.demand_margin
            yield (
                f"{name}: planned {raised(problem, name) / margin - 1:.1%} above the forecast, enough with a "
                f"probability of {confidence:.0%} for a forecast error of {asked.forecast_error:.0%} (normal)."
            )


def _size_note(stream: Stream) -> str:
    lengths, count = stream.lengths, len(stream.buckets)
    sizes = f"{lengths.mean_input:,.0f} input and {lengths.mean_output:,.0f} output tokens a request on average"
    spread = f"; {stream.spread}" if stream.spread else ""
    buckets = f"; {count} size buckets of about equal token work" if count > 1 else ""
    return f"{stream.name}: {sizes}{spread}{buckets}."


def _block_note(timeline: Timeline) -> str:
    count, wasted = len(timeline.blocks), timeline.peak_over_mean_excess
    if wasted < 1e-9:
        return "Planning by blocks adds nothing to the hourly demand."
    how = "Every hour is planned like the busiest one" if count == 1 else f"The week is planned as {count} blocks"
    return (
        f"{how}, each at its highest hour: {wasted:.1%} above the hourly demand, by work (tokens x active parameters)."
    )
