"""Text files written whole or not at all, in one folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from planner.errors import PlannerError


@dataclass(frozen=True)
class File:
    """A file to hand over."""

    path: str
    """Below the folder, with forward slashes."""
    text: str
    executable: bool = False


def write_files(files: Iterable[File], folder: Path) -> list[Path]:
    """Write every file below `folder`, each replacing what is there only once it is complete; returns the paths."""
    return [_write(file, folder / file.path) for file in files]


def _write(file: File, path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise PlannerError(f"{path}: cannot be written ({error.strerror})") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(file.text)
        Path(name).chmod(0o755 if file.executable else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path
