"""An answer to a changed question: a plan's cost and fleet with what is proven below it, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from planner.explain.fleet import Fleet
from planner.milp.brief import Counts


@dataclass(frozen=True)
class Reply:
    """The least objective found and what is proven below it, or why there is none.

    `none`: no fleet serves it; `unknown`: none was found in time; `wrong`: it cannot be asked.
    """

    verdict: Literal["found", "none", "unknown", "wrong"]
    objective: float = float("nan")
    bound: float = float("nan")
    fleet: Fleet = ()
    text: str = ""
    gpus: Mapping[str, int] = field(default_factory=dict)
    """The most of each kind at once."""
    counts: Counts = field(default_factory=dict)
    """What the plan has in whole numbers."""
    is_easier: bool = False
    """Whether every plan of the question the replies are counted from is one of this, at no more cost."""
    is_harder: bool = False
    """The same the other way round."""

    @property
    def found(self) -> bool:
        """Whether there is a fleet."""
        return self.verdict == "found"

    def proven(self, bound: float) -> Reply:
        """The same plan with a bound, if that is higher than its own."""
        return replace(self, bound=min(self.objective, max(self.bound, bound)))


def better(own: Reply, other: Reply | None) -> Reply:
    """The cheaper plan of two for one question, with the higher bound."""
    return own if other is None else min(own, other, key=lambda one: one.objective).proven(max(own.bound, other.bound))
