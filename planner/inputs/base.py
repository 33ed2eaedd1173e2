"""What every model of the problem file shares: number types, rules across keys, one mistake's shape.

A rule is a method marked `@rule` that yields what is wrong between the keys of one table. Rules also
run when other keys of the table are mistaken: a rule that reads a mistaken key says nothing, all
others speak. So a reader sees every mistake at once.

Files of models do without `from __future__ import annotations`: Pydantic would have to compile every annotation again.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from typing import Annotated, Any, NamedTuple, Self, TypeVar, get_args, get_origin, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic_core import InitErrorDetails, PydanticCustomError

from planner.inputs.hints import closest

Method = TypeVar("Method", bound=Callable[..., Any])

BIDI_OVERRIDES = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
Path = tuple[str | int, ...]
SAID = "said"  # error type of messages that are already in the user's words


class Mistake(NamedTuple):
    """One thing wrong: where, relative to the table whose rule found it, and what to do about it."""

    path: Path
    text: str


Mistakes = Iterator[Mistake]


def said(text: str) -> PydanticCustomError:
    """An error whose text reaches the user as it is."""
    return PydanticCustomError(SAID, "{text}", {"text": text})


def no_bool(value: Any) -> Any:
    """Refuse true and false where a number is meant."""
    if isinstance(value, bool):
        raise said(f"must be a number (got {str(value).lower()})")
    return value


def one_line(text: str) -> str:
    """Refuse line breaks and characters that show as nothing or reorder the line."""
    if any(_is_invisible(char) for char in text):
        raise said(f"must be one line without control characters (got {text[:40]!r})")
    if text != text.strip():
        raise said(f"must not begin or end with a space (got {text[:40]!r})")
    return text


def paragraph(text: str) -> str:
    """Refuse invisible characters other than line breaks and tabs."""
    if any(_is_invisible(char) for char in text if char not in "\n\t"):
        raise said("must be plain text without control characters; delete them")
    return text


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} or char in BIDI_OVERRIDES


def distinct(values: list[Any]) -> list[Any]:
    """Refuse the same entry twice."""
    doubled = [value for value in dict.fromkeys(values) if values.count(value) > 1]
    if doubled:
        raise said(f"names {', '.join(repr(value) for value in doubled)} more than once; keep one")
    return values


Name = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(one_line)]
Names = Annotated[list[Name], AfterValidator(distinct), Field(json_schema_extra={"uniqueItems": True})]
NoBool = BeforeValidator(no_bool)
Positive = Annotated[float, Field(gt=0, le=1e15), NoBool]
NonNegative = Annotated[float, Field(ge=0, le=1e15), NoBool]
Share = Annotated[float, Field(ge=0, le=1), NoBool]


def by_shape(*shapes: str) -> Discriminator:
    """Pick the branch of a union by the shape of what was written, so that only its mistakes are told.

    `shapes` are tags without brackets: number, text, list, table. Text that spells a number counts
    as one where a number is allowed.
    """

    def shape(value: object) -> str:
        if isinstance(value, str):
            return "<number>" if "number" in shapes and _spells_number(value) else "<text>"
        if value is None or isinstance(value, bool):
            return "<other>"
        if isinstance(value, int | float):
            return "<number>"
        return "<list>" if isinstance(value, list | tuple) else "<table>"

    return Discriminator(shape)


def _spells_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def rule(method: Method) -> Method:
    """Mark a method of a `Strict` model as a rule across its keys."""
    vars(method)["is_rule"] = True
    return method


class Strict(BaseModel):
    """Frozen, refuses unknown keys and infinities, obeys its rules; built when it is first used."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

    @model_validator(mode="wrap")
    @classmethod
    def _obey_rules(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            model = handler(data)
        except ValidationError as error:
            found = _details(error)
            if isinstance(data, dict):
                found += _broken_rules(cls, Sound(cls, data, [line["loc"] for line in error.errors()]), data)
            raise ValidationError.from_exception_data(cls.__name__, found) from None
        if broken := _broken_rules(cls, model, data):
            raise ValidationError.from_exception_data(cls.__name__, broken)
        return model


class MistakenKeyError(Exception):
    """A rule read a key that is itself mistaken."""


class Sound:
    """The sound keys of a table in which others are mistaken; stands in for the model in rules.

    A misspelt key counts as the key it was meant to be, with a mistaken value.
    """

    def __init__(self, model: type[BaseModel], data: dict[str, Any], mistaken: list[Path]) -> None:
        absent = [name for name in model.model_fields if name not in data]
        unknown = [str(key) for key in data if key not in model.model_fields]
        misspelt = [meant for key in unknown if (meant := closest(key, absent))]
        self._model, self._data = model, data | dict.fromkeys(misspelt)
        self._mistaken = [path for path in mistaken if path] + [(name,) for name in misspelt]
        self.model_fields_set = set(model.model_fields) & set(self._data)

    def __getattr__(self, name: str) -> Any:
        if name not in self._model.model_fields:
            return getattr(self._model, name).__get__(self)
        field = self._model.model_fields[name]
        if name not in self._data:
            if field.is_required():
                raise MistakenKeyError
            return field.get_default(call_default_factory=True)
        below = [path[1:] for path in self._mistaken if path[0] == name]
        return _sound(_hints(self._model)[name], self._data[name], below)


def _sound(annotation: Any, data: Any, mistaken: list[Path]) -> Any:
    """The value as far as it is sound: whole, a `Sound` table, or a table of tables by name."""
    if not mistaken:
        return TypeAdapter(annotation).validate_python(data)
    kind = get_origin(annotation)
    if kind is Annotated:
        return _sound(get_args(annotation)[0], data, mistaken)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if isinstance(data, dict):
            return Sound(annotation, data, mistaken)
        nothing = dict.fromkeys(annotation.model_fields)
        return Sound(annotation, nothing, [(name,) for name in nothing])
    if kind is dict and isinstance(data, dict) and all(isinstance(key, str) and key for key in data):
        item = get_args(annotation)[1]
        return {
            key: _sound(item, value, [path[1:] for path in mistaken if path[0] == key]) for key, value in data.items()
        }
    raise MistakenKeyError


@cache
def _hints(model: type[BaseModel]) -> dict[str, Any]:
    return get_type_hints(model, include_extras=True)


def written(subject: object, *names: str) -> list[str]:
    """Those of the keys that the user gave a value, sound or not."""
    given = []
    for name in names:
        try:
            value = getattr(subject, name)
        except MistakenKeyError:
            value = name
        if value is not None:
            given.append(name)
    return given


@cache
def _rules(model: type[BaseModel]) -> tuple[Callable[[Any], Iterable[Mistake]], ...]:
    methods = (getattr(model, name) for name in list(vars(model)))
    return tuple(method for method in methods if getattr(method, "is_rule", False))


def _broken_rules(model: type[BaseModel], subject: object, data: object) -> list[InitErrorDetails]:
    found: list[InitErrorDetails] = []
    for check in _rules(model):
        with suppress(MistakenKeyError):
            for mistake in check(subject):
                found.append(InitErrorDetails(type=said(mistake.text), loc=mistake.path, input=data))
    return found


def _details(error: ValidationError) -> list[InitErrorDetails]:
    """The errors in the form they can be raised again in."""
    found: list[InitErrorDetails] = []
    for line in error.errors(include_url=False):
        context = line.get("ctx", {})
        kind = said(context["text"]) if line["type"] == SAID else line["type"]
        found.append(InitErrorDetails(type=kind, loc=line["loc"], input=line["input"], ctx=context))
    return found


class CsvFile(Strict):
    """A table in the user's own file, relative to the problem file."""

    csv: Name
    """Path of the CSV file."""
