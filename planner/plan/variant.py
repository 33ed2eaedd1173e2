"""One question of several that are answered side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from planner.plan.plan import Plan


@dataclass(frozen=True)
class Variant:
    """What is different, and the plan for it, or why there is none."""

    name: str
    kind: Literal["base", "set", "sweep", "scenario"]
    changes: Mapping[str, Any]
    """Dotted keys of the problem and their values; empty in the base case."""
    plan: Plan | None
    refusal: str = ""
    sweep: str = ""
    """The key that is swept, where one is."""
    at: float = 0.0
    """Then: the value it has, or the factor it is multiplied by."""
