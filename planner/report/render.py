"""A plan as files: plan.json, plan.xlsx, report.md, report.html and charts, each replaced whole."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from planner import __version__
from planner.plan.plan import Plan
from planner.plan.store import write_plan
from planner.report.charts import draw
from planner.report.finance import finance_workbook
from planner.report.format import MINUS, plain
from planner.report.lookup import Lookup
from planner.report.markdown import code_block, escaped
from planner.report.palette import page_css
from planner.report.refusal import Refused
from planner.report.svg import inline, standalone
from planner.report.view import View, view_of

TEMPLATES = Path(__file__).parent / "templates"
ANSWER = ("plan.json", "plan.xlsx", "report.html", "report.md")
_JOINED = "\u2060"
REFUSAL = ("refusal.html", "refusal.md")


def write_report(plan: Plan, folder: Path) -> list[Path]:
    """Write the whole report into `folder`, replacing an older one; returns the files, sorted."""
    view = view_of(plan)
    drawn = {figure.id: draw(figure) for figure in view.figures}
    charts = {f"charts/{figure.id}.svg": standalone(drawn[figure.id], figure) for figure in view.figures}
    files: dict[str, str | bytes] = {**charts, "plan.xlsx": finance_workbook(Lookup(plan))}
    files["report.md"] = markdown(view)
    files["report.html"] = html(view, {figure.id: inline(drawn[figure.id], figure) for figure in view.figures})
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".report-") as made:
        write_plan(plan, Path(made) / "plan.json")
        fill(Path(made), files)
        written = move(Path(made), folder)
    _drop(folder, REFUSAL)
    _drop_charts(folder, keep=set(files))
    return written


def write_refusal(told: Refused, folder: Path) -> list[Path]:
    """Write why there is no plan, in place of a report; returns the files, sorted."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".report-") as made:
        fill(Path(made), {"refusal.md": refusal_markdown(told), "refusal.html": refusal_html(told)})
        written = move(Path(made), folder)
    _drop(folder, ANSWER)
    _drop_charts(folder, keep=set())
    return written


def html(view: View, svg: Mapping[str, str]) -> str:
    """The report as one page that needs nothing else; `svg` holds every figure by id."""
    trusted = {name: Markup(drawing) for name, drawing in svg.items()}
    return printed("report.html.j2", view=view, svg=trusted, palette=Markup(page_css()))


def markdown(view: View) -> str:
    """The report for a code host; its charts lie beside it."""
    blocks = {"command": view.made.command, "doubled_command": view.owner.command}
    return page_text("report.md.j2", view=view, **{name: Markup(code_block(text)) for name, text in blocks.items()})


def refusal_html(told: Refused) -> str:
    """A refusal as one page that needs nothing else."""
    return printed("refusal.html.j2", told=told, palette=Markup(page_css()), version=__version__)


def refusal_markdown(told: Refused) -> str:
    """A refusal for a code host."""
    return page_text("refusal.md.j2", told=told, command=Markup(code_block(told.command)))


def render_gallery(entries: Sequence[object]) -> str:
    """The index of all reports as Markdown."""
    return page_text("gallery.md.j2", entries=entries)


def printed(template: str, **values: Any) -> str:
    """A template for HTML with its values."""
    return _environment(_printed).get_template(template).render(**values)


def page_text(template: str, **values: Any) -> str:
    return _environment(_written).get_template(template).render(**values)


def _environment(finalize: Callable[[object], object]) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _printed(value: object) -> object:
    """For HTML: text without characters a page may not hold, no line ending after a minus; autoescape does the rest."""
    _refuse_nothing(value)
    if hasattr(value, "__html__") or not isinstance(value, str):
        return value
    return plain(value).replace(f"{MINUS}$", f"{MINUS}{_JOINED}$")


def _written(value: object) -> object:
    """For Markdown: every value is escaped unless it is markup already."""
    _refuse_nothing(value)
    return value if hasattr(value, "__html__") else Markup(escaped(str(value)))


def _refuse_nothing(value: object) -> None:
    if value is None:
        raise ValueError("a report template prints a value that is absent")


def fill(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files by their names relative to a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def move(made: Path, folder: Path) -> list[Path]:
    """Every file to its place, one by one, each complete."""
    moved = []
    for path in sorted(path for path in made.rglob("*") if path.is_file()):
        target = folder / path.relative_to(made)
        target.parent.mkdir(exist_ok=True)
        path.replace(target)
        moved.append(target)
    return moved


def _drop(folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)


def _drop_charts(folder: Path, keep: set[str]) -> None:
    """Charts of an older report go."""
    for path in (folder / "charts").glob("*.svg"):
        if f"charts/{path.name}" not in keep:
            path.unlink()
    if not keep and (folder / "charts").is_dir() and not any((folder / "charts").iterdir()):
        (folder / "charts").rmdir()
