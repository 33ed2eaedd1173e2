"""Points → factors: how much longer steps take than modelled, shrunk towards 1 by what little data can prove.

With e = ln(measured TPOT / predicted TPOT) of a point, and its median m over the n points of a deployment,

    e = a(group) + b(deployment) + noise,   a ~ N(0, G²), b ~ N(0, D²), noise ~ N(0, P²)

    a = Σ w·m / (Σ w + 1/G²),  w = 1/(D² + P²/n)         over the deployments of the group
    b = (m - a) · D²/(D² + P²/n)

which is the best linear prediction when the spreads G, D and P are as they were found on models left out
of the fit (data/calibration/own_benchmarks.yaml). The median keeps one bad run from moving a deployment.
A group shares engine, GPU architecture and weight format: its factor exp(a) holds for deployments nobody
measured, exp(a + b) for one that was measured at least once. One point moves its deployment most of the
way, because the model's error is mostly the same at all loads of a deployment.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from planner.calibration.points import Point
from planner.catalog.own_factors import Deployment, OwnFactor, Range
from planner.catalog.readers.factors import LEAST, MOST
from planner.catalog.specs import Figure

Group = tuple[str, str, str]  # engine, GPU architecture, weight format


@dataclass(frozen=True)
class Spreads:
    """Standard deviations of ln(measured / predicted) between groups, deployments of one, and points of one."""

    group: float
    deployment: float
    point: float


def spreads_from(calibration: Mapping[str, Figure]) -> Spreads:
    """The spreads the catalogue states."""
    return Spreads(*(calibration[f"own_spread_{name}"].value for name in ("group", "deployment", "point")))


def fit(points: Sequence[Point], spreads: Spreads, measured_on: date) -> list[OwnFactor]:
    """For each group its factor, then one for each of its deployments."""
    groups: dict[Group, list[Point]] = defaultdict(list)
    for point in points:
        groups[point.engine, point.architecture, point.deployment.weights].append(point)
    return [factor for group in sorted(groups) for factor in _group(groups[group], spreads, measured_on)]


def _group(points: Sequence[Point], spreads: Spreads, measured_on: date) -> list[OwnFactor]:
    """One group's factors."""
    members: dict[Deployment, list[Point]] = defaultdict(list)
    for point in points:
        members[point.deployment].append(point)
    medians = {name: median(point.error for point in mine) for name, mine in members.items()}
    noise = {name: spreads.point**2 / len(mine) for name, mine in members.items()}
    weights = {name: 1 / (spreads.deployment**2 + noise[name]) for name in members}
    common = sum(weights[name] * medians[name] for name in members) / (sum(weights.values()) + 1 / spreads.group**2)
    own = {
        name: common + (medians[name] - common) * spreads.deployment**2 / (spreads.deployment**2 + noise[name])
        for name in members
    }
    whole = _factor(points, common, None, measured_on, len(members))
    return [whole, *(_factor(members[name], own[name], name, measured_on, 1) for name in members)]


def _factor(
    points: Sequence[Point], log_value: float, deployment: Deployment | None, measured_on: date, deployments: int
) -> OwnFactor:
    first = points[0]
    value = min(max(math.exp(log_value), LEAST), MOST)
    return OwnFactor(
        engine=first.engine,
        architecture=first.architecture,
        weights=first.deployment.weights,
        value=value,
        n=len(points),
        residual=median(abs(math.expm1(math.log(value) - point.error)) for point in points),
        concurrency=_range([point.concurrency for point in points]),
        input_tokens=_range([point.input_tokens for point in points]),
        output_tokens=_range([point.output_tokens for point in points]),
        measured_on=measured_on,
        deployment=deployment,
        deployments=deployments,
    )


def _range(values: Sequence[float]) -> Range:
    return min(values), max(values)
