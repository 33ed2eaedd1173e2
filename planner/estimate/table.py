"""A table of questions in, the same table with answers out: rows keep their order, their columns and their text."""

from __future__ import annotations

import csv
import io
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import TextIO

from planner.catalog.hints import did_you_mean
from planner.catalog.specs import Catalog
from planner.errors import InputError
from planner.estimate.answers import Answer, answers
from planner.estimate.question import COLUMNS, Names, Question, question_from
from planner.estimate.second_opinion import OPINION_COLUMNS, opinion_cells, opinions_on
from planner.opinion.library import Opinion

NEEDED = ("model", "gpu", "isl", "osl")
ADDED = (
    "ttft_mean_ms",
    "ttft_p95_ms",
    "tpot_ms",
    "output_tokens_per_s_per_gpu",
    "max_concurrency",
    "fits",
    "reason",
    "basis",
)
INTERVALS = {"ttft": "ttft_mean_ms", "tpot": "tpot_ms", "throughput": "output_tokens_per_s_per_gpu"}
BOUNDS = tuple(f"{name}_{end}" for name in INTERVALS.values() for end in ("low", "high"))
RESERVED = frozenset({*ADDED, *BOUNDS, *OPINION_COLUMNS})
Mistakes = tuple[str, ...]
GIVEN = "_given"  # ends the name of an input column whose own name an answer takes


@dataclass(frozen=True)
class Table:
    """Rows of text as they stand in a file, and the line each begins on."""

    header: list[str]
    rows: list[list[str]]
    lines: list[int]


@dataclass(frozen=True)
class Extra:
    """Columns for those who ask: the ends of each figure's 80 % interval, and what AIConfigurator says."""

    intervals: bool = False
    second_opinion: bool = False


PLAIN = Extra()


def estimate_table(source: Path, target: Path | None, catalog: Catalog, extra: Extra = PLAIN) -> list[str]:
    """Answer every row of a CSV file into `target` (None: standard output); returns notes on its columns and rows.

    A row that cannot be read has its mistakes as its reason, and no figures. Raises InputError where the file itself
    cannot be read; nothing is written then.
    """
    table = read_table(source)
    read = questions_of(table, catalog)
    questions = [row for row in read if isinstance(row, Question)]
    found = answers(questions, catalog)
    opinions = opinions_on(questions, catalog) if extra.second_opinion else []
    file = io.StringIO()
    write_rows(file, table, _cells_of_rows(read, found, opinions, extra), extra)
    if target is None:
        sys.stdout.write(file.getvalue())
    else:
        _write(target, file.getvalue())
    return [*notes_on(table.header), *_unread(read, table.lines)]


def _write(target: Path, text: str) -> None:
    """All of a file, or nothing of it."""
    partial = target if target.exists() and not target.is_file() else target.with_name(f".{target.name}.part")
    try:
        partial.write_text(text, encoding="utf-8", newline="")
        if partial != target:
            partial.replace(target)
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror}") from None


def read_table(path: Path) -> Table:
    """A CSV file with a header; blank lines are skipped."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text; save it as CSV in UTF-8") from None
    reader = csv.reader(text.splitlines(keepends=True))
    header = [name.strip() for name in next(reader, [])]
    rows, lines = [], []
    for row in reader:
        if any(cell.strip() for cell in row):
            rows.append(_fitted(row, len(header)))
            lines.append(reader.line_num)
    _check_header(path, header)
    return Table(header, rows, lines)


def _fitted(row: list[str], width: int) -> list[str]:
    """As many cells as the header has, where only empty ones are missing or too many."""
    return row if any(cell.strip() for cell in row[width:]) else (row + [""] * width)[:width]


def _check_header(path: Path, header: Sequence[str]) -> None:
    """Every mistake in the first line at once."""
    known = [*COLUMNS, *ADDED]
    ours = {_column(name, header) for name in header}
    mistakes = [f"there is no column '{name}'{_nearly(name, header)}" for name in NEEDED if name not in ours]
    if not {"concurrency", "requests_per_s"} & ours:
        mistakes.append("there is no column 'concurrency' or 'requests_per_s'")
    repeated = sorted({name for name in header if header.count(name) > 1 and name in known})
    mistakes += [f"column '{name}' is there twice" for name in repeated]
    if mistakes:
        raise InputError(f"{path}, first line: " + "; ".join(mistakes))


def _nearly(name: str, header: Iterable[str]) -> str:
    """A column of that name in other letters, or a close one."""
    return did_you_mean(name, [column for column in header if column not in COLUMNS])


def questions_of(table: Table, catalog: Catalog) -> list[Question | Mistakes]:
    """The question of each row, or everything wrong with it."""
    names = Names(catalog)
    columns = [_column(name, table.header) for name in table.header]
    read: list[Question | Mistakes] = []
    for row in table.rows:
        question, mistakes = question_from(dict(zip(columns, row, strict=False)), names)
        if len(row) > len(columns):
            mistakes = [f"{len(row)} cells where the first line has {len(columns)}", *mistakes]
        read.append(tuple(mistakes) if mistakes or question is None else question)
    return read


def readable_questions(table: Table, catalog: Catalog, source: Path) -> list[Question]:
    """The question of each row. Raises InputError naming every row that cannot be read."""
    read = questions_of(table, catalog)
    if wrong := _unread(read, table.lines):
        raise InputError(f"{source}: {wrong[0]}")
    return [row for row in read if isinstance(row, Question)]


def _column(name: str, header: Sequence[str]) -> str:
    """Our name of a column that is ours in other letters ("GPU"), unless ours is there too."""
    return name.lower() if name.lower() in COLUMNS and name.lower() not in header else name


def _unread(read: Sequence[Question | Mistakes], lines: Sequence[int]) -> list[str]:
    """How many rows have no answer, equal mistakes together."""
    wrong: dict[str, list[int]] = defaultdict(list)
    for row, line in zip(read, lines, strict=True):
        for mistake in row if not isinstance(row, Question) else ():
            wrong[mistake].append(line)
    bad = sum(not isinstance(row, Question) for row in read)
    if not bad:
        return []
    listed = "\n".join(f"  {mistake}: {_lines(found)}" for mistake, found in wrong.items())
    return [f"{bad} of {len(read)} rows cannot be read:\n{listed}"]


def _lines(lines: Sequence[int]) -> str:
    """ "line 3", or "lines 3–5, 9": every number, runs joined."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], line]
        else:
            runs.append([line])
    shown = ", ".join("–".join(map(str, run)) for run in runs)
    return f"line{'s' if len(lines) > 1 else ''} {shown}"


def notes_on(header: Iterable[str]) -> list[str]:
    """Columns that had to make room for ours."""
    return [f"your column {name} is kept as {name}{GIVEN}" for name in header if name in RESERVED]


def _heads(extra: Extra) -> list[str]:
    return [*ADDED, *(BOUNDS if extra.intervals else ()), *(OPINION_COLUMNS if extra.second_opinion else ())]


def _cells_of_rows(
    read: Sequence[Question | Mistakes], found: Sequence[Answer], opinions: Sequence[Opinion], extra: Extra
) -> Iterator[list[str]]:
    """The added cells of every row, answered or not."""
    answered, second = iter(found), iter(opinions)
    for row in read:
        if not isinstance(row, Question):
            told = {"fits": "false", "reason": "; ".join(row)}
            yield [told.get(name, "") for name in _heads(extra)]
            continue
        answer = next(answered)
        cells = cells_of(answer) + (bounds_of(answer) if extra.intervals else [])
        yield cells + (opinion_cells(answer, next(second)) if extra.second_opinion else [])


def write_rows(file: TextIO, table: Table, added: Iterable[Sequence[str]], extra: Extra) -> None:
    """The table with the added cells of each row."""
    writer = csv.writer(file, lineterminator="\n")
    kept = [f"{name}{GIVEN}" if name in RESERVED else name for name in table.header]
    writer.writerow([*kept, *_heads(extra)])
    width = len(table.header)
    for row, cells in zip(table.rows, added, strict=True):
        writer.writerow([*row[:width], *cells])


def cells_of(answer: Answer) -> list[str]:
    """The added columns of one row, empty where there is no figure."""
    told = answer.predicted
    figures = (told.ttft_mean_ms, told.ttft_p95_ms, told.tpot_ms, told.output_tokens_per_s_per_gpu)
    fits = "true" if told.fits else "false"
    return [*map(_cell, figures), _cell(told.max_concurrency), fits, answer.reason, answer.basis]


def bounds_of(answer: Answer) -> list[str]:
    """Lowest and highest of each figure's interval, in the order of BOUNDS."""
    cells = []
    for quantity, name in INTERVALS.items():
        interval, value = answer.intervals.get(quantity), getattr(answer.predicted, name)
        factors = (interval.low_factor, interval.high_factor) if interval else (nan, nan)
        cells += [_cell(value * factor) for factor in factors]
    return cells


def _cell(value: float) -> str:
    return f"{value:.6g}" if isfinite(value) else ""
