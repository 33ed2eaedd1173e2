"""Capacity that is owned or may be bought, and what owning costs at the user's site."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from planner.inputs.base import (
    Mistake,
    Mistakes,
    Name,
    Names,
    NoBool,
    NonNegative,
    Positive,
    Share,
    Strict,
    rule,
    written,
)
from planner.inputs.hints import did_you_mean


class Site(Strict):
    """What owning costs at the user's site; absent figures come from `data/ownership.yaml`."""

    usd_per_kwh: NonNegative | None = None
    """Electricity price [USD/kWh]."""
    pue: Annotated[float, Field(ge=1, le=10), NoBool] | None = None
    """Power usage effectiveness of the room."""
    grid_g_co2_per_kwh: Annotated[float, Field(ge=0, le=2000), NoBool] | None = None
    """Carbon of the electricity over its life cycle [g CO2e/kWh]."""
    average_power_share: Share | None = None
    """Mean draw as a share of the systems' maximum power."""
    idle_power_share: Share | None = None
    """Draw of a system without work as a share of its maximum power, to which GPUs at work add the rest; instead of
    `average_power_share`."""
    colocation_usd_per_kw_month: NonNegative | None = None
    """Colocation rent for each kW of maximum power [USD/kW/month]."""
    staff_usd_per_system_year: NonNegative | None = None
    """Staff for one eight-GPU-class system [USD/year]."""
    systems_per_person: Positive | None = None
    """Owned systems that one person looks after; whole persons are paid, instead of `staff_usd_per_system_year`."""
    usd_per_person_year: NonNegative | None = None
    """Cost of such a person [USD/year]."""
    network_share: NonNegative | None = None
    """Network on top of the purchase price."""
    installation_share: NonNegative | None = None
    """Delivery, racking and commissioning on top of the purchase price."""
    spares_share: NonNegative | None = None
    """Spare parts and machines kept for failures, on top of the purchase price."""
    maintenance_share_per_year: NonNegative | None = None
    """Maintenance a year as a share of the purchase price."""
    failures_share_per_year: NonNegative | None = None
    """Hardware replaced in a year beyond what maintenance covers, as a share of the purchase price."""
    life_years: Annotated[float, Field(gt=0, le=50), NoBool] | None = None
    """Useful life for straight-line depreciation [years]."""
    depreciation: Literal["straight_line", "declining"] = "straight_line"
    """Whether the book value falls in a straight line to the residual share, or by a share of itself a year."""
    depreciation_rate_per_year: Annotated[float, Field(gt=0, lt=1), NoBool] | None = None
    """Share of its value that a system loses in a year under declining depreciation."""
    residual_share: Share | None = None
    """Resale value at the end of the useful life, as a share of the purchase price."""
    lead_time_months: Annotated[float, Field(ge=0, le=120), NoBool] = 3.0
    """Delay from order to first use [months]; rounded up to whole periods."""
    max_power_kw: Positive | None = None
    """Power the room can take, all owned systems together at their maximum [kW]."""

    @rule
    def staff_and_power_are_said_once(self) -> Mistakes:
        for one, other in (
            ("systems_per_person", "staff_usd_per_system_year"),
            ("idle_power_share", "average_power_share"),
        ):
            if len(written(self, one, other)) == 2:
                yield Mistake((one,), f"and {other} are two ways to say the same; remove one of them")

    @rule
    def persons_have_a_price(self) -> Mistakes:
        given = written(self, "systems_per_person", "usd_per_person_year")
        if len(given) == 1:
            yield Mistake((given[0],), "needs systems_per_person and usd_per_person_year together; add the other")

    @rule
    def a_rate_is_of_declining_depreciation(self) -> Mistakes:
        if self.depreciation_rate_per_year is not None and self.depreciation != "declining":
            yield Mistake(("depreciation_rate_per_year",), "has no effect without depreciation: declining; add it")


class Existing(Strict):
    """Systems already owned: sunk, they cost only what running them costs."""

    system: Name
    """Node system id (`planner catalog systems`)."""
    count: Annotated[int, Field(ge=1, le=1_000_000), NoBool]
    """How many."""
    age_months: Annotated[float, Field(ge=0, le=600), NoBool] = 0.0
    """Age at the start of the horizon [months]; past the useful life they still run."""


class Own(Strict):
    """Capacity that is or may be owned."""

    systems: Names = Field([])
    """Node systems that may be bought."""
    max_systems: dict[Name, Annotated[int, Field(ge=0, le=1_000_000), NoBool]] = Field({})
    """Most systems of a kind that may be bought in total."""
    order_at_once: Annotated[int, Field(ge=0, le=1_000_000), NoBool] = 0
    """Systems ordered in the first period at least, of whatever kind: what buying costs where renting is cheaper."""
    existing: list[Existing] = Field([])
    """Systems already owned."""
    may_resell: bool = False
    """Whether systems, existing ones too, may be sold at the start of a period, at their book value then."""
    site: Site = Site()
    """What owning costs there."""

    @rule
    def owns_or_may_buy_something(self) -> Mistakes:
        if not self.systems and not self.existing and (self.max_systems or self.site != Site()):
            yield Mistake((), "names no system; add systems (to buy) or existing (already there), or remove own")

    @rule
    def caps_are_on_what_may_be_bought(self) -> Mistakes:
        for system in self.max_systems:
            if system not in self.systems:
                hint = did_you_mean(system, self.systems)
                text = f"is not in systems, so nothing of it is bought{hint}; add it there or remove it"
                yield Mistake(("max_systems", system), text)

    @rule
    def a_floor_is_on_what_may_be_bought(self) -> Mistakes:
        if self.order_at_once and not self.systems:
            yield Mistake(("order_at_once",), "has no effect without systems that may be bought; add them or remove it")

    @rule
    def existing_systems_are_listed_once(self) -> Mistakes:
        listed = [(system.system, system.age_months) for system in self.existing]
        for name, age in dict.fromkeys(listed):
            if listed.count((name, age)) > 1:
                yield Mistake(("existing",), f"lists {name!r} at age {age:g} months more than once; add up the counts")
