"""If things go otherwise: what the plan costs in every scenario, and what is known of all scenarios together."""

from typing import Any, Literal

from pydantic import Field

from planner.plan.rows.alternative import AlternativeNodesRow
from planner.plan.rows.row import Row


class ScenarioRow(Row):
    """One scenario, the base case first: what was signed, bought and kept is the plan's, all else is best there."""

    name: str
    probability: float
    changes: dict[str, Any]
    """Dotted keys of the problem and their values; empty in the base case."""
    npv_usd: float | None
    """Discounted cost of the plan there; None where it cannot be carried out."""
    gap: float | None
    """How far that cost is proven, given what was signed."""
    best_npv_usd: float | None
    """The least discounted cost found for this scenario alone; None where no fleet serves it."""
    best_bound: float | None
    """What is proven that no plan for this scenario can be below."""
    alone_npv_usd: float | None = None
    """Discounted cost there of what is best for the base case alone; None where that cannot be carried out."""
    most_gpus: int = 0
    """GPUs of all nodes at work at once, at most."""
    nodes: list[AlternativeNodesRow] = Field(default_factory=list)
    """Of commitments what is signed or kept in all, of rents the most at once."""
    refusal: str = ""
    """Why the plan cannot be carried out there."""


class RiskRow(Row):
    """What the scenarios cost together, each with its probability."""

    expected_usd: float
    tail_share: float
    """Share of what may happen that is not in the tail."""
    tail_usd: float
    """Conditional value at risk: the mean cost of the tail."""
    worst_usd: float
    """The largest cost of a scenario that may happen."""
    worst_regret_usd: float
    """The largest cost above a scenario's own least cost."""


class HedgeRow(Row):
    """How the commitments were decided for all scenarios together."""

    objective: Literal["expected", "worst_regret", "worst_cost", "cvar"]
    cvar_weight: float
    value: float
    """The measure reached [USD]."""
    bound: float
    """What no commitments can be below."""
    alone: RiskRow | None
    """What is best for the base case alone comes to; None where it cannot be carried out in every scenario."""
    rows: int
    columns: int
    seconds: float
