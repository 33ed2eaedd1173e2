"""A second opinion, where one was asked: both models' figures side by side, and where they part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from planner.plan.plan import OpinionRow
from planner.report import format as f
from planner.report.configurations import RANGE, config_name
from planner.report.lookup import Lookup
from planner.report.shapes import Cell, Table, number, numbers, text, words
from planner.report.targets import span

FIGURES = {"ttft_mean_ms": "TTFT mean", "tpot_ms": "TPOT mean", "output_tokens_per_s_per_gpu": "output tokens/s a GPU"}
_LONGEST = 8  # lines before the rest is counted


@dataclass(frozen=True)
class SecondOpinion:
    """What is told of it: one table a workload, the runners-up, and sentences for a careful reader."""

    tables: Mapping[str, Table]
    runners_up: Table | None
    says: tuple[str, ...]


def second_opinion(look: Lookup) -> SecondOpinion:
    """Empty where nobody was asked."""
    rows = look.plan.opinions
    chosen, others = [row for row in rows if row.chosen], [row for row in rows if not row.chosen]
    mine = {one.id: [row for row in chosen if row.workload == one.id] for one in look.plan.workloads}
    return SecondOpinion(
        tables={name: _table(look, rows, "") for name, rows in mine.items() if any(row.ours for row in rows)},
        runners_up=_table(look, others, " on the first runners-up, at their largest rate") if others else None,
        says=tuple(_says(look, chosen)) if chosen else (),
    )


def _table(look: Lookup, rows: Sequence[OpinionRow], subject: str) -> Table:
    """A line a configuration and figure, a single one where there is no answer."""
    told = [row for row in rows if row.ours]
    name = _asked(rows[0])
    several = len({row.config for row in told}) > 1 or not all(row.chosen for row in told)
    sized = len({tuple(row.demand_classes) for row in told}) > 1
    heads = ("Figure", *(["Configuration"] if several else []), *(["Serves"] if sized else []))
    lines = []
    for row in told:
        shared = [text(_name(look, row))] if several else []
        shared += [text(", ".join(row.demand_classes))] if sized else []
        lines += [(text(_capital(FIGURES[figure])), *shared, *_cells(row, figure)) for figure in FIGURES if row.theirs]
        if row.theirs is None:
            lines.append((text("No answer"), *shared, *_silence(row)))
    columns = (*words(*heads), *numbers("Clients a replica", "Ours", RANGE, name, "Differs by"))
    return Table(f"Second opinion{subject}: {name}", columns, tuple(lines))


def _cells(row: OpinionRow, figure: str) -> Iterator[Cell]:
    """Clients, ours with its range, theirs and how far it is off; it stands out where it lies outside the range."""
    ours, theirs = getattr(row.ours, figure), getattr(row.theirs, figure)
    low, high = span(row.intervals[figure], ours)
    off = theirs / ours - 1
    yield _clients(row)
    yield number(_value(figure, ours), ours)
    yield number(f"{_value(figure, low)} to {_value(figure, high)}", high)
    yield number(_value(figure, theirs), theirs)
    yield number(f.change(off), off, "warn" if row.apart(figure) else "")


def _silence(row: OpinionRow) -> tuple[Cell, ...]:
    return (_clients(row), *(text("") for _ in range(4)))


def _clients(row: OpinionRow) -> Cell:
    return text("not known") if row.clients is None else number(f.count(row.clients), row.clients)


def _value(figure: str, value: float) -> str:
    return f.milliseconds(value) if figure.endswith("_ms") else f.figure(value)


def _says(look: Lookup, rows: Sequence[OpinionRow]) -> Iterator[str]:
    """How often the two agree, where they do not, and what was left unanswered."""
    told = [row for row in rows if row.ours and row.theirs]
    apart = sum(row.apart(figure) for row in told for figure in FIGURES)
    total = len(told) * len(FIGURES)
    engines = f.listed(sorted({row.engine for row in rows}))
    asked = f"{_asked(rows[0])} was asked about {f.plural(len(rows), 'chosen configuration')} on {engines}"
    question = (
        "both models answered for the same clients, each sending its next request when the last one ends, "
        "with the mean lengths of the requests"
    )
    agree = f"{total - apart} of its {total} figures lie within our 80{f.NBSP}% range"
    yield f"{asked}; {question}: {agree}." if told else f"{asked}, and has no answer."
    lines = [f"No answer on {_name(look, row)}: {f.plain(row.reason).rstrip('.')}." for row in rows if row.reason]
    lines += [_apart(look, row) for row in told if any(map(row.apart, FIGURES))]
    yield from lines[:_LONGEST]
    if len(lines) > _LONGEST:
        yield f"{f.plural(len(lines) - _LONGEST, 'more configuration')} of that kind: see How each model runs."


def _apart(look: Lookup, row: OpinionRow) -> str:
    """What both models say of one configuration and do not agree on."""
    parts = []
    for figure in filter(row.apart, FIGURES):
        ours, theirs = getattr(row.ours, figure), getattr(row.theirs, figure)
        ends = " to ".join(_value(figure, end) for end in span(row.intervals[figure], ours))
        against = f"{_value(figure, theirs)} against {_value(figure, ours)} ({ends})"
        parts.append(f"{FIGURES[figure]} {against}, {f.change(theirs / ours - 1)}")
    return f"Outside the range on {_name(look, row)}: {'; '.join(parts)}."


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _asked(row: OpinionRow) -> str:
    return f"{row.by} {row.version}"


def _name(look: Lookup, row: OpinionRow) -> str:
    """The configuration in words where the plan runs it, else by its id."""
    return next((config_name(one) for one in look.plan.configs if one.config == row.config), row.config)
