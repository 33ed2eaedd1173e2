"""The page for the engineer: what runs where, how it is launched, what latency to expect, what to doubt."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from planner.plan.plan import ConfigRow
from planner.report import format as f
from planner.report.certainty import doubts
from planner.report.configurations import RANGE, half, layout, replica_name, replica_range
from planner.report.lookup import Lookup
from planner.report.shapes import Cell, Table, gauge, number, numbers, text, words
from planner.report.targets import latency_range, latency_span, slow_end, target_name, target_text

_MOST_PLACES = 10
_MOST_CONFIGS = 8
_MOST_TARGETS = 10
_MOST_DOUBTS = 3


@dataclass(frozen=True)
class Engineer:
    """One page."""

    runs: Table | None
    launch: Table | None
    latency: Table | None
    sure: str
    weakest: tuple[str, ...]


def engineer(look: Lookup) -> Engineer:
    """What somebody who deploys needs, and nothing else."""
    configs = _configs(look)
    return Engineer(
        runs=runs(look) if look.plan.replicas else None,
        launch=launch(look, configs) if configs else None,
        latency=latency(look) if any(row.latency for row in look.plan.configs) else None,
        sure=sure(look),
        weakest=tuple(line[0].upper() + line[1:] for line in doubts(look)[:_MOST_DOUBTS]),
    )


def _configs(look: Lookup) -> list[ConfigRow]:
    """One row a configuration, the one with most GPUs at work first."""
    found = {row.config: row for row in reversed(look.plan.configs)}
    return sorted(found.values(), key=lambda row: -row.gpus * replica_range(look, row.workload, row.config)[1])


def runs(look: Lookup) -> Table:
    """Replicas by workload and pool, fewest to most over all hours; the largest first within a workload."""
    counts: dict[tuple[str, str, str, str], dict[tuple[int, int], int]] = defaultdict(lambda: defaultdict(int))
    for row in look.plan.replicas:
        counts[row.workload, row.config, row.pool, row.kind][row.period, row.block] += row.replicas
    configs = {row.config: row for row in look.plan.configs}
    slots = len(look.periods) * len(look.blocks)
    lines = []
    for (workload, config, pool, kind), here in counts.items():
        least, most = min(here.values()) if len(here) == slots else 0, max(here.values())
        one = configs[config]
        shown = f.count(most) if least == most else f"{least} to {most}"
        cells = (
            text(workload),
            text(f"{one.model} on {one.gpus}{f.NBSP}×{f.NBSP}{one.gpu}{half(one)}"),
            text(pool),
            text(kind, "warn" if kind == "spot" else ""),
            number(shown, most),
            number(f.count(one.spare_replicas), one.spare_replicas),
        )
        lines.append((most * one.gpus, cells))
    shown_lines = [cells for _, cells in sorted(lines, key=lambda one: -one[0])[:_MOST_PLACES]]
    rest = len(lines) - len(shown_lines)
    more = f", the {len(shown_lines)} largest of {len(lines)}" if rest else ""
    columns = (*words("Workload", "Replica", "Pool", "Capacity"), *numbers("Replicas", "Of them spare"))
    return Table(f"What runs where{more}", columns, tuple(shown_lines))


def launch(look: Lookup, configs: list[ConfigRow]) -> Table:
    """Parameters of an engine, as far as the plan knows them."""
    told = any(row.serving for row in configs)
    lines = []
    for row in configs[:_MOST_CONFIGS]:
        given = row.serving
        settings = (
            (given.max_running_requests, f.count) if given else (None, f.count),
            (given.memory_utilisation, f.share) if given else (None, f.share),
            (given.prefill_chunk_tokens, f.tokens) if given else (None, f.tokens),
        )
        lines.append(
            (
                text(f"{row.model} on {row.gpus}{f.NBSP}×{f.NBSP}{row.gpu}{half(row)}"),
                text(layout(row)),
                text(f"{row.weights}, {row.kv}"),
                number(f.figure(row.max_requests_per_s), row.max_requests_per_s),
                _flight(row),
                *([_setting(value, said) for value, said in settings] if told else []),
            )
        )
    heads = ["Requests/s a replica", "In flight at the busiest"]
    heads += ["Engine limit assumed", "Memory to use", "Prefill chunk"] if told else []
    columns = (*words("Replica", "Layout", "Weights, KV"), *numbers(*heads))
    more = f", the {_MOST_CONFIGS} largest of {len(configs)}" if len(configs) > _MOST_CONFIGS else ""
    return Table(f"How it is launched{more}", columns, tuple(lines))


def _flight(row: ConfigRow) -> Cell:
    busy = row.busiest.concurrency
    return text("not measured") if busy is None else number(f.figure(busy), busy)


def _setting(value: float | None, said: object) -> Cell:
    return text("engine's own", "muted") if value is None else number(said(value), value)  # type: ignore[operator]


def latency(look: Lookup) -> Table:
    """For each workload and target the configuration whose slow end, where one is known, reaches furthest."""
    worst: dict[tuple[str, str], ConfigRow] = {}
    slo = {one.id: one.slo for one in look.plan.workloads}
    for row in look.plan.configs:
        for target in row.latency:
            before = worst.get((row.workload, target))
            if before is None or slow_end(row, target) > slow_end(before, target):
                worst[row.workload, target] = row
    lines = []
    for (workload, target), row in list(worst.items())[:_MOST_TARGETS]:
        asked, value = slo[workload][target], row.latency[target]
        ends = latency_span(row, target)
        wide = ends is not None and ends[1] > asked
        lines.append(
            (
                text(workload),
                text(target_name(target)),
                text(replica_name(row)),
                number(target_text(target, asked), asked),
                number(target_text(target, value), value),
                number(latency_range(row, target), ends[1], "warn" if wide else "") if ends else text("not known"),
                gauge(f.share(value / asked), value / asked, "warn" if value > asked else ""),
            )
        )
    columns = (*words("Workload", "Target", "Replica"), *numbers("Asked", "Expected", RANGE, "Used"))
    caption = "Latency at the busiest hour: of each target, the replica that may be slowest"
    return Table(caption, columns, tuple(lines))


def sure(look: Lookup) -> str:
    """How sure the latencies are, in one sentence."""
    slo = {one.id: one.slo for one in look.plan.workloads}
    rows = [
        (latency_span(row, target), slo[row.workload][target], row.basis)
        for row in look.plan.configs
        for target in row.latency
    ]
    if not rows:
        return ""
    measured = sum(basis == "measured" for _, _, basis in rows)
    known = [(ends, asked) for ends, asked, _ in rows if ends]
    if not known:
        return f"{measured} of {f.plural(len(rows), 'latency figure')} were measured." if measured else ""
    over = sum(ends[1] > asked for ends, asked in known)
    return (
        "Latencies are predicted by a model fitted to measurements, not measured on this fleet; four times in five "
        f"the truth lies in the 80{f.NBSP}% range. Over all replicas there are {f.plural(len(known), 'prediction')}: "
        f"{_over(over, len(known))}."
    )


def _over(over: int, known: int) -> str:
    """How many predictions keep their target over the whole range, and where to find the others."""
    if not over:
        return "each meets its target over its whole range"
    rest = (
        f"{known - over} meet{'s' if known - over == 1 else ''} the target over the whole range; "
        if known > over
        else ""
    )
    ranges = "range of 1 goes" if over == 1 else f"ranges of {over} go"
    return f"{rest}the {ranges} beyond it (⚠ here and under How each model runs)"
