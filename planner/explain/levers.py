"""What can be changed about a question, one thing at a time, in the user's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

from planner.explain.fleet import Fleet
from planner.inputs.problem import Problem, TokenLength, Workload
from planner.plan.plan import Plan

Kind = Literal["demand", "slo", "price", "lengths", "cap", "load", "rate", "cost"]
Changes = Mapping[str, Any]

DEMANDS = {
    "requests_per_s": "requests/s",
    "users": "users",
    "concurrent_requests": "requests in flight",
    "requests_per_day": "requests a day",
    "input_tokens_per_day": "input tokens a day",
}
"""The ways to say how much arrives, and their units."""
ALL_DEMAND = "workloads.*"
"""The key of the demand of all workloads together."""
_FULL_LOAD = 1.0
_FULL_LOAD_OF_SIZES = 0.95  # what the problem file allows where sizes share replicas


@dataclass(frozen=True)
class Lever:
    """One number of the problem: what it is called, where it stands, how far it may go."""

    subject: str
    kind: Kind
    key: str
    unit: str
    at: float
    changes: Callable[[float], Changes]
    """A value → the changes of the problem that set it."""
    highest: float = inf
    whole: bool = False

    def to(self, value: float) -> Changes:
        """The changes that set it to a value."""
        return self.changes(round(value) if self.whole else value)

    def times(self, factor: float) -> float | None:
        """So many times what it is, as far as it may go; None where that is where it stands."""
        value = min(self.highest, self.at * factor)
        value = round(value) if self.whole else rounded(value)
        return None if value == self.at else value

    def row(self) -> dict[str, Any]:
        """The fields of a `LeverRow`."""
        return {"subject": self.subject, "kind": self.kind, "key": self.key, "unit": self.unit, "at": self.at}


def rounded(value: float) -> float:
    """To six digits: what is reported is what was asked."""
    return float(f"{value:.6g}")


def plain(key: str) -> Callable[[float], Changes]:
    """Changes of one dotted key."""
    return lambda value: {key: value}


def demands(problem: Problem) -> list[Lever]:
    """How much arrives of each workload, and of all together where there are several."""
    found = [lever for name, workload in problem.workloads.items() for lever in _demand(name, workload)]
    if len(found) < 2:
        return found

    def all_at(factor: float) -> Changes:
        return {key: value for one in found for key, value in one.to(one.at * factor).items()}

    return [*found, Lever("demand of all workloads", "demand", ALL_DEMAND, "x", 1.0, all_at)]


def _demand(name: str, workload: Workload) -> Iterator[Lever]:
    for part in ("traffic", "batch"):
        asked = getattr(workload, part)
        for way, unit in DEMANDS.items():
            if asked is not None and (value := getattr(asked, way, None)) is not None:
                key = f"workloads.{name}.{part}.{way}"
                yield Lever(f"{name} demand", "demand", key, unit, float(value), plain(key))


def targets(problem: Problem, plan: Plan) -> list[Lever]:
    """Each latency target; a named service class is written out."""
    found = []
    for workload in plan.workloads:
        if problem.workloads[workload.id].slo is None or workload.deadline_h is not None:
            continue
        for target, value in workload.slo.items():
            metric, percentile, unit = target.split("_")
            subject = f"{workload.id} {metric.upper() if metric != 'e2e' else 'whole request'} {percentile}"
            key = f"workloads.{workload.id}.slo"
            found.append(Lever(subject, "slo", f"{key}.{target}", unit, value, _target(key, workload.slo, target)))
    return found


def _target(key: str, slo: Mapping[str, float], target: str) -> Callable[[float], Changes]:
    return lambda value: {key: {**slo, target: value}}


def prices(problem: Problem, fleet: Fleet) -> list[Lever]:
    """The price level of each GPU type and each purchase form of the fleet; what runs existing systems is none."""
    kinds = [kind.rsplit(" ", 1) for kind in fleet]
    bought = [(gpu, form) for gpu, form in kinds if form not in {"existing", "api"}]
    gpus = [f"{gpu} prices" for gpu in sorted({gpu for gpu, _ in bought})]
    names = [subject.removesuffix(" prices") for subject in gpus] + sorted({form for _, form in kinds} - {"existing"})
    return [_price(problem, name) for name in names]


def _price(problem: Problem, name: str) -> Lever:
    def factor(value: float) -> Changes:
        return {"prices": {**problem.prices, name: value}}

    return Lever(f"{name} prices", "price", f"prices.{name}", "x", problem.prices.get(name, 1.0), factor, highest=1000)


def lengths(problem: Problem) -> list[Lever]:
    """Token lengths that are given as figures; a histogram has no one figure to change."""
    found = []
    for name, workload in problem.workloads.items():
        for part in ("input", "output"):
            given = getattr(workload.requests, part)
            if given is not None:
                found.append(_length(f"{name} {part} length", f"workloads.{name}.requests.{part}", given))
    return found


def _length(subject: str, key: str, given: float | TokenLength) -> Lever:
    if not isinstance(given, TokenLength):
        return Lever(subject, "lengths", key, "tokens", float(given), plain(key))
    figures = {name: value for name, value in given.model_dump(exclude_none=True).items() if name != "cv"}
    spread = {} if given.cv is None else {"cv": given.cv}
    name, at = next(iter(figures.items()))

    def scaled(value: float) -> Changes:
        return {key: {**{one: figure * value / at for one, figure in figures.items()}, **spread}}

    told = f"{name}, the rest in proportion" if len(figures) > 1 else name
    return Lever(f"{subject} ({told})", "lengths", f"{key}.{name}", "tokens", at, scaled)


def load(problem: Problem) -> Lever:
    """How far a replica may be loaded."""
    sizes = any(one.requests.buckets > 1 for one in problem.workloads.values())
    highest = _FULL_LOAD_OF_SIZES if sizes and problem.performance.table is None else _FULL_LOAD
    key, at = "limits.utilization_cap", problem.limits.utilization_cap
    return Lever("utilisation cap", "load", key, "share", at, plain(key), highest=max(highest, at))


def rates(problem: Problem) -> list[Lever]:
    """What a predicted replica does in truth, as a multiple of what is planned with: never more than predicted."""
    if problem.performance.table is not None:
        return []
    kept, key = 1 - problem.limits.throughput_margin, "limits.throughput_margin"
    return [Lever("true speed of replicas", "rate", key, "x", 1.0, lambda x: {key: 1 - kept * x}, highest=1 / kept)]


def costs(problem: Problem) -> list[Lever]:
    """Rates of the problem that are prices of their own."""
    own, found = problem.supply.own, []
    if (own.systems or own.existing) and own.site.usd_per_kwh:
        found.append(("electricity price", "supply.own.site.usd_per_kwh", "USD/kWh", own.site.usd_per_kwh, inf))
    if rate := problem.horizon.discount_rate_per_year:
        found.append(("discount rate", "horizon.discount_rate_per_year", "a year", rate, 1.0))
    return [Lever(name, "cost", key, unit, at, plain(key), most) for name, key, unit, at, most in found]
