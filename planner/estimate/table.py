"""A table of questions in, the same table with answers out: rows keep their order, their columns and their text."""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
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
    """Answer every row of a CSV file into `target` (None: standard output); returns notes on its columns.

    Raises InputError naming every row that cannot be read; nothing is written then.
    """
    table = read_table(source)
    questions = questions_of(table, catalog, source)
    found = answers(questions, catalog)
    columns = _extra_columns(found, opinions_on(questions, catalog) if extra.second_opinion else [], extra)
    if target is None:
        write_rows(sys.stdout, table, found, columns)
    else:
        try:
            with target.open("w", encoding="utf-8", newline="") as file:
                write_rows(file, table, found, columns)
        except OSError as error:
            raise InputError(f"cannot write {target}: {error.strerror}") from None
    return notes_on(table.header)


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
            rows.append(row)
            lines.append(reader.line_num)
    _check_header(path, header)
    return Table(header, rows, lines)


def _check_header(path: Path, header: Sequence[str]) -> None:
    """Every mistake in the first line at once."""
    known = [*COLUMNS, *ADDED]
    mistakes = [f"there is no column '{name}'{_nearly(name, header)}" for name in NEEDED if name not in header]
    if not {"concurrency", "requests_per_s"} & set(header):
        mistakes.append("there is no column 'concurrency' or 'requests_per_s'")
    repeated = sorted({name for name in header if header.count(name) > 1 and name in known})
    mistakes += [f"column '{name}' is there twice" for name in repeated]
    if mistakes:
        raise InputError(f"{path}, first line: " + "; ".join(mistakes))


def _nearly(name: str, header: Iterable[str]) -> str:
    """A column of that name in other letters, or a close one."""
    return did_you_mean(name, [column for column in header if column not in COLUMNS])


def questions_of(table: Table, catalog: Catalog, source: Path) -> list[Question]:
    """The question of each row; InputError listing every bad row, equal mistakes together."""
    names = Names(catalog)
    questions: list[Question] = []
    wrong: dict[str, list[int]] = defaultdict(list)
    for row, line in zip(table.rows, table.lines, strict=True):
        question, mistakes = question_from(dict(zip(table.header, row, strict=False)), names)
        if len(row) != len(table.header):
            mistakes = [f"{len(row)} cells where the first line has {len(table.header)}", *mistakes]
        for mistake in mistakes:
            wrong[mistake].append(line)
        if question is not None:
            questions.append(question)
    if wrong:
        bad = len({line for lines in wrong.values() for line in lines})
        listed = "\n".join(f"  {mistake}: {_lines(lines)}" for mistake, lines in wrong.items())
        raise InputError(f"{source}: {bad} of {len(table.rows)} rows cannot be read:\n{listed}")
    return questions


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


def _extra_columns(found: Sequence[Answer], opinions: Sequence[Opinion], extra: Extra) -> list[list[str]]:
    """Heads and cells of the columns asked for."""
    lines: list[list[str]] = [[] for _ in range(len(found) + 1)]
    if extra.intervals:
        lines = [line + more for line, more in zip(lines, [list(BOUNDS), *map(bounds_of, found)], strict=True)]
    if extra.second_opinion:
        cells = [opinion_cells(answer, opinion) for answer, opinion in zip(found, opinions, strict=True)]
        lines = [line + more for line, more in zip(lines, [list(OPINION_COLUMNS), *cells], strict=True)]
    return lines


def write_rows(file: TextIO, table: Table, found: Iterable[Answer], extra: Sequence[Sequence[str]]) -> None:
    """The table with its answers; `extra` has the further heads, then the further cells of each row."""
    writer = csv.writer(file, lineterminator="\n")
    kept = [f"{name}{GIVEN}" if name in RESERVED else name for name in table.header]
    writer.writerow([*kept, *ADDED, *extra[0]])
    for row, answer, more in zip(table.rows, found, extra[1:], strict=True):
        writer.writerow([*row, *cells_of(answer), *more])


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
