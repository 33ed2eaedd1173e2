"""Charts of buying against renting: costs, money paid over time, the map of winners, turning points, swings."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

from planner.plan.rows.investment import BreakEvenRow, InvestmentRow
from planner.report import format as f
from planner.report.lookup import Lookup
from planner.report.shapes import Figure

ROLES = {
    "optimal": "firm",
    "renting": "on_demand",
    "buying": "owned",
    "on_demand": "spot",
    "spot": "kv",
    "reserved_1y": "reserved_1y",
    "reserved_3y": "reserved_3y",
    "owned": "existing",
    "api": "api",
    "mean": "capacity_block",
    "current": "idle",
}
"""Colour of each strategy."""
WINNERS = {
    "own": "Own everything",
    "mix": "Buy some, rent the rest",
    "later": "Rent first, buy later",
    "rent": "Rent",
    "none": "No plan",
}
WINNER_ROLES = {"own": "owned", "mix": "reserved_1y", "later": "spot", "rent": "on_demand", "none": "idle"}
_DRAWN_OVER_TIME = ("renting", "buying", "on_demand", "owned")
_MOST_SWINGS = 12
_THOUSANDS = 1000
SHARES = ("utilisation", "resale", "decline")
"""Figures that are read in per cent."""

Rows = tuple[Mapping[str, float | str], ...]


def figures(look: Lookup, row: InvestmentRow) -> tuple[Figure, ...]:
    """All that there is something to draw for."""
    drawn = [costs_figure(row), paid_figure(look, row), map_figure(row), curves_figure(row), tornado_figure(row)]
    return tuple(one for one in drawn if one is not None)


def costs_figure(row: InvestmentRow) -> Figure:
    """Present value by strategy."""
    there = [(one, one.npv_usd) for one in row.strategies if one.npv_usd is not None]
    rows: Rows = tuple(
        {
            "name": one.name,
            "usd": usd,
            "label": f.money(usd),
            "form": ROLES[one.id],
            "tip": f"{one.name}: {f.money(usd)}",
        }
        for one, usd in there
    )
    cheapest, dearest = min(there, key=lambda one: one[1]), max(there, key=lambda one: one[1])
    says = (
        f"Present value of each way to pay for the same demand: from {f.money(cheapest[1])} "
        f"to {f.money(dearest[1])} ({dearest[0].name.lower()})."
    )
    return Figure("buy-or-rent-costs", "Ways to pay, present value", says, "bars", rows)


def paid_figure(look: Lookup, row: InvestmentRow) -> Figure | None:
    """Money paid so far, month by month; None over a single period."""
    months = list(accumulate((period.months for period in look.plan.periods), initial=0))
    if len(months) < 3:
        return None
    rows: list[dict[str, float | str]] = []
    for one in row.strategies:
        if one.id in _DRAWN_OVER_TIME and one.cash_usd:
            for at, usd in enumerate(accumulate(one.cash_usd, initial=0.0)):
                shown = look.plan.periods[at - 1].label if at else "start"
                tip = f"{one.name}, by the end of {shown}: {f.money(usd)} paid"
                rows.append(
                    {"month": float(months[at]), "usd": usd, "shown": one.name, "role": ROLES[one.id], "tip": tip}
                )
    says = "All that has been paid by the end of each period; what systems are still worth at the end is not deducted."
    return Figure("buy-or-rent-paid", "Money paid so far", says, "paid", tuple(rows))


def map_figure(row: InvestmentRow) -> Figure | None:
    """The winner at each utilisation over each horizon."""
    if not row.cells:
        return None
    rows: Rows = tuple(
        {
            "x": f"{100 * cell.utilisation:.0f}{f.NBSP}%",
            "y": f"{cell.months} months",
            "winner": cell.winner,
            "label": "" if cell.gains_usd is None else _thousands(cell.gains_usd),
            "tip": f"{WINNERS[cell.winner]}, at {f.share(cell.utilisation)} over {cell.months} months"
            + ("" if cell.gains_usd is None else f": buying now saves {f.money(cell.gains_usd)}"),
        }
        for cell in row.cells
    )
    wins = sum(cell.winner in ("own", "mix") for cell in row.cells)
    says = (
        f"Buying now wins in {wins} of {len(row.cells)} cells. Across: mean over peak demand, the peak unchanged; "
        "down: how long it is needed. In each cell what buying now saves at present value, in thousand dollars."
    )
    return Figure("buy-or-rent-map", "Who wins, by utilisation and horizon", says, "winners", rows)


def _thousands(usd: float) -> str:
    """Dollars in thousands with their sign: "+120", "−43"."""
    rounded = round(usd / 1000)
    return "0" if rounded == 0 else f"{'+' if rounded > 0 else f.MINUS}{abs(rounded):,}"


def curves_figure(row: InvestmentRow) -> Figure | None:
    """What buying saves against each figure that turns the answer, at every value that was solved."""
    rows: list[dict[str, float | str]] = []
    turning = [one for one in row.break_evens if one.turns_at is not None]
    for one in turning:
        rows += list(_curve(one))
    if not rows:
        return None
    told = f.listed([one.subject for one in turning])
    says = f"Buying wins above the line at zero. Each dot was solved; the answer turns with {told}."
    return Figure("buy-or-rent-curves", "Where the answer turns", says, "turning", tuple(rows))


def _curve(one: BreakEvenRow) -> list[dict[str, float | str]]:
    """The solves around the turning point, so that the crossing can be seen."""
    turn = one.turns_at or 0.0
    unit = "" if one.id in SHARES or not one.unit else f" [{one.unit}]"
    name = f"{one.subject[0].upper()}{one.subject[1:]}{unit}"
    near = [probe for probe in one.curve if probe.gains_usd is not None and turn / 4 <= probe.value <= 3 * turn]
    rows: list[dict[str, float | str]] = [
        {
            "subject": name,
            "x": probe.value,
            "usd": probe.gains_usd or 0.0,
            "tip": f"{one.subject} {f.figure(probe.value, 4)}: buying saves {f.money(probe.gains_usd or 0.0)}",
        }
        for probe in near
    ]
    return [*rows, {"subject": name, "turn": turn, "format": _ticks(one)}] if rows else []


def _ticks(one: BreakEvenRow) -> str:
    """How values of a figure are written on an axis (a Vega expression)."""
    if one.id in SHARES:
        return f"format(100 * datum.value, '~r') + '{f.NBSP}%'"
    return f"format(datum.value, '{'~s' if max(abs(probe.value) for probe in one.curve) >= _THOUSANDS else '~r'}')"


def tornado_figure(row: InvestmentRow) -> Figure | None:
    """How far what buying saves moves with each figure, a fifth down and a fifth up."""
    rows: list[dict[str, float | str]] = []
    for one in row.swings[:_MOST_SWINGS]:
        if one.low_gains_usd is None or one.high_gains_usd is None:
            continue
        low, high = one.low_gains_usd, one.high_gains_usd
        ends = f"{f.money(low)} at {f.figure(one.low)}, {f.money(high)} at {f.figure(one.high)} {one.unit}".rstrip()
        tip = f"{one.subject}: buying saves {ends}"
        rows.append({"name": one.subject, "start": min(low, high), "end": max(low, high), "tip": tip})
    if not rows:
        return None
    base = {one.id: one.npv_usd for one in row.strategies}
    renting, buying = base.get("renting"), base.get("buying")
    if renting is not None and buying is not None:
        rows.append({"base": renting - buying})
    says = "What buying now saves with each figure a fifth lower and a fifth higher; left of zero renting is cheaper."
    return Figure("buy-or-rent-tornado", "What moves the answer", says, "tornado", tuple(rows))
