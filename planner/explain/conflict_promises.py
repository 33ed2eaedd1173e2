"""Promises of workloads, margins and demand as levers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.candidates.precision import FORMATS
from planner.explain.conflict_ask import Uses
from planner.explain.conflict_levers import Changes, Lever, Listed, Number, Steps, figure, named, number
from planner.inputs.problem import Problem, Slo, Workload

_FURTHEST = 50.0
_LEAST_LOAD = 0.001
_NINES = (0.9999, 0.999, 0.99, 0.95, 0.9)
_MOST_HOURS = 168.0
_WORDS = {"ttft": "TTFT", "tpot": "TPOT", "e2e": "end-to-end time"}


def promises(problem: Problem) -> Iterator[Lever]:
    """What each workload is promised."""
    for name, asked in problem.workloads.items():
        yield from _quality(name, asked)
        yield from _spot(problem, name, asked)
        if asked.compliance:
            yield _compliance(problem, name, asked)
        if asked.availability is not None:
            yield _availability(name, asked)
        if asked.batch is not None and asked.slo != "batch":
            hours = asked.batch.deadline_h
            words = f"give {name} {{then}} hours instead of {{now}} (batch.deadline_h)"
            yield number(f"deadline of {name}: {hours:g} h", "promise", f"workloads.{name}.batch.deadline_h",
                         (hours, _MOST_HOURS), words, whole=True)  # fmt: skip
        if asked.precision.min_weight_bits is not None:
            yield _width(name, asked.precision.min_weight_bits)
        if isinstance(asked.slo, Slo):
            yield from _latency(name, asked.slo)


def margins(problem: Problem) -> Iterator[Lever]:
    """Prudence that could be given up."""
    limits = problem.limits
    if limits.plan_for == "cautious":
        change = {"limits.plan_for": "expected"}
        words = "plan with expected rates instead of cautious ones (limits.plan_for)"
        yield Lever("limits.plan_for: cautious", "margin", change, Steps(((change, words),)))
    for field in ("throughput_margin", "demand_margin"):
        if (now := getattr(limits, field)) > 0:
            words = f"lower limits.{field} from {{now}} to {{then}}"
            yield number(f"limits.{field}: {now:g}", "margin", f"limits.{field}", (now, 0.0), words)


def demands(problem: Problem) -> Iterator[Lever]:
    """How much of each workload is to be served."""
    keys = ("requests_per_s", "users", "concurrent_requests", "requests_per_day", "input_tokens_per_day")
    for name, asked in problem.workloads.items():
        for kind in ("traffic", "batch"):
            demand = getattr(asked, kind)
            for field in keys if demand is not None else ():
                if (now := getattr(demand, field, None)) is not None:
                    key = f"workloads.{name}.{kind}.{field}"
                    words = (
                        f"serve {{then}} instead of {{now}} {field.replace('_', ' ').replace(' per ', '/')} of {name}"
                    )
                    yield number(
                        f"demand of {name}: {now:,.10g} {field}", "demand", key, (now, now * _LEAST_LOAD), words
                    )


def _latency(name: str, slo: Slo) -> Iterator[Lever]:
    """Targets of one kind together, so that a higher percentile never becomes the faster one."""
    for metric, word in _WORDS.items():
        fields = {f: v for f, v in slo if f.startswith(metric) and v is not None}
        if fields:
            yield _targets(name, word, fields)


def _targets(name: str, word: str, fields: dict[str, Any]) -> Lever:
    first, (field, now) = word, next(iter(fields.items()))
    _, percentile, unit = field.split("_")

    def make(value: float) -> Changes:
        return {f"workloads.{name}.slo.{one}": at * value / now for one, at in fields.items()}

    def told(value: float) -> str:
        others = " and the other percentiles alike" if len(fields) > 1 else ""
        return f"relax {first} {percentile} of {name} from {figure(now)} to {figure(value)} {unit}{others}"

    by = Number(now, now * _FURTHEST, make, told)
    return Lever(f"{first} {percentile} of {name}: {figure(now)} {unit}", "promise", make(by.far), by)


def _availability(name: str, asked: Workload) -> Lever:
    key, now = f"workloads.{name}.availability", asked.availability_target or 0.0
    ways: list[tuple[Changes, str]] = [
        ({key: one}, f"promise {one * 100:g} % availability of {name} instead of {now * 100:g} %")
        for one in _NINES
        if one < now
    ]
    ways.append(({key: None}, f"promise no availability of {name} (availability)"))
    return Lever(f"availability of {name}: {now * 100:g} %", "promise", {key: None}, Steps(tuple(ways)))


def _width(name: str, bits: float) -> Lever:
    key = f"workloads.{name}.precision.min_weight_bits"
    widths = sorted({int(one.bits) for one in FORMATS.values() if int(one.bits) < bits}, reverse=True)
    ways = tuple(({key: float(one)}, f"allow weights of {one} bits for {name} instead of {bits:g}") for one in widths)
    return Lever(f"precision floor of {name}: {bits:g} bits", "promise", {key: None}, Steps(ways))


def _quality(name: str, asked: Workload) -> Iterator[Lever]:
    scores = sorted(set(asked.model_quality.values()), reverse=True)
    for field in ("min_quality", "min_mean_quality"):
        if (now := getattr(asked, field)) is not None:
            key = f"workloads.{name}.{field}"
            ways = tuple(
                ({key: one}, f"lower {field} of {name} from {now:g} to {one:g}") for one in scores if one < now
            )
            if ways:
                yield Lever(f"{field} of {name}: {now:g}", "promise", {key: scores[-1]}, Steps(ways))


def _spot(problem: Problem, name: str, asked: Workload) -> Iterator[Lever]:
    share = asked.spot_max_share
    if asked.interruptible and share < 1:
        words = f"let spot serve {{then}} of {name} instead of {{now}}"
        yield number(f"spot serves at most {share:.0%} of {name}", "promise", f"workloads.{name}.spot_max_share",
                     (share, 1.0), words)  # fmt: skip
    rent = problem.supply.rent
    if not asked.interruptible and asked.availability is None and rent is not None and "spot" in rent.forms:
        change = {f"workloads.{name}.interruptible": True}
        words = f"let {name} run on spot capacity (interruptible: true)"
        yield Lever(f"{name} may not be interrupted", "promise", change, Steps(((change, words),)))
    if asked.unserved_usd_per_1k_requests is not None and asked.max_unserved_share < 1:
        words = f"let {{then}} of {name} go unserved instead of {{now}}"
        yield number(f"at most {asked.max_unserved_share:.0%} of {name} unserved", "promise",
                     f"workloads.{name}.max_unserved_share", (asked.max_unserved_share, 1.0), words)  # fmt: skip


def _compliance(problem: Problem, name: str, asked: Workload) -> Lever:
    key = f"workloads.{name}.compliance"

    def widen(uses: Uses) -> tuple[Changes, str] | None:
        """The providers that would serve are given the tags they lack."""
        had = problem.supply.compliance
        lacks = {
            one: [tag for tag in asked.compliance if tag not in had.get(one, [])] for one in sorted(uses.providers)
        }
        lacks = {one: tags for one, tags in lacks.items() if tags}
        if not lacks:
            return None
        told = "; ".join(f"{one} has {named(tags)}" for one, tags in lacks.items())
        changes = {f"supply.compliance.{one}": [*had.get(one, []), *tags] for one, tags in lacks.items()}
        return changes, f"show that {told} (supply.compliance), if that is so, or drop it from {name}"

    return Lever(f"compliance of {name}: {named(list(asked.compliance))}", "promise", {key: []}, Listed(widen))
