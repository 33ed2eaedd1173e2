"""Buying against renting as a board reads it: the answer, what must be believed, the strategies, where it turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.plan.rows.alternative import AlternativeNodesRow
from planner.plan.rows.investment import BreakEvenRow, BuyingRow, InvestmentRow, StrategyRow
from planner.report import format as f
from planner.report.buy_vs_rent_figures import SHARES, figures
from planner.report.lookup import FORMS, Lookup
from planner.report.shapes import Cell, Figure, Table, number, numbers, text, words

_NONE = text("–", "muted")
_NEVER = text("not within the horizon", "warn")
MILLION = 1e6
OFFICE_HOURS = 0.3
"""Share of the hours of a week in which an office works, ten hours on five days."""
BUYS = {
    "always": "everywhere",
    "never": "nowhere",
    "unknown": "not settled",
}
"""Where buying wins when nothing turns."""


@dataclass(frozen=True)
class BuyOrRent:
    """The section of a report, and the page of its own."""

    says: tuple[str, ...]
    believe: str
    strategies: Table
    refused: tuple[str, ...]
    buying: Table | None
    rule: Table | None
    turns: Table | None
    cash: Table
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]


def buy_or_rent(look: Lookup) -> BuyOrRent | None:
    """The comparison; None where it was not asked for."""
    row = look.plan.investment
    if row is None:
        return None
    return BuyOrRent(
        says=tuple(_says(look, row)),
        believe=row.believe,
        strategies=strategies_table(row),
        refused=tuple(f"{one.name}: {_short(one.refusal)}" for one in row.strategies if one.refusal),
        buying=buying_table(row),
        rule=rule_table(row),
        turns=turns_table(row),
        cash=cash_table(look, row),
        figures=figures(look, row),
        notes=tuple(_notes(row)),
    )


def may_buy(look: Lookup) -> bool:
    """Whether systems may be bought at all."""
    own = look.plan.problem.get("supply", {}).get("own", {})
    return bool(own.get("systems"))


def _short(refusal: str) -> str:
    """The heart of a refusal: two lines of it as one sentence, and a third where the second announces it."""
    lines = [line.strip() for line in refusal.splitlines() if line.strip()]
    told = 3 if len(lines) > 2 and lines[1].endswith(":") else 2
    return " ".join(lines[:told]).rstrip(".:") + "."


def _says(look: Lookup, row: InvestmentRow) -> Iterator[str]:
    """The answer in up to five sentences."""
    by_id = {one.id: one for one in row.strategies}
    renting, buying = by_id["renting"], by_id["buying"]
    if renting.npv_usd is None or buying.npv_usd is None:
        side = "renting" if renting.npv_usd is None else "buying now"
        yield f"There is no plan for {side}: {_short(renting.refusal or buying.refusal)}"
        return
    gains = renting.npv_usd - buying.npv_usd
    months = f.plural(look.months, "month")
    winner, loser = ("Buying now", "renting") if gains > 0 else ("Renting", "buying now")
    yield (
        f"{winner} is cheaper: {f.money_short(min(renting.npv_usd, buying.npv_usd))} against "
        f"{f.money_short(max(renting.npv_usd, buying.npv_usd))} at present value for {loser}, over {months}."
    )
    yield f"Buying now means {_nodes(buying)}; renting means {_nodes(renting)}."
    earned = next((one for one in row.buying if one.id == "buying"), None)
    if earned is not None:
        yield _earned(earned, buying)
    yield from _office_hours(look, row, gains)


def _office_hours(look: Lookup, row: InvestmentRow, gains: float) -> Iterator[str]:
    """What becomes of the answer at about office hours, where it is another."""
    same = [one for one in row.cells if one.months == look.months and one.gains_usd is not None]
    cell = min(same, key=lambda one: abs(one.utilisation - OFFICE_HOURS), default=None)
    if cell is None or cell.gains_usd is None or (cell.gains_usd > 0) == (gains > 0):
        return
    winner = "buying now" if cell.gains_usd > 0 else "renting"
    yield (
        f"At {f.share(cell.utilisation)} of the hours, about those of an office, {winner} would be cheaper, by "
        f"{f.money(abs(cell.gains_usd))}."
    )


def _earned(earned: BuyingRow, buying: StrategyRow) -> str:
    rate = (
        "no rate of return can be given"
        if earned.irr_per_year is None
        else f"it returns {f.share(earned.irr_per_year)} a year"
    )
    back = (
        "and it is not paid back within the horizon"
        if earned.payback_months is None
        else f"and it is paid back after {f.figure(earned.payback_months)} months ({earned.pays_back_in})"
    )
    need = f.money(buying.peak_funding_usd or 0.0)
    return f"Buying needs up to {need} more than renting has cost by then; {rate}, {back}."


def _nodes(row: StrategyRow) -> str:
    """ "2 × dgx-h200 bought and up to 16 × H200-SXM on demand"."""
    owned = [one for one in row.nodes if one.form in ("owned", "existing")]
    told = [f"{one.nodes} × {_system(one)} {FORMS[one.form].lower()}" for one in owned]
    rented: dict[tuple[str, str], int] = {}
    for one in row.nodes:
        if one not in owned:
            rented[one.gpu, one.form] = rented.get((one.gpu, one.form), 0) + one.nodes * one.gpus_per_node
    told += [f"{gpus} × {gpu} {FORMS[form].lower()}" for (gpu, form), gpus in rented.items()]
    return f.listed(told) or "hosted APIs alone"


def _system(one: AlternativeNodesRow) -> str:
    """Of "own/dgx-h200/existing" the system."""
    return one.pool.split("/")[1]


def strategies_table(row: InvestmentRow) -> Table:
    """One line a strategy that has a plan, the best mix first."""
    best = next(one for one in row.strategies if one.id == "optimal")
    lines = tuple(_strategy(one, best) for one in row.strategies if one.npv_usd is not None)
    columns = (
        *words("Strategy"),
        *numbers(
            "Present value", "Above the best mix", "Cost", "Per million tokens", "GPUs busy", "Peak funding",
            "Most in a period", "Proven within",
        ),
        *words("Nodes"),
    )  # fmt: skip
    return Table("Ways to pay for the same demand, each a checked plan", columns, lines)


def _strategy(one: StrategyRow, best: StrategyRow) -> tuple[Cell, ...]:
    npv, bound = one.npv_usd or 0.0, one.bound_usd or 0.0
    more = npv / best.npv_usd - 1 if best.npv_usd else 0.0
    gap = (npv - bound) / abs(npv) if npv else 0.0
    return (
        text(one.name),
        _usd(one.npv_usd),
        _NONE if one.id == "optimal" else number(f.change(more), more),
        _usd(one.usd),
        _NONE
        if one.usd_per_million_tokens is None
        else number(f.unit_price(one.usd_per_million_tokens), one.usd_per_million_tokens),
        _NONE if one.utilisation is None else number(f.share(one.utilisation), one.utilisation),
        _usd(one.peak_funding_usd),
        _usd(one.most_in_a_period_usd),
        number(f.gap(max(0.0, gap)), gap),
        text(_nodes(one)),
    )


def _usd(usd: float | None) -> Cell:
    return _NONE if usd is None else number(f.money(usd), usd)


def buying_table(row: InvestmentRow) -> Table | None:
    """What buying earns over renting."""
    names = {one.id: one.name for one in row.strategies}
    lines = tuple(
        (
            text(f"{names[one.id]} over {names[one.over].lower()}"),
            number(f.money(one.saves_usd), one.saves_usd, "good" if one.saves_usd > 0 else "warn"),
            _rate(one),
            _months(one.payback_months),
            text(one.pays_back_in) if one.pays_back_in else _NONE,
            _months(one.discounted_payback_months),
            number(f.money(one.flows_usd[-1]), one.flows_usd[-1]),
        )
        for one in row.buying
    )
    columns = (
        *words("Investment"),
        *numbers("Saves, present value", "Return a year (IRR)", "Payback [months]"),
        *words("Breaks even in"),
        *numbers("Discounted payback [months]", "Left at the end"),
    )
    return Table("What buying earns over renting", columns, lines) if lines else None


def _rate(one: BuyingRow) -> Cell:
    """The rate of return; where outlays come more than once there may be several, and none of them means much."""
    if one.irr_per_year is None:
        return _NONE
    others = "".join(f", also {f.share(rate)}" for rate in one.other_rates)
    return number(f"{f.share(one.irr_per_year)}{others}", one.irr_per_year, "warn" if others else "")


def _months(months: float | None) -> Cell:
    return _NEVER if months is None else number(f.figure(months), months)


def rule_table(row: InvestmentRow) -> Table | None:
    """From the rule of thumb to the plan's own payback."""
    lines = tuple(
        (
            text(one.step),
            text(one.says),
            number(f.money(one.saves_usd_per_month), one.saves_usd_per_month),
            _months(one.payback_months),
        )
        for one in row.rule
    )
    if not lines:
        return None
    price = f.money(row.rule[0].purchase_usd)
    columns = (*words("Step", "What it counts"), *numbers("Saved a month", "Payback [months]"))
    return Table(f"What the rule of thumb leaves out, for a purchase of {price}", columns, lines)


def turns_table(row: InvestmentRow) -> Table | None:
    """Where the answer turns, and the two solves that say so."""
    lines = tuple(_turn(one) for one in row.break_evens)
    columns = (
        *words("Figure"),
        *numbers("Here", "Turns at"),
        *words("Buying wins"),
        *numbers("Buying saves just below", "just above"),
        *words("What moves"),
    )
    return Table("Where the answer turns, all else unchanged", columns, lines) if lines else None


def _turn(one: BreakEvenRow) -> tuple[Cell, ...]:
    sides = [_NONE if probe is None else _probe(probe.gains_usd) for probe in (one.below, one.above)]
    looked = f"from {quantity(one, one.low)} to {quantity(one, one.high)}"
    where = f"{one.buys} it" if one.turns_at is not None else f"{BUYS[one.buys]} {looked}"
    turns = _NONE if one.turns_at is None else number(quantity(one, one.turns_at), one.turns_at)
    return text(_named(one)), number(quantity(one, one.at), one.at), turns, text(where), *sides, text(one.says)


def _probe(gains: float | None) -> Cell:
    return text("only one side has a plan", "muted") if gains is None else number(f.money(gains), gains)


def _named(one: BreakEvenRow) -> str:
    plain = one.id in SHARES or one.unit in ("", "times today's")
    name = one.subject[0].upper() + one.subject[1:]
    return name if plain else f"{name} [{one.unit}]"


def quantity(one: BreakEvenRow, value: float) -> str:
    """A value of a figure in the way it is best read."""
    if one.id == "decline" and value > 0:
        return f"+{f.share(value)}"
    if one.id in SHARES:
        return f.share(value)
    if one.id == "volume":
        return f.tokens_millions(value / MILLION)
    if one.id == "cloud" or one.unit == "times today's":
        return f"{f.figure(value)} ×"
    return f.figure(value)


def cash_table(look: Lookup, row: InvestmentRow) -> Table:
    """What each strategy pays in each period."""
    there = [one for one in row.strategies if one.cash_usd]
    lines = tuple(
        (text(period.label), *(_usd(one.cash_usd[at]) for one in there)) for at, period in enumerate(look.plan.periods)
    )
    total = (text("Total"), *(_usd(sum(one.cash_usd)) for one in there))
    columns = (*words("Period"), *numbers(*(one.name for one in there)))
    return Table("Cash by period: what each strategy pays, when it pays it", columns, lines, total)


def _notes(row: InvestmentRow) -> Iterator[str]:
    yield from row.notes
    if row.not_reached:
        yield f"The time did not suffice for: {', '.join(row.not_reached)}."
    if row.solves:
        yield f"Turning points, ranges and the map were found by solving {row.solves:,} changed questions."
