"""Where data/ and problems/ are: inside the installed package, else in the checkout."""

from __future__ import annotations

from pathlib import Path

from planner.errors import CatalogError

_PACKAGE = Path(__file__).resolve().parents[1]


def data_folder() -> Path:
    """Folder of the shipped facts; CatalogError where there is none."""
    return _shipped("data")


def problems_folder() -> Path:
    """Folder of the shipped problem files; CatalogError where there is none."""
    return _shipped("problems")


def _shipped(name: str) -> Path:
    for folder in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise CatalogError(f"no {name}/ folder beside or inside {_PACKAGE}: is the installation complete?")
