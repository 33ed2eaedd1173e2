"""The same peak, used more or less of the time: a problem's traffic at another utilisation.

Traffic that comes and goes is stretched: an hour with the share w of the busiest hour's load gets 1 - s (1 - w), never
less than 0. At s = 0 every hour is as busy as the busiest, at s = 1 the week is as it is, beyond that the quiet hours
empty first. Traffic that never rests works in fewer hours of the week, office hours first, and not at all in others.
Either way the peak, and so the capacity that holds it, stays; only the hours it is needed change.
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
from planner.units import HOURS_PER_DAY, HOURS_PER_WEEK

Week = NDArray[np.float64]
ALIKE = 1 - 1e-9
OFFICE = "office-hours"
_STEEPEST = 1000.0
_HALVINGS = 60
_MIDDAY = 12.5


@dataclass(frozen=True)
class Shape:
    """One workload: its hours as shares of its busiest, its tokens/s then, and how the problem says its demand."""

    hours: Week
    tokens_per_s: float
    profile_key: str
    demand_key: str
    demand: float
    """What stands there, at the week's mean."""


@dataclass(frozen=True)
class Load:
    """The interactive traffic of a question, and what becomes of it at another utilisation."""

    shapes: tuple[Shape, ...]
    office_first: Week
    """Rank of each hour of the week: 0 for the first that is worked in."""

    @property
    def never_rests(self) -> bool:
        """Whether all hours of all of it are alike."""
        return all(one.hours.min() >= ALIKE for one in self.shapes)

    @property
    def utilisation(self) -> float:
        """Mean over peak of all of it, in tokens, as it is."""
        return self._used([one.hours for one in self.shapes])

    def changes(self, utilisation: float) -> Mapping[str, Any]:
        """The changes of the problem under which it is used so much."""
        changes: dict[str, Any] = {}
        for one, week in zip(self.shapes, self._weeks(utilisation), strict=True):
            rounded = week.round(6)
            changes[one.profile_key] = [float(hour) for hour in rounded]
            changes[one.demand_key] = one.demand / float(one.hours.mean()) * float(rounded.mean())
        return changes

    def _weeks(self, utilisation: float) -> list[Week]:
        if self.never_rests:
            worked = self.office_first < round(utilisation * HOURS_PER_WEEK)
            return [worked.astype(float) for _ in self.shapes]
        low, high = 0.0, _STEEPEST
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._used(self._stretched(middle)) > utilisation else (low, middle)
        return self._stretched((low + high) / 2)

    def _stretched(self, steepness: float) -> list[Week]:
        return [np.maximum(0.0, 1 - steepness * (1 - one.hours)) for one in self.shapes]

    def _used(self, weeks: list[Week]) -> float:
        loads = [one.tokens_per_s * week for one, week in zip(self.shapes, weeks, strict=True)]
        whole: Week = np.sum(loads, axis=0)
        return float(whole.mean() / whole.max())


def load_of(question: Question) -> Load | None:
    """The traffic of a question; None where nothing of it is interactive."""
    demand = build_demand(question.problem, question.catalog, question.base)
    found = []
    for name, workload in question.problem.workloads.items():
        if workload.traffic is None:
            continue
        classes = [one for one in demand.classes if one.workload == name]
        tokens = [one.hourly_requests_per_s[0] * (one.lengths.mean_input + one.lengths.mean_output) for one in classes]
        way = next(way for way in DEMANDS if getattr(workload.traffic, way, None) is not None)
        key, amount = f"workloads.{name}.traffic", float(getattr(workload.traffic, way))
        week: Week = np.sum(tokens, axis=0)
        found.append(Shape(week / week.max(), float(week.max()), f"{key}.profile", f"{key}.{way}", amount))
    return Load(tuple(found), _ranked(np.array(question.catalog.profiles[OFFICE].weights))) if found else None


def _ranked(office: Week) -> Week:
    """The hours of the week in the order in which offices work; of equals the nearest to midday, and weekdays first."""
    hours = range(HOURS_PER_WEEK)
    order = sorted(hours, key=lambda hour: (-office[hour], abs(hour % HOURS_PER_DAY - _MIDDAY), hour))
    rank = np.empty(HOURS_PER_WEEK)
    rank[order] = np.arange(HOURS_PER_WEEK)
    return rank
