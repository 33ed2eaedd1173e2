"""What a user asks to be different: `key=value,key=value` and `key=first:last:points[:log]`, with YAML's own types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

from planner.errors import InputError
from planner.inputs.scenarios import times
from planner.inputs.yaml_text import YamlError, read_yaml

MOST_POINTS = 50
_NEXT_PAIR = re.compile(r",\s*(?=[A-Za-z_][^\s=,\[\]{}\"']*=)")
_SWEEP_HELP = "write first:last:points, like 10:40:4, or 10:40:4:log; x0.5:x2:4 multiplies"


@dataclass(frozen=True)
class Point:
    """One value of a sweep; `at` is its place on the axis."""

    name: str
    changes: dict[str, Any]
    at: float


def changes_in(text: str) -> dict[str, Any]:
    """ "a.b=2,c=[1, 2]" → {"a.b": 2, "c": [1, 2]}; raises InputError."""
    found: dict[str, Any] = {}
    for pair in _pairs(text):
        key, sign, value = pair.partition("=")
        if not sign or not key.strip():
            raise InputError(f"--set {text!r}: {pair!r} is not key=value")
        if key.strip() in found:
            raise InputError(f"--set {text!r}: {key.strip()} is set twice")
        try:
            found[key.strip()] = read_yaml(value) if value.strip() else None
        except YamlError as error:
            raise InputError(f"--set {text!r}: the value of {key.strip()} is no YAML: {error}") from None
    return found


def _pairs(text: str) -> Iterator[str]:
    """Pairs at the commas outside brackets and quotes that another key follows."""
    begin, depth, quote = 0, 0, ""
    for place, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        elif char == "," and not depth and _NEXT_PAIR.match(text, place):
            yield text[begin:place].strip()
            begin = place + 1
    yield text[begin:].strip()


def points_in(text: str) -> tuple[str, list[Point]]:
    """ "a.b=10:40:4" → the key and its points; raises InputError."""
    key, sign, span = text.partition("=")
    key, parts = key.strip(), span.strip().split(":")
    scale = parts.pop() if len(parts) == 4 else "linear"
    if not sign or not key or len(parts) != 3 or scale not in ("linear", "log"):
        raise InputError(f"--sweep {text!r}: {_SWEEP_HELP}")
    factors = [times(part) for part in parts[:2]]
    multiplies = all(one is not None for one in factors)
    ends = [_number(one if multiplies else part, text) for one, part in zip(factors, parts, strict=False)]
    if not parts[2].strip().isdigit() or not 2 <= int(parts[2]) <= MOST_POINTS:
        raise InputError(f"--sweep {text!r}: needs 2 to {MOST_POINTS} points (got {parts[2].strip()!r})")
    if scale == "log" and min(ends) <= 0:
        raise InputError(f"--sweep {text!r}: a log scale needs ends above 0")
    values = _between(ends[0], ends[1], int(parts[2]), scale == "log")
    return key, [_point(key, value, multiplies) for value in values]


def _point(key: str, value: float, multiplies: bool) -> Point:
    """A whole number as one, so that it fits keys that count things; the name has six digits."""
    plain = int(value) if value == int(value) else value
    shown = plain if isinstance(plain, int) else f"{plain:.6g}"
    sign = "x" if multiplies else ""
    return Point(f"{key}={sign}{shown}", {key: f"x{plain}" if multiplies else plain}, value)


def _number(part: float | str | None, text: str) -> float:
    try:
        value = float(part if part is not None else "")
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise InputError(f"--sweep {text!r}: {part!r} is no number; {_SWEEP_HELP}")
    return value


def _between(first: float, last: float, points: int, log: bool) -> list[float]:
    """Values from end to end, evenly apart or by even factors, to twelve digits."""
    shares = [at / (points - 1) for at in range(points)]
    values = [first * (last / first) ** share if log else first + (last - first) * share for share in shares]
    return [float(f"{value:.12g}") for value in [first, *values[1:-1], last]]
