"""From levers that are enough when let go to the least change of each that is enough."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from planner.explain.conflict_ask import Oracle
from planner.explain.conflict_levers import Changes, Lever, Listed, Number, Steps

_STEP = 1.01
_FACTOR = 2.0


@dataclass(frozen=True)
class Remedy:
    """Changes of the problem after which there is a fleet; `usd` is what a cheap one costs, discounted."""

    names: tuple[str, ...]
    changes: Changes
    words: tuple[str, ...]
    usd: float | None


def tightened(oracle: Oracle, some: Sequence[Lever]) -> Remedy | None:
    """The least change of each in turn, the later ones still let go; None where one cannot be put in words."""
    done: dict[str, object] = {}
    words = []
    for position, lever in enumerate(some):
        rest = {key: value for later in some[position + 1 :] for key, value in later.free.items()}
        found = _least(oracle, lever, {**done, **rest})
        if found is None:
            return None
        done |= found[0]
        words.append(found[1])
    uses = oracle.cheap_fleet(done)
    if uses is None and not oracle.has_fleet(done):
        return None
    return Remedy(tuple(one.name for one in some), done, tuple(words), uses.usd if uses else None)


def _least(oracle: Oracle, lever: Lever, others: Changes) -> tuple[Changes, str] | None:
    if isinstance(lever.by, Steps):
        ways = (way for way in lever.by.ways if oracle.has_fleet({**others, **way[0]}))
        return next(ways, None)
    if isinstance(lever.by, Listed):
        return _widened(oracle, lever, lever.by, others)
    value = _nearest(oracle, lever.by, others)
    return lever.by.make(value), lever.by.told(value)


def _widened(oracle: Oracle, lever: Lever, by: Listed, others: Changes) -> tuple[Changes, str] | None:
    uses = oracle.cheap_fleet({**others, **lever.free})
    way = by.widen(uses) if uses else None
    return way if way and oracle.has_fleet({**others, **way[0]}) else None


def _nearest(oracle: Oracle, by: Number, others: Changes) -> float:
    """The value nearest to what it is now with a fleet, within 1 % or a whole unit, rounded to the far side."""

    def is_enough(value: float) -> bool:
        return bool(oracle.has_fleet({**others, **by.make(value)}))

    bad, good = by.now, by.far
    while (trial := _further(by, bad)) is not None and not is_enough(trial):
        bad = trial
    good = by.far if trial is None else trial
    while (middle := _between(by, bad, good)) is not None:
        bad, good = (bad, middle) if is_enough(middle) else (middle, good)
    short = _rounded(by, good)
    return short if short != good and is_enough(short) else good


def _further(by: Number, value: float) -> float | None:
    """Twice as far; None past the far end."""
    up = by.far > by.now
    if by.whole:
        value = max(1.0, value * _FACTOR) if up else value // _FACTOR
    elif by.now == 0 or by.far == 0:
        value = (value + by.far) / 2 if abs(by.far - value) > 1e-3 else by.far
    else:
        value = value * _FACTOR if up else value / _FACTOR
    return None if (value >= by.far if up else value <= by.far) else value


def _between(by: Number, bad: float, good: float) -> float | None:
    """The middle of the two; None where they are close enough."""
    if by.whole:
        middle = float((int(bad) + int(good)) // 2)
        return None if abs(good - bad) <= 1 else middle
    if min(abs(bad), abs(good)) <= 0:
        return None if abs(good - bad) <= 1e-3 else (bad + good) / 2
    ratio = max(good, bad) / min(good, bad)
    return None if ratio <= _STEP else math.sqrt(bad * good)


def _rounded(by: Number, value: float) -> float:
    """Three significant digits on the far side, not past the far end."""
    if by.whole or value == 0:
        return value
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    up = by.far > by.now
    rounded = round((math.ceil(value / step - 1e-9) if up else math.floor(value / step + 1e-9)) * step, 12)
    return min(rounded, by.far) if up else max(rounded, by.far)
