"""Entries of YAML and CSV files as rows with typed getters that collect every mistake.

A getter that cannot give a sound value notes the mistake and returns a harmless stand-in, so that one
pass finds everything; nothing read after a mistake leaves the loader.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from planner.catalog.hints import did_you_mean
from planner.errors import CatalogError

MAX_BYTES = 10_000_000
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT, _LIST, _TABLE, _MERGE = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map", "merge"))
_MISSING: Any = object()


@dataclass
class Mistakes:
    """All that is wrong so far; `stop_if_any` raises one CatalogError with the whole list."""

    found: list[str] = field(default_factory=list)

    def note(self, where: str, what: str) -> None:
        """Remember one mistake."""
        self.found.append(f"{where}: {what}")

    def stop_if_any(self) -> None:
        """Raise all of them."""
        if self.found:
            listed = "\n".join(f"  {mistake}" for mistake in self.found)
            raise CatalogError(f"{len(self.found)} mistake(s) in the catalogue:\n{listed}")


class Row:
    """One entry: where it stands and its values, read through getters."""

    __slots__ = ("_mistakes", "_read", "_values", "where")

    def __init__(self, where: str, values: Mapping[str, Any], mistakes: Mistakes) -> None:
        self.where, self._values, self._mistakes = where, values, mistakes
        self._read: set[str] = set()

    def wrong(self, what: str) -> None:
        """Note a mistake at this row."""
        self._mistakes.note(self.where, what)

    def has(self, key: str) -> bool:
        """True where the value is given and not empty."""
        value = self._values.get(key)
        return not (value is None or value == "")

    def _take(self, key: str, default: Any) -> Any:
        self._read.add(key)
        value = self._values.get(key)
        if not (value is None or value == ""):
            return value
        if default is _MISSING:
            self.wrong(f"{key} is missing{did_you_mean(key, self._values.keys() - self._read)}")
            return None
        return default

    def text(self, key: str, default: Any = _MISSING) -> str:
        """A text; numbers and dates are taken as written."""
        value = self._take(key, default)
        if isinstance(value, (dict, list)):
            self.wrong(f"{key} must be a text")
            return ""
        return "" if value is None else str(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where absent; a CSV separates them by spaces."""
        value = self._take(key, [])
        if isinstance(value, str):
            return tuple(value.split())
        if not isinstance(value, list):
            self.wrong(f"{key} must be a list of texts")
            return ()
        return tuple(str(item) for item in value)

    def number(self, key: str, default: Any = _MISSING, *, zero: bool = False, signed: bool = False) -> float:
        """A positive number; `zero` allows 0, `signed` every number."""
        value = self._take(key, default)
        if value is None:
            return 1.0
        number = _number(value)
        if number is not None and 0 < number < math.inf:
            return number
        if number is None:
            self.wrong(f"{key} must be a number (got {value!r})")
        elif not math.isfinite(number):
            self.wrong(f"{key} must be finite (got {value!r})")
        elif not signed and (number < 0 or (number == 0 and not zero)):
            self.wrong(f"{key} must be {'zero or more' if zero else 'more than zero'} (got {value!r})")
        else:
            return number
        return 1.0

    def maybe(self, key: str, *, zero: bool = False, signed: bool = False) -> float | None:
        """A positive number, None where absent; `zero` allows 0, `signed` every number."""
        return self.number(key, zero=zero, signed=signed) if self.has(key) else self._take(key, None)

    def whole(self, key: str, default: Any = _MISSING, *, zero: bool = False) -> int:
        """A positive whole number; `zero` allows 0."""
        number = self.number(key, default, zero=zero)
        if number != int(number):
            self.wrong(f"{key} must be a whole number (got {self._values.get(key)!r})")
        return int(number)

    def flag(self, key: str) -> bool:
        """true or false, false where absent."""
        value = self._take(key, False)
        if not isinstance(value, bool):
            self.wrong(f"{key} must be true or false (got {value!r})")
            return False
        return value

    def choice(self, key: str, allowed: Iterable[str], default: Any = _MISSING) -> Any:
        """One of `allowed`."""
        options = list(allowed)
        value = self.text(key, default)
        if value in options or (value == "" and not self.has(key)):
            return value or options[0]
        self.wrong(f"{key} must be one of {', '.join(options)} (got {value!r}){did_you_mean(value, options)}")
        return options[0]

    def day(self, key: str, default: date | None = None) -> date | None:
        """An ISO date."""
        value = self._take(key, default)
        if isinstance(value, datetime):
            return value.date()
        if value is None or isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.wrong(f"{key} must be a date like 2026-08-31 (got {value!r})")
            return None

    def part(self, key: str) -> Row:
        """A mapping inside this entry."""
        value = self._take(key, _MISSING)
        if value is not None and not isinstance(value, dict):
            self.wrong(f"{key} must be a mapping")
        return Row(f"{self.where} {key}", value if isinstance(value, dict) else {}, self._mistakes)

    def numbers(self, key: str) -> dict[str, float]:
        """A mapping of names to positive numbers."""
        part = self.part(key)
        return {str(name): part.number(name) for name in part._values}

    def number_list(self, key: str) -> list[float]:
        """A list of positive numbers."""
        values = self._take(key, _MISSING)
        numbers = [_number(value) for value in values] if isinstance(values, list) else [None]
        if any(number is None or not 0 < number < math.inf for number in numbers):
            self.wrong(f"{key} must be a list of numbers above zero (got {values!r})")
            return []
        return [number for number in numbers if number is not None]

    def finish(self) -> None:
        """Note every value no getter asked for."""
        for key in self._values.keys() - self._read:
            self.wrong(f"unknown field '{key}'{did_you_mean(str(key), self._read)}")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def yaml_rows(path: Path, section: str, mistakes: Mistakes, *, required: bool = True) -> list[Row]:
    """Entries of the list `section`, each over the file's `defaults`; CatalogError for a broken file."""
    content, lines = _parse(path, section, mistakes)
    entries = content.get(section)
    if entries is None and not required:
        return []
    if not isinstance(entries, list):
        mistakes.note(str(path), f"needs a list '{section}'{did_you_mean(section, map(str, content))}")
        return []
    defaults = content.get("defaults") or {}
    rows = []
    for line, entry in zip(lines, entries, strict=True):
        if isinstance(entry, dict):
            rows.append(Row(f"{path.name}:{line}", {**defaults, **entry}, mistakes))
        else:
            mistakes.note(f"{path.name}:{line}", "an entry must be a mapping")
    return rows


def _parse(path: Path, section: str, mistakes: Mistakes) -> tuple[dict[str, Any], list[int]]:
    """Content of a YAML file and the line of each entry of `section`; doubled keys are mistakes."""
    loader = _Loader(read_text(path))
    try:
        node: Any = loader.get_single_node()
        content = _value(node, loader, partial(_note_doubled, path.name, mistakes)) if node else None
    except yaml.YAMLError as error:
        raise CatalogError(f"{path}: not valid YAML: {error}") from None
    finally:
        loader.dispose()
    if not isinstance(content, dict):
        raise CatalogError(f"{path}: must be a mapping with a list '{section}'")
    sections = {key.value: value.value for key, value in node.value}
    entries = sections[section] if isinstance(content.get(section), list) else []
    return content, [entry.start_mark.line + 1 for entry in entries]


def _value(node: Any, loader: Any, doubled: Callable[[Any], None]) -> Any:
    """What a node of a YAML document spells, as the loader makes it but in one pass; `doubled` hears of such keys."""
    if node.tag == _TEXT:
        return node.value
    if node.tag == _LIST:
        return [_value(item, loader, doubled) for item in node.value]
    if node.tag != _TABLE:
        return loader.construct_object(node, deep=True)
    if any(key.tag == _MERGE for key, _ in node.value):
        loader.flatten_mapping(node)
    found: dict[Any, Any] = {}
    for key, value in node.value:
        name = loader.construct_object(key, deep=True) if key.tag != _TEXT else key.value
        if not isinstance(name, Hashable):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key.start_mark)
        if name in found:
            doubled(key)
        found[name] = _value(value, loader, doubled)
    return found


def _note_doubled(name: str, mistakes: Mistakes, key: Any) -> None:
    mistakes.note(f"{name}:{key.start_mark.line + 1}", f"'{key.value}' is given twice")


def csv_rows(path: Path, required: list[str], optional: list[str], mistakes: Mistakes) -> list[Row]:
    """Rows of a CSV with these columns; missing or unknown columns and ragged rows are mistakes."""
    reader = csv.reader(io.StringIO(read_text(path)), strict=True)
    try:
        columns = [column.strip() for column in next(reader, [])]
        missing = [column for column in required if column not in columns]
        unknown = [column for column in columns if column not in {*required, *optional}]
        for column in missing:
            mistakes.note(f"{path.name}:1", f"column '{column}' is missing{did_you_mean(column, unknown)}")
        for column in unknown:
            hint = did_you_mean(column, [*required, *optional])
            mistakes.note(f"{path.name}:1", f"unknown column '{column}'{hint}")
        if missing or unknown:
            return []
        return list(_csv_rows(path.name, columns, reader, mistakes))
    except csv.Error as error:
        raise CatalogError(f"{path}:{reader.line_num}: not valid CSV: {error}") from None


def _csv_rows(file: str, columns: list[str], reader: Any, mistakes: Mistakes) -> Iterator[Row]:
    """Rows under the heading; empty lines are none."""
    for fields in filter(None, reader):
        where = f"{file}:{reader.line_num}"
        if len(fields) == len(columns):
            yield Row(where, dict(zip(columns, map(str.strip, fields), strict=True)), mistakes)
        else:
            mistakes.note(where, "wrong number of columns")


def read_text(path: Path) -> str:
    """Text of a UTF-8 file; CatalogError where it is absent, too large or not UTF-8."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CatalogError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB, refused")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise CatalogError(f"{path}: cannot be read: {error.strerror}") from None
