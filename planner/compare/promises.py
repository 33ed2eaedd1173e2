"""The latency targets at what a plan's replicas get, also where that is more than they can take within the targets."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from planner.candidates.evaluate import under_load
from planner.compare.capacity import short_by_workload
from planner.compare.findings import row
from planner.compare.tried import Tried
from planner.compare.words import figure
from planner.demand.types import DemandClass
from planner.plan.plan import ConfigRow, Plan
from planner.plan.rows.holds import HoldsRow
from planner.plan.work import merged_lengths, target_field, target_value

_LATE = 0.005  # sizes that share replicas: their rates add up to well within this
_TAKEN = 0.999


@dataclass(frozen=True)
class Load:
    """What each replica of a group gets [requests/s], by demand class."""

    config: str
    by_class: Mapping[str, float]

    @property
    def whole(self) -> float:
        """Requests/s of a replica."""
        return sum(self.by_class.values())


def promises(found: Tried) -> Iterator[HoldsRow]:
    """Every workload's targets: as routed where all is served, else with all that comes in routed as planned."""
    short = short_by_workload(found.instance, found.strain.short)
    classes = {one.id: one for one in found.demand.classes}
    loads = list(_loads(found.plan, classes)) if short else []
    for workload in found.now.workloads:
        rows = [one for one in found.now.configs if one.workload == workload.id]
        if not workload.slo:
            continue
        if workload.id in short:
            mine = [one for one in loads if workload.id in {classes[name].workload for name in one.by_class}]
            wrong = list(dict.fromkeys(text for one in _heaviest(mine) for text in _late(found, classes, one)))
        else:
            wrong = list(dict.fromkeys(text for one in rows for text in _misses(one, workload.slo)))
        if wrong:
            yield row("slo", workload.id, "; ".join(wrong), ok=False)
        elif rows:
            kept = ", for what is served" if workload.id in short else ""
            yield row("slo", workload.id, _tightest(rows, workload.slo) + kept, ok=True)


def _loads(plan: Plan, classes: Mapping[str, DemandClass]) -> Iterator[Load]:
    """Every group of replicas, with the share of each class that the plan routes to it."""
    before = {(one.demand_class, one.period, one.block): one.planned_requests_per_s for one in plan.demand}
    spares = {(one.workload, one.config): one.spare_replicas for one in plan.configs}
    groups: dict[tuple[str, str, str, str, int, int], dict[str, float]] = defaultdict(dict)
    owner = {one.demand_class: one.workload for one in plan.demand}
    for flow in plan.flows:
        if flow.demand_class in classes and before[flow.demand_class, flow.period, flow.block] > 0:
            key = owner[flow.demand_class], flow.config, flow.pool, flow.kind, flow.period, flow.block
            now = float(classes[flow.demand_class].planned_requests_per_s[flow.period, flow.block])
            share = flow.requests_per_s / before[flow.demand_class, flow.period, flow.block]
            groups[key][flow.demand_class] = share * now
    for run in plan.replicas:
        key = run.workload, run.config, run.pool, run.kind, run.period, run.block
        working = max(1, run.replicas - spares.get((run.workload, run.config), 0))
        if key in groups:
            yield Load(run.config, {name: rate / working for name, rate in groups[key].items()})


def _heaviest(loads: Iterable[Load]) -> Iterable[Load]:
    """Of each configuration the group whose replicas get most."""
    found: dict[str, Load] = {}
    for one in loads:
        if one.config not in found or one.whole > found[one.config].whole:
            found[one.config] = one
    return found.values()


def _late(found: Tried, classes: Mapping[str, DemandClass], load: Load) -> Iterator[str]:
    """Targets missed at a load, or that it is more than a replica ever takes; nothing where nothing is predicted."""
    config = found.held.candidates.configs.get(load.config)
    rates = found.held.candidates.rates
    if config is None:
        return
    lengths = merged_lengths([(classes[name].lengths, rate) for name, rate in load.by_class.items()])
    for name in load.by_class:
        rate = rates.get((config.id, name))
        if rate is None or rate.basis == "measured":
            continue
        point, told = under_load(found.catalog, config, classes[name], lengths, load.whole)
        at = f"at {figure(load.whole, 3)} requests/s a replica of {config.id}"
        if point.requests_per_s < _TAKEN * load.whole:
            yield f"its queues grow {at}, which takes {figure(point.requests_per_s, 3)}"
            continue
        for (metric, percentile), seconds in told.items():
            asked = classes[name].slo[metric, percentile]
            if seconds > asked * (1 + _LATE):
                field = target_field(metric, percentile)
                reached = figure(target_value(metric, seconds))
                asked_for = _value(field, {field: target_value(metric, asked)})
                yield f"{_target(field)} {reached} instead of {asked_for} {at}"


def _misses(one: ConfigRow, slo: Mapping[str, float]) -> Iterator[str]:
    """Targets that a configuration misses at the load it gets."""
    for name, value in one.latency.items():
        if value > slo.get(name, math.inf) * (1 + _LATE):
            yield f"{_target(name)} {figure(value)} instead of {_value(name, slo)} on {one.config}"


def _tightest(rows: Iterable[ConfigRow], slo: Mapping[str, float]) -> str:
    told = [(one.latency[name] / slo[name], name, one) for one in rows for name in one.latency if name in slo]
    if not told:
        return "its rates are measured within the targets"
    _, name, one = max(told, key=lambda found: found[0])
    return f"{_target(name)} {figure(one.latency[name])} of {_value(name, slo)} on {one.config}, the tightest target"


def _target(name: str) -> str:
    """TPOT p95 for tpot_p95_ms."""
    metric, percentile, _ = name.split("_")
    return f"{metric.upper() if metric != 'e2e' else 'whole request'} {percentile}"


def _value(name: str, slo: Mapping[str, float]) -> str:
    """20 ms for tpot_p95_ms: 20."""
    return f"{figure(slo[name])} {name.rsplit('_', 1)[1]}"
