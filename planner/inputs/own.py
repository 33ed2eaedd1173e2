"""Capacity that is owned or may be bought, and what owning costs at the user's site."""

from itertools import pairwise
from math import ceil
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
from planner.inputs.horizon import Horizon
from planner.units import MONTHS_PER_PERIOD


class ValuePoint(Strict):
    """What a system is worth at an age."""

    years: Annotated[float, Field(gt=0, le=50), NoBool]
    """Age [years]."""
    share: Share
    """Of the purchase price."""


class Tax(Strict):
    """Tax on the income that the fleet serves: the discount rate is then one after tax."""

    rate: Annotated[float, Field(ge=0, lt=1), NoBool]
    """Share of profit."""
    depreciation: Literal["straight_line", "declining", "macrs"] = "straight_line"
    """How purchases are deducted over the years of service."""
    years: Annotated[float, Field(gt=0, le=50), NoBool] | None = None
    """Over how many of them, but for macrs; absent means the useful life."""
    rate_per_year: Annotated[float, Field(gt=0, lt=1), NoBool] | None = None
    """Of declining depreciation; absent means `site.depreciation_rate_per_year`."""
    macrs_class: Literal[3, 5, 7] | None = None
    """Property class of macrs [years]; absent means 5, that of computers."""

    @rule
    def figures_have_an_effect(self) -> Mistakes:
        for name, kinds in (
            ("years", ("straight_line", "declining")),
            ("rate_per_year", ("declining",)),
            ("macrs_class", ("macrs",)),
        ):
            if getattr(self, name) is not None and self.depreciation not in kinds:
                text = (
                    f"has no effect with depreciation: {self.depreciation}; remove it, or choose {' or '.join(kinds)}"
                )
                yield Mistake((name,), text)


class Loan(Strict):
    """Money borrowed for purchases, repaid in equal parts at the end of each period."""

    rate_per_year: Annotated[float, Field(ge=0, le=1), NoBool]
    """Interest, compounding to this rate a year."""
    years: Annotated[float, Field(gt=0, le=50), NoBool]
    """Term from the order on; whole periods."""
    share: Annotated[float, Field(gt=0, le=1), NoBool] = 1.0
    """Of what a purchase costs."""


class Lease(Strict):
    """Systems that are leased in place of being bought, and go back when the term ends."""

    rate_per_year: Annotated[float, Field(ge=0, le=1), NoBool]
    """What the lessor earns on the price, compounding to this rate a year."""
    years: Annotated[float, Field(gt=0, le=50), NoBool]
    """Term from arrival on; whole periods, each paid when it starts."""
    residual_share: Share = 0.0
    """Of the price, what the lessor counts on getting for the system afterwards."""


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
    value_curve: list[ValuePoint] = Field([])
    """What systems are worth by age, in straight lines from point to point, in place of depreciation."""
    own_room: bool = False
    """Whether systems stand in a room that is built for them, in place of colocation."""
    room_usd_per_kw: Positive | None = None
    """What such a room costs for each kW of maximum power [USD/kW]."""
    room_life_years: Annotated[float, Field(gt=0, le=100), NoBool] | None = None
    """How long it lasts, losing its value in a straight line [years]."""
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
    def a_curve_stands_alone(self) -> Mistakes:
        others = {
            "depreciation": self.depreciation != "straight_line",
            "residual_share": self.residual_share is not None,
        }
        for name in [name for name, said in others.items() if said and self.value_curve]:
            yield Mistake(("value_curve",), f"and {name} are two ways to say the same; remove one of them")
        ages = [point.years for point in self.value_curve]
        if any(later <= earlier for earlier, later in pairwise(ages)):
            yield Mistake(("value_curve",), "must list ages that rise; sort it, each age once")

    @rule
    def a_room_stands_in_for_colocation(self) -> Mistakes:
        if self.own_room and self.colocation_usd_per_kw_month is not None:
            yield Mistake(("own_room",), "and colocation_usd_per_kw_month are two ways to say the same; remove one")
        for name in ("room_usd_per_kw", "room_life_years"):
            if getattr(self, name) is not None and not self.own_room:
                yield Mistake((name,), "has no effect without own_room: true; add it")

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
    refresh: bool = False
    """Whether systems leave at the end of their useful life: those still needed are bought anew, at the price then."""
    loan: Loan | None = None
    """What purchases are paid with; absent means cash."""
    lease: Lease | None = None
    """Leases in place of purchases."""
    tax: Tax | None = None
    """Absent means that all is compared before tax."""

    @rule
    def leased_systems_are_not_bought(self) -> Mistakes:
        if self.lease is not None and self.loan is not None:
            yield Mistake(("lease",), "leaves nothing to borrow for; remove loan or lease")
        if self.lease is not None and self.refresh:
            yield Mistake(("lease",), "ends before refresh could; remove one of the two")

    @rule
    def owns_or_may_buy_something(self) -> Mistakes:
        said = (self.max_systems, self.refresh, self.loan, self.lease, self.tax, self.site != Site())
        if not self.systems and not self.existing and any(said):
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


def unfit_terms(own: Own, horizon: Horizon) -> Mistakes:
    """Terms of loans and leases are whole periods, and a lease lies in the horizon as far as a commitment must."""
    length, months = MONTHS_PER_PERIOD[horizon.period], horizon.months
    for name, terms in (("loan", own.loan), ("lease", own.lease)):
        if terms is not None and abs(terms.years * 12 / length - round(terms.years * 12 / length)) > 1e-6:
            text = f"is {terms.years * 12:g} months, no whole number of {length}-month periods; round it"
            yield Mistake(("supply", "own", name, "years"), text)
    least = horizon.commitment_share_inside * own.lease.years * 12 if own.lease else 0.0
    if own.lease and months < least:
        text = (
            f"runs {own.lease.years * 12:g} months, of which the horizon sees {months}; plan at least "
            f"{ceil(least)} months, or lower horizon.commitment_share_inside"
        )
        yield Mistake(("supply", "own", "lease", "years"), text)
