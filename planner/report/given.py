"""Figures a finance lead may change in the workbook, and what of the bill follows each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.report.commitments import committed_nodes, starts
from planner.report.lookup import Lookup
from planner.report.sheets import Formula, Kind, Value

RATE, PRICE, TAX = "discount_rate", "electricity_usd_per_kwh", "tax_rate"
"""Names that formulas know the summary's cells by."""
POWER_LINES = ("power", "idle power")
TAXED = ("owned_tax", "owned_tax_left")
_FORM = {"owned_running": "owned", "existing_running": "existing"}


@dataclass(frozen=True)
class Given:
    """A cell that is there to be changed."""

    name: str
    label: str
    kind: Kind
    value: float
    note: str


def given(look: Lookup) -> list[Given]:
    """What may be changed: the rate, and where something is owned the price of its electricity and the tax."""
    found = [Given(RATE, "Discount rate a year", "share", discount_rate(look), "change it: all present values follow")]
    if any(electricity_usd(look, row) for row in look.plan.costs):
        note = "of owned systems; change it: bill, cash, statements and present values follow"
        found.append(Given(PRICE, "Electricity price [USD/kWh]", "price", electricity_price(look), note))
    if any(row.term in TAXED for row in look.plan.costs):
        note = "on the income the fleet serves; change it: the bill is what must be earned before tax"
        found.append(Given(TAX, "Tax rate", "share", tax_rate(look), note))
    return found


def discount_rate(look: Lookup) -> float:
    """The yearly rate the plan was made with."""
    return float(look.problem("horizon", "discount_rate_per_year"))


def electricity_price(look: Lookup) -> float:
    """What owned systems pay for a kilowatt-hour at the start; 0 where none is known [USD]."""
    return max((option.usd_per_kwh for option in look.plan.options), default=0.0)


def tax_rate(look: Lookup) -> float:
    """The rate the plan was made with; 0 without one."""
    asked = look.plan.problem.get("supply", {}).get("own", {}).get("tax") or {}
    return float(asked.get("rate", 0.0))


def electricity_usd(look: Lookup, row: Any) -> float:
    """Of a cost or payment of owned systems, what is electricity [USD]."""
    if not electricity_price(look):
        return 0.0
    if row.term == "owned_power":
        return float(row.usd)
    form = _FORM.get(row.term)
    option = look.options.get((row.subject, form or ""))
    if form is None or option is None:
        return 0.0
    nodes = committed_nodes(look).get((row.subject, row.period), {}).get(form, 0)
    begins, months = starts(look)[row.period], look.periods[row.period].months
    each = sum(
        usd * (1 + option.line_trends.get(line, 0.0)) ** (begins / 12)
        for line, usd in option.cost_lines.items()
        if line in POWER_LINES
    )
    return float(nodes * each * months)


def live_usd(look: Lookup, row: Any) -> Value:
    """A cost or payment as a cell that follows the figures given; a plain number where none moves it."""
    if row.term in TAXED and (rate := tax_rate(look)):
        return Formula(f"={row.usd * (1 - rate) / rate!r}*{TAX}/(1-{TAX})", row.usd)
    if power := electricity_usd(look, row):
        kwh = power / electricity_price(look)
        return Formula(f"={row.usd - power!r}+{kwh!r}*{PRICE}", row.usd)
    return float(row.usd)
