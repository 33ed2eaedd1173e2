"""How each model is run: layout, formats, replicas, memory, latency against the targets."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import inf

from planner.plan.plan import ConfigRow, WorkloadRow
from planner.report import format as f
from planner.report.configurations import RANGE, config_name, fewest_and_most, half, replica_range, shared_out, spanned
from planner.report.lookup import Lookup
from planner.report.shapes import Cell, Table, gauge, number, numbers, text, words
from planner.report.targets import (
    accepted,
    latency_range,
    latency_span,
    limit_name,
    rate_range,
    rate_span,
    target_name,
    target_text,
)


@dataclass(frozen=True)
class Memory:
    """The arithmetic of one configuration's memory."""

    config: str
    arithmetic: str


@dataclass(frozen=True)
class Running:
    """One workload: what it asks, how it is run, what it will feel like."""

    name: str
    asks: str
    configs: Table | None
    places: Table
    latency: Table | None
    memory: tuple[Memory, ...]
    notes: tuple[str, ...]
    calibrated: tuple[str, ...]
    halves: tuple[str, ...]


def running(look: Lookup) -> tuple[Running, ...]:
    """Workloads in the order of the problem."""
    return tuple(_workload(look, workload) for workload in look.plan.workloads)


def _workload(look: Lookup, workload: WorkloadRow) -> Running:
    mine = [row for row in look.plan.configs if row.workload == workload.id]
    arithmetic = {config_name(row): row.memory.arithmetic for row in mine if row.memory}
    return Running(
        name=workload.id,
        asks=asks(workload),
        configs=configs(look, mine) if mine else None,
        places=places(look, workload.id),
        latency=latency(workload, mine) if any(row.latency for row in mine) else None,
        memory=tuple(Memory(name, line) for name, line in arithmetic.items()),
        notes=tuple(dict.fromkeys(f"{config_name(row)}: {warning}" for row in mine for warning in row.warnings)),
        calibrated=tuple(dict.fromkeys(f"{config_name(row)}: {row.calibration}" for row in mine if row.calibration)),
        halves=tuple(dict.fromkeys(_handed(row) for row in mine if row.role == "prefill")),
    )


def _handed(row: ConfigRow) -> str:
    """What a prefilling half does with what it made."""
    when = f", {f.figure(row.transfer_ms, 2)}{f.NBSP}ms for a mean prompt" if row.transfer_ms else ""
    return (
        f"{config_name(row)} hands each prompt's cache over to decoding replicas in the same provider and region{when}"
    )


def asks(workload: WorkloadRow) -> str:
    """Model, traffic, sizes and targets in one line."""
    hit = f", {f.share(workload.prefix_hit)} of the prompt in the prefix cache" if workload.prefix_hit else ""
    parts = [
        " or ".join(workload.models),
        f"{f.rate(workload.mean_requests_per_s)} on average at first",
        f"{f.rate(workload.peak_requests_per_s)} at the planned peak",
        f"{f.tokens(workload.mean_input_tokens)} tokens in and {f.tokens(workload.mean_output_tokens)} out{hit}",
        _promise(workload),
    ]
    if workload.availability is not None:
        parts.append(f"up {f.exact_share(workload.availability)} of the time")
    if not workload.split_buckets:
        parts.append("in each block every request size goes whole to one configuration")
    parts += accepted(workload)
    if workload.regions:
        parts.append(_where(workload.regions))
    return "; ".join(parts) + "."


def _where(regions: list[str]) -> str:
    if regions == ["own"]:
        return "only on own systems"
    return f"only in {'region' if len(regions) == 1 else 'regions'} {f.listed(regions)}"


def _promise(workload: WorkloadRow) -> str:
    if workload.deadline_h is not None:
        spot = ", may be interrupted" if workload.interruptible else ""
        return f"done within {f.figure(workload.deadline_h)}{f.NBSP}hours{spot}"
    return ", ".join(f"{target_name(target)} {target_text(target, value)}" for target, value in workload.slo.items())


def configs(look: Lookup, rows: list[ConfigRow]) -> Table:
    """Replicas by layout, with what one of them does."""
    several = _several(rows, "demand_class")
    heads = ("Model and GPUs of a replica", "Layout", "Weights, KV", *_only("Serves", several), "Limited by")
    ranged = any(row.intervals for row in rows)
    rates = ("Requests/s a replica", *_only(RANGE, ranged))
    figures = ("Replicas", "Spare a pool", *rates, "In flight at the busiest", "In flight at most")
    lines = tuple(_config(look, row, several, ranged) for row in rows)
    return Table("How it is run", (*words(*heads), *numbers(*figures)), lines)


def _several(rows: list[ConfigRow], field: str) -> bool:
    return len({getattr(row, field) for row in rows}) > 1


def _only(head: str, wanted: bool) -> tuple[str, ...]:
    return (head,) if wanted else ()


def _config(look: Lookup, row: ConfigRow, several: bool, ranged: bool) -> tuple[Cell, ...]:
    least, most = replica_range(look, row.workload, row.config)
    return (
        text(f"{row.model} on {look.gpus_of(row)}{f.NBSP}×{f.NBSP}{row.gpu}{half(row)}"),
        text(f"TP{row.tp}{f.NBSP}×{f.NBSP}PP{row.pp}" + shared_out(row) + spanned(row)),
        text(f"{row.weights}, {row.kv}"),
        *map(text, _only(row.demand_class, several)),
        text(limit_name(row.limited_by)),
        number(f.count(most) if least == most else f"{least} to {most}", most),
        number(f.count(row.spare_replicas), row.spare_replicas),
        number(f.figure(row.max_requests_per_s), row.max_requests_per_s),
        *([_range_cell(rate_range(row), rate_span(row))] if ranged else []),
        _in_flight(row.busiest.concurrency),
        _in_flight(row.memory.max_concurrency if row.memory else None),
    )


def _in_flight(requests: float | None) -> Cell:
    """Requests in a replica, where they are known."""
    return text("not measured") if requests is None else number(f.figure(requests), requests)


def _range_cell(shown: str, ends: tuple[float, float] | None, most: float = inf) -> Cell:
    """Both ends of an 80 % range; it stands out where the high end is above `most`."""
    return number(shown, ends[1], "warn" if ends[1] > most else "") if ends else text("not known")


def places(look: Lookup, workload: str) -> Table:
    """Where a workload's replicas run, how many, and how much of its work they do."""
    mine = [row for row in look.plan.replicas if row.workload == workload]
    sent: dict[tuple[str, str, str], float] = defaultdict(float)
    for flow in look.plan.flows:
        if look.workload_of[flow.demand_class] == workload:
            sent[flow.config, flow.pool, flow.kind] += flow.requests_per_s * look.hours(flow.period, flow.block)
    hosted = sum(
        row.requests_per_s * look.hours(row.period, row.block)
        for row in look.plan.api
        if look.workload_of[row.demand_class] == workload
    )
    whole = hosted + sum(
        row.requests_per_s * look.hours(row.period, row.block)
        for row in look.plan.finished
        if look.workload_of[row.demand_class] == workload
    )
    names = {row.config: config_name(row) for row in look.plan.configs}
    lines = []
    for config, pool, kind in dict.fromkeys((row.config, row.pool, row.kind) for row in mine):
        here = [row for row in mine if (row.config, row.pool, row.kind) == (config, pool, kind)]
        least, most = fewest_and_most(look, here)
        part = sent[config, pool, kind] / whole if whole else 0.0
        shown = f.count(most) if least == most else f"{least} to {most}"
        lines.append(
            (
                text(pool),
                text("spot" if kind == "spot" else "firm"),
                text(names[config]),
                number(shown, most),
                number(f.share(part), part),
            )
        )
    columns = (*words("Pool", "Capacity", "Configuration"), *numbers("Replicas", "Share of the requests"))
    return Table("Where its replicas run", columns, tuple(lines))


def latency(workload: WorkloadRow, rows: list[ConfigRow]) -> Table:
    """Predicted latency at the busiest hour against each target."""
    classes, layouts = _several(rows, "demand_class"), _several(rows, "config")
    ranged = any(row.intervals for row in rows)
    lines = []
    for row in rows:
        for target, predicted in row.latency.items():
            asked = workload.slo[target]
            lines.append(
                (
                    text(target_name(target)),
                    *map(text, _only(row.demand_class, classes)),
                    *map(text, _only(config_name(row), layouts)),
                    number(target_text(target, asked), asked),
                    number(target_text(target, predicted), predicted),
                    *([_range_cell(latency_range(row, target), latency_span(row, target), asked)] if ranged else []),
                    gauge(f.share(predicted / asked), predicted / asked, "warn" if predicted > asked else ""),
                )
            )
    heads = ("Target", *_only("Requests", classes), *_only("Configuration", layouts))
    told = " or ".join(sorted({row.basis.capitalize() for row in rows if row.latency}, reverse=True))
    columns = (*words(*heads), *numbers("Asked", told, *_only(RANGE, ranged), "Used"))
    return Table("Latency at the busiest hour", columns, tuple(lines))
