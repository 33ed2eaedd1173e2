"""Caps that bind, and margins against a wrong model or a wrong forecast."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from planner.inputs.base import Mistake, Mistakes, NoBool, NonNegative, Positive, Strict, rule


class Budget(Strict):
    """A cap on money actually paid in each period (undiscounted)."""

    kind: Literal["total", "opex", "capex"] = "total"
    """All payments, running costs only, or purchases only."""
    usd_per_period: NonNegative
    """At most this much in every period [USD]."""


class Limits(Strict):
    """Caps that bind."""

    budget: list[Budget] = Field([])
    """Budgets per period, at most one of each kind."""
    power_kw: Positive | None = None
    """Power of all owned systems at their maximum [kW]."""
    carbon_kg_per_period: NonNegative | None = None
    """Carbon of the electricity of all nodes at work in a period, the buildings' overhead included [kg CO2e]."""
    max_gpus: Annotated[int, Field(ge=0), NoBool] | None = None
    """GPUs in use in any hour, rented and owned together."""
    max_distinct_configurations: Annotated[int, Field(ge=1), NoBool] | None = None
    """Distinct replica configurations in the whole plan."""
    switch_usd_per_replica: NonNegative = 0.0
    """Price of starting one replica, from hour to hour of the typical week and from period to period [USD]."""
    utilization_cap: Annotated[float, Field(gt=0, le=1), NoBool] = 0.9
    """Largest load of a replica as a share of its maximum rate within the SLO."""
    throughput_margin: Annotated[float, Field(ge=0, lt=1), NoBool] = 0.0
    """Predicted rates are lowered by this share, against an optimistic model."""
    demand_margin: Annotated[float, Field(ge=0, le=5), NoBool] = 0.0
    """Demand is raised by this share, against a low forecast."""

    @rule
    def one_budget_of_a_kind(self) -> Mistakes:
        kinds = [budget.kind for budget in self.budget]
        for kind in dict.fromkeys(kinds):
            if kinds.count(kind) > 1:
                yield Mistake(("budget",), f"has {kinds.count(kind)} budgets of kind {kind}; keep the smallest")
