"""The index of all reports: what was asked, what came out, where to read it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from planner.plan.plan import Plan
from planner.report.answer import what
from planner.report.format import plain
from planner.report.lookup import Lookup
from planner.report.refusal import Refused
from planner.report.render import ANSWER, render_gallery


@dataclass(frozen=True)
class Link:
    """A file of a report."""

    name: str
    target: str


@dataclass(frozen=True)
class GalleryEntry:
    """One problem and its answer or refusal; `folder` is its name under the reports."""

    folder: str
    title: str
    question: str
    answer: str
    links: tuple[Link, ...]


def answered(folder: str, plan: Plan) -> GalleryEntry:
    """A problem that got a plan."""
    look = Lookup(plan)
    names = {"report.md": "report", "report.html": "page", "plan.xlsx": "workbook", "plan.json": "data"}
    links = tuple(Link(names[file], f"{folder}/{file}") for file in sorted(ANSWER, reverse=True))
    return GalleryEntry(folder, str(look.problem("title")), str(look.problem("question")), what(look), links)


def refused(folder: str, told: Refused) -> GalleryEntry:
    """A problem that has no plan, with why and what would be enough."""
    links = (Link("refusal", f"{folder}/refusal.md"), Link("page", f"{folder}/refusal.html"))
    return GalleryEntry(folder, told.title, told.question, f"No plan: {plain(told.heart)}", links)


def write_gallery(folder: Path, entries: Sequence[GalleryEntry]) -> Path:
    """Write README.md of the reports folder, replacing it whole."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".gallery-") as made:
        path = Path(made) / "README.md"
        path.write_text(render_gallery(entries), encoding="utf-8", newline="\n")
        return path.replace(folder / "README.md")
