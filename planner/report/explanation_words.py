"""What explanations are told in: changes of the objective, values of levers, kinds of capacity."""

from __future__ import annotations

from planner.plan.plan import LeverRow
from planner.report import format as f
from planner.report.lookup import FORMS, Lookup

_PER_CENT = {"share": "", "a year": " a year"}
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
    if unit in _PER_CENT:
        return f"{f.figure(100 * value, 4)}{f.NBSP}%{_PER_CENT[unit]}"
    return f"{f.figure(value, 4)}{f.NBSP}{_several(unit) if abs(value) != 1 else unit}"


def _several(unit: str) -> str:
    """The unit of more than one."""
    return "GPUs" if unit == "GPU" else unit


def subject(row: LeverRow) -> str:
    """What can be changed, as a reader knows it: "on demand prices"."""
    form = row.key.removeprefix("prices.") if row.kind == "price" else ""
    return f"{_form(form)} prices" if form in FORMS else row.subject


def in_words(text: str) -> str:
    """A line about prices with purchase forms as a reader knows them."""
    for form in FORMS:
        text = text.replace(f"{form} prices", f"{_form(form)} prices")
    return text


def kind_name(kind: str) -> str:
    """B200-SXM on demand."""
    name, form = kind.rsplit(" ", 1)
    return f"{name} {_form(form)}"


def _form(form: str) -> str:
    """A purchase form inside a sentence: "on demand", "hosted API"."""
    name = FORMS.get(form, form)
    return name[0].lower() + name[1:]
