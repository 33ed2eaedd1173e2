"""Number columns from the user's own CSV files, with every refusal naming the key, the file and the line."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from planner.demand.types import Array
from planner.errors import InputError

MOST_BYTES = 5_000_000


def read_columns(path: Path, columns: tuple[str, ...], where: str) -> dict[str, Array]:
    """The named columns as arrays of one length, finite and not negative; `where` is the problem's key.

    The first line names the columns in any order; further columns are ignored.
    """
    body = read_lines(path, columns, where)
    return {
        name: np.array([_number(row[name], f"{where}: {path} line {line}, {name}") for line, row in body])
        for name in columns
    }


def read_lines(path: Path, columns: tuple[str, ...], where: str) -> list[tuple[int, dict[str, str]]]:
    """(line number, cells by column) of every row that is not empty; `columns` must be among the columns."""
    try:
        rows = list(csv.reader(_text(path, where).splitlines(), strict=True)) or [[]]
    except csv.Error as error:
        raise InputError(f"{where}: {path} is no CSV table: {error}; check its quotes and commas") from None
    header = [name.strip() for name in rows[0]]
    if absent := [name for name in columns if name not in header]:
        raise InputError(
            f"{where}: {path} has no column {', '.join(absent)} (its first line: {', '.join(header)[:80] or 'empty'}); "
            f"name the columns {', '.join(columns)} in the first line"
        )
    body = [(line, row) for line, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    if not body:
        raise InputError(f"{where}: {path} has no rows below its header; add them")
    return [(line, dict(zip(header, [*map(str.strip, row), *[""] * len(header)], strict=False))) for line, row in body]


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{where}: must be a number (got {text[:40]!r}); correct it") from None
    if not 0 <= value <= 1e15:
        raise InputError(f"{where}: must be a finite number from 0 on (got {text[:40]}); correct it")
    return value


def _text(path: Path, where: str) -> str:
    try:
        if not path.is_file():
            raise InputError(f"{where}: there is no file {path}; paths are relative to the problem file")
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{where}: {path} is larger than {MOST_BYTES / 1e6:.0f} MB; thin it out")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{where}: {path} is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{where}: {path} cannot be read: {error.strerror}; check its permissions") from None
