"""The same peak, used more or less evenly: a problem's traffic at another utilisation.

An hour with the share w of the busiest hour's load gets 1 - s (1 - w), never less than 0. At s = 0 every hour is as
busy as the busiest, at s = 1 the week is as it is, beyond that the quiet hours empty first. The peak, and so the
capacity that holds it, stays; only the hours it is needed change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.again import Question
from planner.demand.build import build_demand
from planner.explain.levers import DEMANDS

Week = NDArray[np.float64]
_STEEPEST = 1000.0
_HALVINGS = 60
OFFICE = "office-hours"
ALIKE = 1 - 1e-9


@dataclass(frozen=True)
class Shape:
    """One workload: its hours as shares of its busiest, what each of its requests weighs, and how to say its demand."""

    hours: Week
    stretched: Week
    """What is stretched: its hours, or office hours where all of them are alike."""
    tokens_per_s: float
    """At its busiest hour."""
    profile_key: str
    demand_key: str
    demand: float
    """What stands there, at the week's mean."""


@dataclass(frozen=True)
class Load:
    """The interactive traffic of a question, and what becomes of it at another utilisation."""

    shapes: tuple[Shape, ...]

    @property
    def utilisation(self) -> float:
        """Mean over peak of all of it, in tokens, as it is."""
        return self._at(1.0, as_asked=True)

    def changes(self, utilisation: float) -> Mapping[str, Any]:
        """The changes of the problem under which it is used so much."""
        steepness = self._steepness(utilisation)
        changes: dict[str, Any] = {}
        for one in self.shapes:
            week = _stretched(one.stretched, steepness)
            changes[one.profile_key] = [round(float(hour), 6) for hour in week]
            changes[one.demand_key] = one.demand / float(one.hours.mean()) * float(week.round(6).mean())
        return changes

    def _steepness(self, utilisation: float) -> float:
        low, high = 0.0, _STEEPEST
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._at(middle) > utilisation else (low, middle)
        return (low + high) / 2

    def _at(self, steepness: float, *, as_asked: bool = False) -> float:
        weeks = [
            one.tokens_per_s * (one.hours if as_asked else _stretched(one.stretched, steepness)) for one in self.shapes
        ]
        whole: Week = np.sum(weeks, axis=0)
        return float(whole.mean() / whole.max())


def load_of(question: Question) -> Load | None:
    """The traffic of a question; None where nothing of it is interactive."""
    demand = build_demand(question.problem, question.catalog, question.base)
    found, office = [], np.array(question.catalog.profiles[OFFICE].weights)
    for name, workload in question.problem.workloads.items():
        if workload.traffic is None:
            continue
        classes = [one for one in demand.classes if one.workload == name]
        weeks = [one.hourly_requests_per_s[0] for one in classes]
        tokens = sum(
            week * (one.lengths.mean_input + one.lengths.mean_output) for week, one in zip(weeks, classes, strict=True)
        )
        way = next(way for way in DEMANDS if getattr(workload.traffic, way, None) is not None)
        key, week = f"workloads.{name}.traffic", np.asarray(tokens, dtype=float)
        hours, amount = week / week.max(), float(getattr(workload.traffic, way))
        stretched = hours if hours.min() < ALIKE else office / office.max()
        found.append(Shape(hours, stretched, float(week.max()), f"{key}.profile", f"{key}.{way}", amount))
    return Load(tuple(found)) if found else None


def _stretched(hours: Week, steepness: float) -> Week:
    return np.maximum(0.0, 1 - steepness * (1 - hours))
