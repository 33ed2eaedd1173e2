"""Hours of the week in a reader's words: "Mon–Fri 09–17", or how many hours and where most of them lie."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from planner.demand.types import Array
from planner.units import HOURS_PER_DAY, HOURS_PER_WEEK

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LONGEST = 44
MOST_LIES_THERE = 0.5  # share of hours in the named window, and of the window in the hours


def hour_labels(groups: Iterable[tuple[int, ...]]) -> tuple[str, ...]:
    """A label for each group of hours of the week (0 is Monday 00:00), all different."""
    labels: list[str] = []
    for group in groups:
        label = _label(set(group))
        same = sum(known == label or known.startswith(f"{label} #") for known in labels)
        labels.append(f"{label} #{same + 1}" if same else label)
    return tuple(labels)


def _label(hours: set[int]) -> str:
    everything = set(range(HOURS_PER_WEEK))
    if hours == everything:
        return "all week"
    exact = _exact(hours)
    if len(exact) <= LONGEST:
        return exact
    rest = _exact(everything - hours)
    if len(rest) <= LONGEST - len("all but "):
        return f"all but {rest}"
    window = _main_window(hours)
    return f"{len(hours)} h of the week, mostly {window}" if window else f"{len(hours)} scattered h of the week"


def _exact(hours: set[int]) -> str:
    """Every hour named: days with the same hours together, in the order of the week."""
    by_day = [frozenset(hour % HOURS_PER_DAY for hour in hours if hour // HOURS_PER_DAY == day) for day in range(7)]
    parts = []
    for pattern in dict.fromkeys(by_day):
        if pattern:
            days = [day for day in range(7) if by_day[day] == pattern]
            parts.append(f"{_days(days)}{_clock(sorted(pattern), wraps=len(days) == 7)}")
    return "; ".join(parts)


def _days(days: list[int]) -> str:
    if len(days) == len(DAYS):
        return "daily"
    return ", ".join(DAYS[a] if a == b else f"{DAYS[a]}–{DAYS[b]}" for a, b in _runs(days))


def _clock(hours: list[int], wraps: bool) -> str:
    """ " 09–17" for hours 9 to 16; a night that passes midnight is one run where every day has it."""
    if len(hours) == HOURS_PER_DAY:
        return ""
    runs = _runs(hours)
    if wraps and len(runs) > 1 and runs[0][0] == 0 and runs[-1][1] == HOURS_PER_DAY - 1:
        runs = [*runs[1:-1], (runs[-1][0], runs[0][1])]
    return " " + ", ".join(f"{a:02d}–{b + 1:02d}" for a, b in runs)


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Sorted whole numbers as runs (first, last)."""
    starts = [numbers[0], *(b for a, b in pairwise(numbers) if b != a + 1)]
    ends = [*(a for a, b in pairwise(numbers) if b != a + 1), numbers[-1]]
    return list(zip(starts, ends, strict=True))


def _main_window(hours: set[int]) -> str:
    """The run of days and hours of the day that overlaps best, if most hours lie there and fill most of it."""
    week = np.zeros((len(DAYS), HOURS_PER_DAY))
    for hour in hours:
        week[hour // HOURS_PER_DAY, hour % HOURS_PER_DAY] = 1.0
    inside = np.pad(week.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    best, window = 0.0, ""
    for first in range(len(DAYS)):
        for last in range(first, len(DAYS)):
            strip = inside[last + 1] - inside[first]
            found, start, end = _best_run(strip, last - first + 1, len(hours))
            if found > best:
                days = _days(list(range(first, last + 1)))
                best, window = found, f"{days}{_clock(list(range(start, end)), wraps=False)}"
    return window if best >= MOST_LIES_THERE else ""


def _best_run(strip: Array, days: int, wanted: int) -> tuple[float, int, int]:
    """(overlap over union, first hour, hour after the last) of the best run; `strip` counts hours before each hour."""
    start, end = np.triu_indices(HOURS_PER_DAY + 1, k=1)
    common = strip[end] - strip[start]
    likeness = common / (wanted + days * (end - start) - common)
    place = int(likeness.argmax())
    return float(likeness[place]), int(start[place]), int(end[place])
