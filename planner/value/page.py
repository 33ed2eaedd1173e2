"""docs/value.md: the regret table, its picture, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from planner.report import format as f
from planner.report.regret import regret_file
from planner.report.render import page_text
from planner.report.shapes import Cell, Figure, Table, number, numbers, text, words
from planner.value.rows import ValueRow, read_rows, regrets, text_of

BEST = "optimal"
STORED, PICTURE = "value.csv", "value.svg"
_PER_CENT = 100


def write_value(rows: Sequence[ValueRow], target: Path) -> list[Path]:
    """The page, and beside it the rows and the picture it is made from."""
    target.parent.mkdir(parents=True, exist_ok=True)
    stored, picture = target.parent / STORED, target.parent / PICTURE
    stored.write_text(text_of(rows), encoding="utf-8", newline="\n")
    kept = read_rows(stored)
    picture.write_text(regret_file(regret_figure(kept)), encoding="utf-8", newline="\n")
    target.write_text(page(kept), encoding="utf-8", newline="\n")
    return [target, stored, picture]


def page(rows: Sequence[ValueRow]) -> str:
    """The page, from the stored rows alone."""
    return page_text(
        "value.md.j2",
        says=tuple(said(rows)),
        regret=regret_table(rows),
        cost=cost_table(rows),
        fleets=fleet_table(rows),
        shapes=shape_table(rows),
        picture=regret_figure(rows),
        ways=[(row.name, row.says) for row in _of_one(rows)],
        refused=[f"{row.name}, {row.problem}: {row.refusal}." for row in rows if row.refusal],
        as_of=f.day(rows[0].as_of),
    )


def regret_table(rows: Sequence[ValueRow]) -> Table:
    """How much more each way costs than the best mix."""
    found = regrets(rows, BEST)

    def cell(row: ValueRow, problem: str) -> Cell:
        share = found.get((row.strategy, problem))
        return text("–", "muted") if share is None else number(_plus(share), share)

    return _grid(rows, "More than the best mix, present value over three years", cell, best=False)


def cost_table(rows: Sequence[ValueRow]) -> Table:
    """What each way costs, and how far that may be above the best plan of its kind."""
    by_key = {(row.strategy, row.problem): row for row in rows}

    def cell(row: ValueRow, problem: str) -> Cell:
        one = by_key[row.strategy, problem]
        if not one.npv_usd:
            return text("–", "muted")
        return number(f"{f.money(one.npv_usd)} ({f.gap_text(one.gap)})", one.npv_usd)

    return _grid(rows, "Present value of three years, and how far the plan is proven", cell, best=True)


def _grid(rows: Sequence[ValueRow], caption: str, cell: Callable[[ValueRow, str], Cell], best: bool) -> Table:
    problems = _problems(rows)
    ways = [row for row in _of_one(rows) if best or row.strategy != BEST]
    lines = tuple((text(row.name), *(cell(row, problem) for problem in problems)) for row in ways)
    return Table(caption, (*words("Way to pay"), *numbers(*map(_called, problems))), lines)


def fleet_table(rows: Sequence[ValueRow]) -> Table:
    """What the best mix is made of."""
    lines = tuple((text(_called(row.problem)), text(row.fleet)) for row in rows if row.strategy == BEST)
    return Table("The best mix", words("Shape", "Fleet"), lines)


def shape_table(rows: Sequence[ValueRow]) -> Table:
    """The four shapes and whose they are."""
    lines = tuple(
        (
            text(_called(row.problem)),
            text(row.title),
            number(f.figure(row.peak_over_mean), row.peak_over_mean),
            text(row.attribution),
        )
        for row in rows
        if row.strategy == BEST
    )
    return Table(
        "The shapes", (*words("Shape", "What it is"), *numbers("Peak hour over mean"), *words("Measured by")), lines
    )


def regret_figure(rows: Sequence[ValueRow]) -> Figure:
    """A dot a way and shape."""
    names = {row.strategy: row.name for row in rows}
    dots: tuple[dict[str, float | str], ...] = tuple(
        {"way": names[strategy], "shape": _called(problem), "more": _PER_CENT * share}
        for (strategy, problem), share in regrets(rows, BEST).items()
        if strategy != BEST
    )
    says = (
        "A dot for each way to pay and each shape; the scale is logarithmic, so each step to the right is far dearer."
    )
    return Figure("value", "How much more each way costs than the best mix", says, "regret", dots)


def said(rows: Sequence[ValueRow]) -> Iterator[str]:
    """Three sentences."""
    found = regrets(rows, BEST)
    problems = _problems(rows)
    peaks = {row.problem: row.peak_over_mean for row in rows}
    pure = [row for row in _of_one(rows) if row.strategy != BEST]
    names = {row.strategy: row.name for row in pure}
    nearest = {one: min((found[way, one], way) for way in names if (way, one) in found) for one in problems}
    winners = {way for _, way in nearest.values()}
    whose = f"“{names[winners.pop()]}”" if len(winners) == 1 else "another one for each shape"
    yield (
        f"The best single way to pay, {whose}, costs {_span([share for share, _ in nearest.values()])} more than the "
        f"best mix; all on demand costs {_span(_of(found, 'on_demand', problems))} more."
    )
    even, uneven = min(problems, key=lambda one: peaks[one]), max(problems, key=lambda one: peaks[one])
    bound = [way for way in ("reserved_3y", "owned") if (way, even) in found and (way, uneven) in found]
    parts = [f"“{names[way]}” from {_plus(found[way, even])} to {_plus(found[way, uneven])}" for way in bound]
    yield (
        f"What is paid for every hour suffers most from uneven hours: between a peak of {f.figure(peaks[even])} and "
        f"one of {f.figure(peaks[uneven])} times the mean, {f.listed(parts)}."
    )
    mean = _of(found, "mean", problems)
    dearer = [one for one in problems if found.get(("mean", one), 0) > found.get(("on_demand", one), 0)]
    than = f"in {len(dearer)} of {len(problems)} shapes more than renting all of it by the hour"
    yield f"The usual advice, reserving the mean and renting the peak, costs {_span(mean)} more, {than}."


def _of(found: dict[tuple[str, str], float], way: str, problems: Sequence[str]) -> list[float]:
    return [found[way, one] for one in problems if (way, one) in found]


def _span(shares: Sequence[float]) -> str:
    low, high = min(shares), max(shares)
    ends = [f"{_PER_CENT * share:.0f}" for share in (low, high)]
    return f"{ends[0]}{f.NBSP}%" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}{f.NBSP}%"


def _plus(share: float) -> str:
    return f"+{_PER_CENT * share:.0f}{f.NBSP}%"


def _problems(rows: Sequence[ValueRow]) -> list[str]:
    return list(dict.fromkeys(row.problem for row in rows))


def _of_one(rows: Sequence[ValueRow]) -> list[ValueRow]:
    """One row a way to pay."""
    return [row for row in rows if row.problem == rows[0].problem]


def _called(problem: str) -> str:
    """azure-conversation → Azure conversation."""
    said = problem.replace("-", " ").replace("burstgpt", "BurstGPT").replace("servegen", "ServeGen")
    return said[0].upper() + said[1:]
