"""One way to pay for a node: what it costs by the hour, by the term, or to own, now and later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from planner.catalog.specs import Provenance
from planner.invest.arithmetic import equivalent_usd, rate_per_period

FormName = Literal["on_demand", "spot", "reserved_1y", "reserved_3y", "capacity_block", "owned", "existing"]
OF_THE_PURCHASE = frozenset({"maintenance", "failed parts"})  # monthly lines that are a share of the purchase price


@dataclass(frozen=True)
class Loan:
    """Of a share of what a purchase costs, repaid in equal parts at the end of each period."""

    share: float
    rate_per_year: float
    years: float


@dataclass(frozen=True)
class Lease:
    """Equal payments at the start of each period in place of the system's price, less what it is worth to the lessor
    at the end of the term."""

    rate_per_year: float
    years: float
    residual_share: float


@dataclass(frozen=True)
class Tax:
    """Its rate, and the share of a system's price that each year of service deducts."""

    rate: float
    shares: tuple[float, ...]


@dataclass(frozen=True)
class PurchaseOption:
    """One way to pay for one node of a pool.

    Rented by the hour (on_demand, spot): `usd_per_hour`. Committed (reserved): `usd_per_hour` in
    every hour of `term_months`, of which `upfront_share` is paid on day one; a capacity block likewise, but
    only from `first_period`. Owned: `capex_usd` once,
    `fixed_usd_per_month`, and what `book_value_usd` says it is worth at an age.
    """

    form: FormName
    usd_per_hour: float
    term_months: int = 0
    lead_months: float = 0.0
    upfront_share: float = 0.0
    capex_usd: float = 0.0
    fixed_usd_per_month: float = 0.0  # power, colocation, maintenance, staff
    life_months: float = 0.0
    residual_share: float = 0.0
    age_months: float = 0.0
    max_nodes: int | None = None
    usable_share: float = 1.0  # spot: what of its capacity counts, after interruptions
    interruptions_per_hour: float = 0.0
    provenance: Provenance | None = None
    block: int | None = None  # capacity block: which entry of supply.capacity_blocks
    first_period: int | None = None  # capacity block: position of the one period in which it may be bought
    cost_lines: tuple[tuple[str, float], ...] = ()  # owned: named parts of fixed_usd_per_month
    depreciation_per_year: float = 0.0  # owned: share of its value lost in a year; 0: a straight line over its life
    may_resell: bool = False  # owned: at book value, at the start of a period
    active_usd_per_gpu_hour: float = 0.0  # owned: electricity of a GPU at work beyond what it draws idle
    usd_per_kwh: float = 0.0  # owned: price of the electricity in its running cost
    trend_per_year: float = 0.0  # of its price, from the start of the horizon on
    line_trends: tuple[tuple[str, float], ...] = ()  # owned: likewise of what running it costs, by named line
    value_curve: tuple[tuple[float, float], ...] = ()  # owned: (years, share of its price it is worth then)
    room_usd: float = 0.0  # owned: the user's own room for it, paid with it and worth a straight line over its life
    room_life_months: float = 0.0
    service_months: float | None = None  # owned, from arrival or today on: how long it serves; None: to the end
    loan: Loan | None = None
    lease: Lease | None = None
    tax: Tax | None = None

    @property
    def price_usd(self) -> float:
        """What an owned node costs when it is ordered: nothing of a leased one but its room [USD]."""
        return (0.0 if self.lease else self.capex_usd) + self.room_usd

    def lease_usd(self, months: float) -> float:
        """Of a leased node for a period of a length: what the lessor needs for its price less what is left [USD]."""
        if self.lease is None:
            return 0.0
        rate, number = rate_per_period(self.lease.rate_per_year, months), self.lease_periods(months)
        left = self.lease.residual_share * self.capex_usd * float((1 + rate) ** -number)
        return equivalent_usd(self.capex_usd - left, rate, number)

    def lease_periods(self, months: float) -> int:
        """How many periods of a length a lease is paid for."""
        return round(self.lease.years * 12 / months) if self.lease else 0

    def tax_value_usd(self, age_months: float) -> float:
        """What of its price the years of service so far have not deducted; a year's share is spread over it [USD]."""
        shares = self.tax.shares if self.tax and not self.lease else ()
        deducted = sum(share * min(1.0, max(0.0, age_months / 12 - year)) for year, share in enumerate(shares))
        system = 0.0 if self.lease else self.capex_usd * (1 - deducted)
        return system + self._room_value_usd(age_months)

    def _room_value_usd(self, age_months: float) -> float:
        return self.room_usd * max(0.0, 1 - age_months / self.room_life_months) if self.room_usd else 0.0

    def at_price(self, times: float) -> PurchaseOption:
        """The same at so many times its price; lines that are a share of the purchase price go with it."""
        if times == 1:
            return self
        lines = tuple((name, usd * times if name in OF_THE_PURCHASE else usd) for name, usd in self.cost_lines)
        dearer = sum(usd for _, usd in lines) - sum(usd for _, usd in self.cost_lines)
        return replace(
            self,
            usd_per_hour=self.usd_per_hour * times,
            capex_usd=self.capex_usd * times,
            fixed_usd_per_month=self.fixed_usd_per_month + dearer,
            cost_lines=lines,
        )

    def signed_after(self, months: float) -> PurchaseOption:
        """As it is offered so many months after the horizon starts."""
        return self.at_price(self.price_factor(months))

    def serves_after(self, months: float) -> bool:
        """Whether an owned node is still in service so many months after it arrived, an existing one after today."""
        return self.service_months is None or months < self.service_months - 1e-9

    def price_factor(self, months: float) -> float:
        """Its price so many months after the horizon starts, over today's."""
        return float((1 + self.trend_per_year) ** (months / 12))

    def line_factor(self, line: str, months: float) -> float:
        """A line of the running cost so many months after the horizon starts, over today's."""
        return float((1 + dict(self.line_trends).get(line, 0.0)) ** (months / 12))

    def running_usd(self, start: float, months: float) -> float:
        """What running one owned node costs in a period that starts so many months into the horizon [USD]."""
        dearer = sum(usd * (self.line_factor(name, start) - 1) for name, usd in self.cost_lines)
        return (self.fixed_usd_per_month + dearer) * months

    def book_value_usd(self, age_months: float) -> float:
        """What an owned node of an age is worth, its room with it: never less than its residual share [USD]."""
        system = 0.0 if self.lease else self.capex_usd * self._value_share(age_months)
        return system + self._room_value_usd(age_months)

    def _value_share(self, age_months: float) -> float:
        if self.value_curve:
            ages, shares = zip((0.0, 1.0), *self.value_curve, strict=True)
            return float(np.interp(age_months / 12, ages, shares))
        if self.depreciation_per_year:
            share: float = (1 - self.depreciation_per_year) ** (age_months / 12)
        else:
            share = 1 - (1 - self.residual_share) * age_months / self.life_months
        return max(self.residual_share, share)
