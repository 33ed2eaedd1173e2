"""Electricity and carbon: by period, by workload, by purchase form and place, and tokens for each watt-hour."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from planner.plan.plan import EnergyUseRow
from planner.report import format as f
from planner.report.lookup import FORMS, Lookup, total_by, where_is
from planner.report.shapes import Cell, Column, Table, number, numbers, text, words

Key = TypeVar("Key", bound=Hashable)
_WH_PER_KWH = 1000
_KG_PER_TONNE = 1000
_MILLION = 1e6


@dataclass(frozen=True)
class Energy:
    """What a fleet draws and emits."""

    says: str
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Draw:
    """Electricity of some of a fleet; `site_kwh` with the building's overhead, None where its PUE is not known."""

    kwh: float
    site_kwh: float | None
    kg: float | None
    million_tokens: float

    @property
    def tokens_per_wh(self) -> float:
        """Tokens expected for each watt-hour of the building, of the machines where nothing more is known."""
        kwh = self.kwh if self.site_kwh is None else self.site_kwh
        return self.million_tokens * _MILLION / (kwh * _WH_PER_KWH) if kwh else 0.0


def energy(look: Lookup) -> Energy:
    """Tables of what is drawn; none where the plan does not tell who uses it."""
    rows, says = look.plan.energy_use, f"{in_words(look)}{_cap(look)}"
    if not rows:
        return Energy(says, ())
    tables = [
        _table(look, "Electricity by period", "Period", _in_order(look, "period"), _period_of(look)),
        _table(look, "Electricity by workload", "Workload", _in_order(look, "workload"), lambda row: row.workload),
        _by_place(look),
    ]
    return Energy(says, tuple(tables[1:] if len(look.periods) == 1 else tables))


def _period_of(look: Lookup) -> Callable[[EnergyUseRow], str]:
    return lambda row: look.periods[row.period].label


def _in_order(look: Lookup, by: str) -> list[EnergyUseRow]:
    """Rows as the plan lists periods or workloads; what is nobody's comes last."""
    listed: list[Hashable] = [*look.periods] if by == "period" else [one.id for one in look.plan.workloads]
    place = {name: at for at, name in enumerate(listed)}
    return sorted(look.plan.energy_use, key=lambda row: place.get(getattr(row, by), len(place)))


def _cap(look: Lookup) -> str:
    """What the carbon cap costs for each tonne, where somebody asked why; "" elsewhere."""
    found = [row for row in look.plan.marginals if row.key == "limits.carbon_kg_per_period" and row.step > 0]
    saved = [(row, -row.change) for row in found if row.change is not None]
    if not saved or saved[0][1] < 0.5:
        return " The carbon cap costs nothing: looser it would save nothing." if saved else ""
    row, usd = saved[0]
    tonnes = row.step * len(look.periods) / _KG_PER_TONNE
    return (
        f" The carbon cap costs at least {f.money(usd / tonnes)} a tonne of CO2e: with {f.figure(row.step)}{f.NBSP}kg "
        f"more in each period the plan would cost {f.money(usd)} less at present value."
    )


def drawn(look: Lookup, rows: Sequence[EnergyUseRow]) -> Draw:
    """All of some rows together."""
    found = [(row.kwh, look.pools[row.pool].electricity) for row in rows]
    known = all(place is not None for _, place in found)
    site = sum(kwh * place.pue for kwh, place in found if place)
    kg = sum(kwh * place.pue * place.g_co2_per_kwh / 1000 for kwh, place in found if place)
    tokens = sum(row.million_tokens for row in rows)
    return Draw(sum(kwh for kwh, _ in found), site if known else None, kg if known else None, tokens)


def _table(
    look: Lookup, caption: str, head: str, rows: Sequence[EnergyUseRow], key: Callable[[EnergyUseRow], str]
) -> Table:
    groups = _grouped(rows, key)
    lines = tuple((text(name), *_cells(drawn(look, mine))) for name, mine in groups.items())
    return Table(caption, (*words(head), *_heads()), lines, (text("Total"), *_cells(drawn(look, rows))))


def _by_place(look: Lookup) -> Table:
    """By purchase form and region, with the grid and the building of each."""
    rows = look.plan.energy_use
    groups = _grouped(rows, lambda row: (row.form, _place(look, row)))
    order = list(FORMS)
    lines = []
    for (form, place), mine in sorted(groups.items(), key=lambda one: (order.index(one[0][0]), one[0][1])):
        electricity = look.pools[mine[0].pool].electricity
        grid = _known(electricity.g_co2_per_kwh if electricity else None, f.figure)
        pue = _known(electricity.pue if electricity else None, f.figure)
        lines.append((text(FORMS[form]), text(place), grid, pue, *_cells(drawn(look, mine))))
    columns = (*words("Form", "Where"), *numbers("Grid [g CO2e/kWh]", "PUE"), *_heads())
    total = (text("Total"), text(""), text(""), text(""), *_cells(drawn(look, rows)))
    return Table("Electricity by purchase form and place", columns, tuple(lines), total)


def _place(look: Lookup, row: EnergyUseRow) -> str:
    return where_is(look.pools[row.pool])


def _grouped(rows: Sequence[EnergyUseRow], key: Callable[[EnergyUseRow], Key]) -> dict[Key, list[EnergyUseRow]]:
    groups: dict[Key, list[EnergyUseRow]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _heads() -> tuple[Column, ...]:
    drawn_by = ("Machines [kWh]", "With the building [kWh]", "Carbon [kg CO2e]")
    return numbers(*drawn_by, "Tokens per Wh", "g CO2e per million tokens")


def _cells(draw: Draw) -> tuple[Cell, ...]:
    served = draw.million_tokens > 0
    grams = draw.kg * 1000 / draw.million_tokens if served and draw.kg is not None else None
    return (
        number(f.count(round(draw.kwh)), draw.kwh),
        _known(draw.site_kwh, lambda kwh: f.count(round(kwh))),
        _known(draw.kg, lambda kg: f.count(round(kg))),
        _known(draw.tokens_per_wh if served else None, f.figure),
        _known(grams, f.figure),
    )


def _known(value: float | None, said: Callable[[float], str]) -> Cell:
    return text("–", "muted") if value is None else number(said(value), value)


def in_words(look: Lookup) -> str:
    """Electricity of all nodes over the horizon."""
    kwh = sum(total_by(look.plan.energy, lambda row: row.period, lambda row: row.kwh).values())
    return f"All nodes at work draw {f.count(round(kwh))}{f.NBSP}kWh over the horizon.{_carbon(look)}" if kwh else ""


def _carbon(look: Lookup) -> str:
    """What that electricity emits, and the grids it comes from; "" where it was not counted."""
    kg = sum(row.kg for row in look.plan.carbon)
    if not look.plan.carbon:
        return ""
    grids = {row.electricity.grid: row.electricity.g_co2_per_kwh for row in look.plan.pools if row.electricity}
    named = f.listed([f"{name} {f.figure(grams, 3)}{f.NBSP}g/kWh" for name, grams in sorted(grids.items())])
    return f" With their buildings' overhead that emits {f.count(round(kg))}{f.NBSP}kg{f.NBSP}CO2e ({named})."
