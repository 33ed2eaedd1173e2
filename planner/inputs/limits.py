"""Caps that bind, and margins against a wrong model or a wrong forecast."""

from typing import Annotated, Literal

from pydantic import Field

from planner.inputs.base import Mistake, Mistakes, NoBool, NonNegative, Positive, Strict, rule
from planner.inputs.shares import ProviderShare


class Budget(Strict):
    """A cap on money actually paid in each period (undiscounted)."""

    kind: Literal["total", "opex", "capex"] = "total"
    """All payments, running costs only, or purchases only."""
    usd_per_period: NonNegative
    """At most this much in every period [USD]."""
    excess_usd_per_usd: Positive | None = None
    """Price of each dollar over it; absent means it holds."""


class Limits(Strict):
    """Caps that bind."""

    budget: list[Budget] = Field([])
    """Budgets per period, at most one of each kind."""
    power_kw: Positive | None = None
    """Power of all owned systems at their maximum [kW]."""
    power_excess_usd_per_kw_month: Positive | None = None
    """Price of each kW over it for a month; absent means it holds [USD]."""
    carbon_kg_per_period: NonNegative | None = None
    """Carbon of the electricity of all nodes at work in a period, the buildings' overhead included [kg CO2e]."""
    carbon_excess_usd_per_kg: Positive | None = None
    """Price of each kg over it; absent means it holds [USD]."""
    max_gpus: Annotated[int, Field(ge=0), NoBool] | None = None
    """GPUs in use in any hour, rented and owned together."""
    gpus_excess_usd_per_gpu_hour: Positive | None = None
    """Price of each GPU over it for an hour; absent means it holds [USD]."""
    provider_shares: list[ProviderShare] = Field([])
    """Shares of the GPU-hours at work in each period, by provider."""
    survive_loss_of: Literal["zone", "region", "provider"] | None = None
    """What any one of may be lost with the interactive workloads still served by what is left."""
    surviving_share: Annotated[float, Field(gt=0, le=1), NoBool] = 1.0
    """Share of their planned demand that is then still served."""
    zones_per_region: Annotated[int, Field(ge=2, le=10), NoBool] | None = None
    """Zones that the replicas in a region are spread over evenly; for survive_loss_of: zone."""
    max_distinct_configurations: Annotated[int, Field(ge=1), NoBool] | None = None
    """Distinct replica configurations in the whole plan."""
    switch_usd_per_replica: NonNegative = 0.0
    """Price of starting one replica, from hour to hour of the typical week and from period to period [USD]."""
    utilization_cap: Annotated[float, Field(gt=0, le=1), NoBool] = 0.9
    """Largest load of a replica as a share of its maximum rate within the SLO."""
    throughput_margin: Annotated[float, Field(ge=0, lt=1), NoBool] = 0.0
    """Predicted rates are lowered by this share, against an optimistic model."""
    plan_for: Literal["expected", "cautious"] = "expected"
    """`cautious`: with every predicted rate at the low end of its 80 % interval, enough nine times in ten."""
    demand_margin: Annotated[float, Field(ge=0, le=5), NoBool] = 0.0
    """Demand is raised by this share, against a low forecast."""
    demand_confidence: Annotated[float, Field(ge=0.5, lt=1), NoBool] = 0.9
    """How likely the demand planned for is enough, where a workload says its `forecast_error`."""

    @rule
    def excess_is_over_a_cap(self) -> Mistakes:
        caps = {
            "power_excess_usd_per_kw_month": "power_kw",
            "carbon_excess_usd_per_kg": "carbon_kg_per_period",
            "gpus_excess_usd_per_gpu_hour": "max_gpus",
        }
        for price, cap in caps.items():
            if getattr(self, price) is not None and getattr(self, cap) is None:
                yield Mistake((price,), f"has no effect without {cap}; add that, or remove it")

    @rule
    def provider_shares_can_be_had(self) -> Mistakes:
        names = [asked.provider for asked in self.provider_shares]
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                yield Mistake(("provider_shares",), f"names {name!r} {names.count(name)} times; keep one entry")
        least = sum(asked.min_share for asked in self.provider_shares)
        if least > 1 + 1e-9:
            yield Mistake(("provider_shares",), f"asks for least shares of {least:.0%} together; lower them to 100 %")

    @rule
    def a_loss_is_said_whole(self) -> Mistakes:
        if self.survive_loss_of == "zone" and self.zones_per_region is None:
            text = "is missing: the facts do not say how many zones a region has; add e.g. zones_per_region: 3"
            yield Mistake(("zones_per_region",), text)
        if self.survive_loss_of != "zone" and self.zones_per_region is not None:
            yield Mistake(("zones_per_region",), "has no effect without survive_loss_of: zone; add that, or remove it")
        if self.survive_loss_of is None and self.surviving_share < 1:
            yield Mistake(("surviving_share",), "has no effect without survive_loss_of; add that, or remove it")

    @rule
    def one_budget_of_a_kind(self) -> Mistakes:
        kinds = [budget.kind for budget in self.budget]
        for kind in dict.fromkeys(kinds):
            if kinds.count(kind) > 1:
                yield Mistake(("budget",), f"has {kinds.count(kind)} budgets of kind {kind}; keep the smallest")
