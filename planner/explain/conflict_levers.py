"""A lever: one thing in a problem that may stand in the way of a fleet, and how it is loosened step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from planner.explain.conflict_ask import Uses

Changes = Mapping[str, Any]
Tier = Literal["list", "margin", "promise", "cap", "demand"]
"""What is on offer and allowed; prudence; what is promised of a workload; caps; how much is to be served."""


@dataclass(frozen=True)
class Number:
    """A figure that is loosened from `now` towards `far`; `told` says a value in the user's words."""

    now: float
    far: float
    make: Callable[[float], Changes]
    told: Callable[[float], str]
    whole: bool = False


@dataclass(frozen=True)
class Steps:
    """Ways to loosen, the gentlest first, each with its words."""

    ways: tuple[tuple[Changes, str], ...]


@dataclass(frozen=True)
class Listed:
    """A list that is widened by what a fleet uses where the list is open."""

    widen: Callable[[Uses], tuple[Changes, str] | None]


@dataclass(frozen=True)
class Lever:
    """One thing that may be loosened: what it says now, and the changes under which it asks for nothing."""

    name: str
    tier: Tier
    free: Changes
    by: Number | Steps | Listed = field(compare=False)


def number(name: str, tier: Tier, key: str, span: tuple[float, float], words: str, whole: bool = False) -> Lever:
    """A lever on one key; `words` has places for the figure as it is and as it would be."""
    now, far = span

    def make(value: float) -> Changes:
        return {key: int(value) if whole else value}

    def told(value: float) -> str:
        return words.format(now=figure(now), then=figure(value))

    return Lever(name, tier, make(far), Number(now, far, make, told, whole))


def figure(value: float) -> str:
    """A figure with thousands separated and no needless digits."""
    return f"{value:,.10g}"


def named(names: list[str]) -> str:
    """Names in a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
