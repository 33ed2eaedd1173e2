"""Buying against renting: every strategy on the same demand, what buying earns, and where the answer turns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from planner.plan.rows.alternative import AlternativeNodesRow
from planner.plan.rows.row import Row

StrategyId = Literal[
    "optimal", "renting", "on_demand", "spot", "reserved_1y", "reserved_3y", "owned", "api", "mean", "current"
]


class StrategyRow(Row):
    """One way to pay for the demand, as a whole plan that passed its checks; or why there is none."""

    id: StrategyId
    name: str
    says: str
    refusal: str = ""
    """Why it has no plan; all figures are then empty."""
    notes: list[str] = Field(default_factory=list)
    usd: float | None = None
    """Undiscounted cost of the horizon."""
    npv_usd: float | None = None
    """Discounted cost of the horizon."""
    bound_usd: float | None = None
    """What is proven that no plan of this strategy can be below, discounted."""
    cash_usd: list[float] = Field(default_factory=list)
    """Money paid by period, purchases and prepaid terms when they are paid; what sales bring is negative."""
    flows_usd: list[float] = Field(default_factory=list)
    """What the horizon is charged, when it is paid: by period, and last what is left at its end (negative cost).
    Prepaid terms without their part beyond the horizon, so that these flows discounted are `npv_usd`."""
    peak_funding_usd: float | None = None
    """The most that has been paid by any period's end beyond what best renting has been paid by then; 0 for itself."""
    most_in_a_period_usd: float | None = None
    million_tokens: float | None = None
    """Input plus output tokens that are expected [million]."""
    usd_per_million_tokens: float | None = None
    """Undiscounted, at the traffic's real load."""
    utilisation: float | None = None
    """Mean load of the GPUs at work: expected work as a share of what their replicas could do, hour by hour."""
    nodes: list[AlternativeNodesRow] = Field(default_factory=list)
    """Of commitments and purchases what is signed in all, of rents the most at once."""
