"""Every key of the problem file with its model, in order: for messages, the schema and the reference."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from planner.inputs.base import Path
from planner.inputs.docstrings import docstring_of
from planner.inputs.problem import Problem

ANY = "*"  # stands for a workload's name, or the place in a list


class Key(NamedTuple):
    """One key: its path with `ANY` for names and places, and what the model says of it."""

    path: tuple[str, ...]
    info: FieldInfo
    owner: type[BaseModel]

    @property
    def meaning(self) -> str:
        """Its docstring on one line."""
        return " ".join(docstring_of(self.owner, self.path[-1]).split())


@cache
def all_keys() -> tuple[Key, ...]:
    """Every key that a problem file may hold."""
    return tuple(_keys(Problem, ()))


def key_at(loc: Path) -> Key | None:
    """The key a mistake's place lies in; None for the whole file and for unknown keys."""
    for key in all_keys():
        if len(key.path) == len(loc) and all(part in {ANY, here} for part, here in zip(key.path, loc, strict=True)):
            return key
    return None


def tables() -> dict[type[BaseModel], tuple[str, ...]]:
    """Every model with the path where it first stands."""
    found: dict[type[BaseModel], tuple[str, ...]] = {}
    for key in all_keys():
        found.setdefault(key.owner, key.path[:-1])
    return found


def _keys(model: type[BaseModel], prefix: tuple[str, ...]) -> Iterator[Key]:
    for name, info in model.model_fields.items():
        path = (*prefix, name)
        yield Key(path, info, model)
        for below, table in _models_in(info.annotation):
            yield from _keys(table, path + below)


def _models_in(annotation: Any) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield (), annotation
        return
    below = (ANY,) if get_origin(annotation) in {dict, list} else ()
    for argument in get_args(annotation):
        for path, model in _models_in(argument):
            yield below + path, model
