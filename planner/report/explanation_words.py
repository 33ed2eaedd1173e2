"""What explanations are told in: changes of the objective, values of levers, kinds of capacity."""

from __future__ import annotations

from planner.plan.plan import LeverRow
from planner.report import format as f
from planner.report.lookup import FORMS, Lookup

UNITS = {"cost": "", "gpus": "GPU-hours", "energy": "kWh", "carbon": "kg CO2e"}


def aim(look: Lookup) -> str:
    """What the plan minimises, as a word."""
    name = look.plan.certificate.objective_name
    return "cost" if name == "cost" else UNITS[name]


def objective(look: Lookup, value: float) -> str:
    """A value of the objective in its unit."""
    unit = UNITS[look.plan.certificate.objective_name]
    return f"{f.figure(value, 4)}{f.NBSP}{unit}" if unit else f.money(value)


def changes(look: Lookup, change: float | None) -> str:
    """+$1,230, or "nothing"."""
    if change is None:
        return "no fleet"
    if change == 0:
        return "nothing"
    return ("+" if change > 0 else "") + objective(look, change)


def amount(value: float, unit: str) -> str:
    """A value of a lever in its unit."""
    if unit == "USD":
        return f.money(value)
    if unit == "x":
        return f"× {f.figure(value)}"
    return f"{f.figure(100 * value, 4)}{f.NBSP}%" if unit == "share" else f"{f.figure(value, 4)}{f.NBSP}{unit}"


def subject(row: LeverRow) -> str:
    """What can be changed, as a reader knows it: "on demand prices"."""
    form = row.key.removeprefix("prices.") if row.kind == "price" else ""
    return f"{FORMS[form].lower()} prices" if form in FORMS else row.subject


def in_words(text: str) -> str:
    """A line about prices with purchase forms as a reader knows them."""
    for form, name in FORMS.items():
        text = text.replace(f"{form} prices", f"{name.lower()} prices")
    return text


def kind_name(kind: str) -> str:
    """B200-SXM on demand."""
    name, form = kind.rsplit(" ", 1)
    return f"{name} {FORMS.get(form, form).lower()}"
