"""Other tools' own schemas, kept beside the tests with their source and licence."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

FOLDER = Path(__file__).parent / "schemas"


@cache
def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


@cache
def kubernetes(kind: str) -> jsonschema.Draft202012Validator:
    """The validator of a kind, strict: unknown fields are errors."""
    book = read("kubernetes-1.37")
    return jsonschema.Draft202012Validator(book["kinds"][kind] | {"$defs": book["$defs"]})


def _any_case(_validator: Any, allowed: list[str], value: Any, _schema: Any) -> Any:
    """SkyPilot's own keyword."""
    if value.lower() not in [one.lower() for one in allowed]:
        yield jsonschema.ValidationError(f"{value!r} is none of {allowed}")


_SkyPilot = jsonschema.validators.extend(jsonschema.Draft7Validator, {"case_insensitive_enum": _any_case})


@cache
def skypilot(part: str) -> Any:
    """The validator of a part of a task: task, resources or service."""
    return _SkyPilot(read("skypilot-0.14.1")[part])


def mistakes(validator: Any, value: Any) -> list[str]:
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(value)]
