"""Pydantic's errors in the user's words: where, what is wrong with which value, what to do next."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from planner.inputs.base import SAID, Mistake, Path
from planner.inputs.hints import closest, did_you_mean
from planner.inputs.keys import ANY, all_keys, key_at, tables
from planner.inputs.problem import Problem

MOST_SHOWN = 25
SHAPES = {"<number>": "a number", "<text>": "a name", "<list>": "a list", "<table>": "a table of keys"}
WRONG = {
    "missing": "is missing",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of reasonable size",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text",
    "string_unicode": "must be text",
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length} characters long",
    "literal_error": "must be {expected}",
    "list_type": "must be a list",
    "dict_type": "must be a table of names",
    "model_type": "must be a table of keys",
    "too_short": "needs at least {min_length} entry",
    "too_long": "has {actual_length} entries, at most {max_length} are possible",
    "date_type": "must be a date like 2027-01-01",
    "date_parsing": "must be a date like 2027-01-01",
    "date_from_datetime_parsing": "must be a date like 2027-01-01",
    "date_from_datetime_inexact": "must be a date like 2027-01-01",
}


def mistakes_in(error: ValidationError) -> list[Mistake]:
    """Every error of a problem as a `Mistake`, in the order of the keys, each said once.

    A key that is missing because it is misspelt is told as misspelt only.
    """
    lines = error.errors(include_url=False)
    misspelt = {_meant(line["loc"]) for line in lines if line["type"] == "extra_forbidden"}
    told = (line for line in lines if line["type"] != "missing" or line["loc"] not in misspelt)
    return list(dict.fromkeys(_mistake(line) for line in told))


def listing(where: str, mistakes: Iterable[Mistake]) -> str:
    """`where: 3 problems` and one line for each; `where` is a file's path, or "" where none is known."""
    found = list(mistakes)
    lines = [f"  {dotted(path)}: {text}" if path else f"  {text}" for path, text in found[:MOST_SHOWN]]
    if len(found) > MOST_SHOWN:
        lines.append(f"  … and {len(found) - MOST_SHOWN} more")
    count = f"{len(found)} problem{'s' if len(found) != 1 else ''}"
    return "\n".join([f"{where}: {count}" if where else count, *lines])


def dotted(path: Path) -> str:
    """workloads.chat.traffic for ("workloads", "chat", "traffic"); unprintable names are quoted."""
    return ".".join(part if isinstance(part, str) and part.isprintable() else repr(part)[:60] for part in path)


def _mistake(line: ErrorDetails) -> Mistake:
    path: Path = tuple(part for part in line["loc"] if not str(part).startswith("<"))
    if path and path[-1] == "[key]":
        return Mistake(path[:-1], f"is no usable name: it {_wrong(line)}{_got(line)}")
    if line["type"] == "invalid_key":
        return Mistake(path, "is no key: keys are words; write it in quotes if it is meant")
    if line["type"] == "extra_forbidden":
        return Mistake(path, _unknown(path))
    if line["type"] == SAID:
        return Mistake(path, line["ctx"]["text"])
    if line["input"] is None and line["type"] not in {"missing", "literal_error"}:
        return Mistake(path, f"has no value, {_wrong(line)}; {_next_step(path, line)}")
    return Mistake(path, f"{_wrong(line)}{_got(line)}; {_next_step(path, line)}")


def _wrong(line: ErrorDetails) -> str:
    context = line.get("ctx", {})
    if line["type"] == "union_tag_invalid":
        return "must be " + " or ".join(text for tag, text in SHAPES.items() if tag in context["expected_tags"])
    if line["type"] in WRONG:
        return WRONG[line["type"]].format(**{name: _plain_number(value) for name, value in context.items()})
    return line["msg"][:1].lower() + line["msg"][1:]


def _got(line: ErrorDetails) -> str:
    return "" if line["type"] in {"missing", "too_long"} else f" (got {shown(line['input'])})"


def _plain_number(value: object) -> object:
    """1000000 rather than 1000000.0, which nobody wrote."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= 1e15 else value


def shown(value: object) -> str:
    """A value as the user wrote it, cut to a readable length."""
    if isinstance(value, dict | BaseModel):
        return "a table" if value else "an empty table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(_plain_number(value))
    return text if len(text) <= 60 else f"{text[:57]}…"


def _next_step(path: Path, line: ErrorDetails) -> str:
    value = line["input"]
    if line["type"] == "literal_error" and isinstance(value, str):
        near = closest(value, line["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", "))
        return f"did you mean {near!r}?" if near else _about(path)
    if line["type"] == "model_type":
        return f"keys here: {', '.join(_table_at(path).model_fields)}"
    if line["type"] == "string_type" and isinstance(value, bool | int | float):
        return f"put it in quotes: '{shown(value)}'"
    if isinstance(value, str) and line["type"] in {"float_parsing", "int_parsing", "union_tag_invalid"}:
        return _number_hint(value) or _about(path)
    if line["type"] in {"less_than", "less_than_equal"} and isinstance(value, int | float) and 1 <= value <= 100:
        limit = line["ctx"].get("le", line["ctx"].get("lt"))
        if limit == 1:
            return f"a share lies between 0 and 1: {value:g} % is {value / 100:g}"
    return _about(path)


def _number_hint(text: str) -> str:
    bare = text.strip().replace(" ", "")
    number = bare.rstrip("%").rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/")
    try:
        value = float(number.replace(",", ""))
    except ValueError:
        return ""
    if bare.endswith("%"):
        return f"write {value / 100:g}"
    if "," in number:
        return f"write it without separators: {value:g}"
    return f"write the bare number, the unit is in the key: {value:g}"


def _about(path: Path) -> str:
    key = key_at(path)
    while key is None and path:
        path = path[:-1]
        key = key_at(path)
    if key is None:
        return "see docs/problem-file.md"
    meaning = key.meaning.rstrip(".")
    first = meaning[:1] if meaning[1:2].isupper() else meaning[:1].lower()
    return f"{key.path[-1]} is: {first}{meaning[1:]}"


def _unknown(path: Path) -> str:
    name, parent = str(path[-1]), path[:-1]
    owner = _table_at(parent)
    known = list(owner.model_fields)
    if near := did_you_mean(name, known):
        return f"unknown key{near}"
    if homes := [".".join(key.path[:-1]).replace(ANY, "<name>") for key in all_keys() if key.path[-1] == name]:
        return f"unknown key here; it belongs under {' or '.join(home or 'the top level' for home in homes[:3])}"
    return f"unknown key; known here: {', '.join(known)}"


def _meant(loc: Path) -> Path:
    """Where the key would be that an unknown key was meant to be."""
    parent = tuple(part for part in loc[:-1] if not str(part).startswith("<"))
    return (*loc[:-1], closest(str(loc[-1]), _table_at(parent).model_fields))


def _table_at(path: Path) -> type[BaseModel]:
    """The model that stands at a path: the one whose keys lie directly below it."""
    for model, home in tables().items():
        if len(home) == len(path) and all(part in {ANY, here} for part, here in zip(home, path, strict=True)):
            return model
    for key in all_keys():
        if len(key.path) - 1 == len(path) and key_at((*path, key.path[-1])) is key:
            return key.owner
    return Problem
