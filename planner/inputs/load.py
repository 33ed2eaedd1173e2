"""A problem file → `Problem`, or one `InputError` that lists every mistake with its next step."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import ValidationError

from planner.errors import InputError
from planner.inputs.base import Mistake
from planner.inputs.explain import listing, mistakes_in, shown
from planner.inputs.hints import closest
from planner.inputs.overrides import scenario_mistakes
from planner.inputs.problem import Problem
from planner.inputs.yaml_text import YamlError, read_yaml

MOST_BYTES = 1_000_000
START_HERE = "start from one of problems/*.yaml, or see docs/problem-file.md"


def load_problem(path: Path, as_of: date | None = None) -> Problem:
    """The problem in a YAML file; raises InputError.

    A horizon that ended by `as_of` is refused; None asks no such question.
    """
    text = _text_of(path)
    try:
        data = read_yaml(text)
    except YamlError as error:
        raise InputError(listing(str(path), error.mistakes)) from None
    if data is None:
        raise InputError(f"{path}: the file is empty; {START_HERE}")
    return problem_from(data, str(path), as_of)


def problem_from(data: object, where: str, as_of: date | None = None) -> Problem:
    """The problem that plain values spell; `where` begins the message of the InputError."""
    if not isinstance(data, dict):
        raise InputError(
            f"{where}: must be a table of keys such as title and workloads (got {shown(data)}); {START_HERE}"
        )
    if odd := [key for key in data if not isinstance(key, str)]:
        raise InputError(listing(where, [Mistake((key,), "is no key of a problem; keys are words") for key in odd]))
    found: list[Mistake] = []
    try:
        problem = Problem.model_validate(data, context={"as_of": as_of})
    except ValidationError as error:
        found = mistakes_in(error)
    if found := found + list(scenario_mistakes(data, found)):
        raise InputError(listing(where, found))
    return problem


def _text_of(path: Path) -> str:
    """The file's text; refuses all that is no readable UTF-8 file of a sane size."""
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder, not a problem file; {_files_in(path)}")
        if not path.exists():
            raise InputError(f"{path}: there is no such file{_nearby(path)}")
        if not path.is_file():
            raise InputError(f"{path}: is not a regular file; give the path of a YAML file")
        if (size := path.stat().st_size) > MOST_BYTES:
            raise InputError(
                f"{path}: has {size / 1e6:.1f} MB, a problem file at most 1 MB; put large tables into CSV files"
            )
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{path}: cannot be read: {reason.lower()}; check the path and its permissions") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path}: line {line}: byte 0x{raw[error.start]:02x} is not UTF-8 text; save the file as UTF-8"
        ) from None


def _nearby(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f", as there is no folder {folder}; check the path"
    files = [file.name for file in folder.iterdir() if file.suffix in {".yaml", ".yml"}]
    if near := closest(path.name, files):
        return f" — did you mean {str(folder / near)!r}?"
    return f"; {_files_in(folder)}"


def _files_in(folder: Path) -> str:
    files = sorted(file.name for file in folder.glob("*.yaml"))
    return f"name one file in it, e.g. {folder / files[0]}" if files else "it holds no .yaml file; check the path"
