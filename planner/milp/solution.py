"""What a solve returns. No pulp here: other layers may read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

Key = tuple[str | int, ...]


class Verdict(StrEnum):
    """How far the answer is proven."""

    OPTIMAL = "optimal"  # proven within the asked gap
    FEASIBLE = "feasible"  # a plan, stopped before the asked gap was proven
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"  # stopped without any plan


@dataclass(frozen=True)
class Stage:
    """One of several goals in turn: what was reached, and what nothing can be below given the earlier goals."""

    goal: str
    value: float
    bound: float


@dataclass(frozen=True)
class Certificate:
    """What was proven, by whom, at what size. `gap` = (objective - bound) / |objective|."""

    verdict: Verdict
    objective: float
    bound: float
    gap: float
    gap_asked: float
    time_limit_s: float
    build_s: float
    solve_s: float
    rows: int
    columns: int
    integers: int
    solver: str
    solver_version: str
    threads: int
    seed: int
    hourly_bound: float | None = None
    """Nothing can be below it even if every hour of the week is planned on its own; None where that is the same."""
    clustering_error: float | None = None
    """What planning by blocks adds to the linear relaxation, as a share."""
    fidelity: str = "replicas"  # where whole numbers were sought for the bound; the plan is whole in any case
    stages: tuple[Stage, ...] = ()  # where several goals were minimised in turn; the first is the objective


@dataclass(frozen=True)
class Solution:
    """Values by variable family, keyed by our own tuples; integers are exact integers.

    Families and keys (p pool, o form, t period bought or used, b block, w workload, c config,
    d demand class, k capacity kind "firm" | "spot"); a replica serves one workload only, a node
    may hold replicas of several:
      bought[p, o, t]         nodes committed or ordered in t (reserved_1y, reserved_3y, owned)
      kept[p, t]              existing owned nodes kept in t
      sold[p, o, t, u]        owned nodes ordered in t (existing ones: 0) and sold when u starts
      on_demand[p, t, b], spot[p, t, b]   nodes rented
      held[p, o, t, h]        nodes billed in an hour of the week although its block does not rent them
      replicas[w, c, p, k, t, b] replicas running
      served[d, c, p, k, t, b] requests/s routed
      api[d, a, t, b]         requests/s sent to API option a
    """

    certificate: Certificate
    values: dict[str, dict[Key, float]] = field(default_factory=dict)
