"""The nearest change at which another fleet is best: outwards in strides, then halving the last one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, sqrt
from typing import Literal

from planner.explain.ask import Asker
from planner.explain.levers import Changes, Lever, rounded
from planner.explain.marginals import span
from planner.explain.reply import Reply
from planner.plan.plan import FlipRow

Way = Literal["down", "up"]
STRIDES: dict[Way, tuple[float, ...]] = {"down": (0.8, 0.5, 0.25), "up": (1.2, 2.0, 4.0)}
TOLERANCE = 0.01
_SAME = 1e-6


@dataclass(frozen=True)
class _Tried:
    value: float
    reply: Reply


def flip(asker: Asker, base: Reply, lever: Lever, way: Way) -> FlipRow:
    """One way, as far as the strides go; a change that comes and goes between two of them is not seen.

    Where searches are brief all that is said is the first stride at which another fleet is better for certain.
    """
    same, other, furthest = lever.at, None, lever.at
    for value in _strides(lever, way):
        reply = asker.ask(lever.to(value))
        if reply.verdict in {"unknown", "wrong"}:
            break
        furthest = value
        if reply.fleet != base.fleet and _is_better(asker, base, lever.to(value), reply):
            other = _Tried(value, reply)
            break
        same = value
    if other and asker.brief_s is None:
        same, other = _halved(asker, base, lever, (same, other))
    row = _row(lever, way, base, (same, other, furthest))
    if asker.brief_s is None:
        return row
    found = other is not None and other.reply.found
    saves = _saves_least(asker, base, lever.to(other.value), other.reply) if other and found else None
    return row.model_copy(update={"is_exact": False, "saves_least": saves})


def _is_better(asker: Asker, base: Reply, changes: Changes, reply: Reply) -> bool:
    """Whether another fleet is cheaper for certain than any of the base's kinds; searched closely it is."""
    if asker.brief_s is None or not reply.found:
        return True
    saves = _saves_least(asker, base, changes, reply)
    return saves is None or saves > _SAME * abs(reply.objective)


def _saves_least(asker: Asker, base: Reply, changes: Changes, reply: Reply) -> float | None:
    """What another fleet saves at least against any of the base's kinds; None where these cannot serve it."""
    kept = asker.ask_keeping(base.fleet, changes)
    if kept.verdict == "none":
        return None
    return kept.bound - reply.objective if kept.found else -inf


def _strides(lever: Lever, way: Way) -> Iterator[float]:
    values = (lever.times(factor) for factor in STRIDES[way])
    yield from dict.fromkeys(value for value in values if value is not None)


def _halved(asker: Asker, base: Reply, lever: Lever, between: tuple[float, _Tried]) -> tuple[float, _Tried]:
    """The last value with the same fleet and the first with another, within the tolerance of each other."""
    same, other = between
    while abs(other.value - same) > TOLERANCE * same:
        middle = rounded(sqrt(same * other.value))
        reply = asker.ask(lever.to(middle))
        if reply.verdict in {"unknown", "wrong"}:
            break
        if reply.fleet == base.fleet:
            same = middle
        else:
            other = _Tried(middle, reply)
    return same, other


def _row(lever: Lever, way: Way, base: Reply, found: tuple[float, _Tried | None, float]) -> FlipRow:
    same, other, furthest = found
    reply = other.reply if other else None
    return FlipRow(
        **lever.row(),
        way=way,
        same_to=same,
        flips_at=other.value if other else None,
        tried_to=furthest,
        fleet=list(reply.fleet) if reply else [],
        change=span(base, reply)[0] if reply else None,
        refusal=reply.text if reply and not reply.found else "",
    )
