"""Buying against renting as files: a page, its Markdown, charts, and the plan of every strategy."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from planner.errors import PlannerError
from planner.plan.plan import Plan
from planner.plan.store import write_plan
from planner.report.buy_vs_rent import strategies_table
from planner.report.charts import draw
from planner.report.format import NBSP, printable
from planner.report.markdown import code_block
from planner.report.palette import page_css
from planner.report.render import fill, move, page_text, printed
from planner.report.svg import inline, standalone
from planner.report.view import View, view_of

NAME = "buy-vs-rent"


def write_buy_vs_rent(best: Plan, plans: Mapping[str, Plan], folder: Path) -> list[Path]:
    """buy-vs-rent.html and .md, charts, and plans by strategy, replaced one by one; `best` has the comparison."""
    view = view_of(best)
    if view.buy_or_rent is None:
        raise PlannerError("the plan has no comparison of buying and renting; `planner buy-vs-rent PROBLEM` makes one")
    shown = {figure.id: (figure, draw(figure)) for figure in view.buy_or_rent.figures}
    files = {f"charts/{name}.svg": standalone(drawn, figure) for name, (figure, drawn) in shown.items()}
    files[f"{NAME}.html"] = _page(view, {name: inline(drawn, figure) for name, (figure, drawn) in shown.items()})
    files[f"{NAME}.md"] = page_text(f"{NAME}.md.j2", view=view, command=Markup(code_block(view.made.command)))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".{NAME}-") as made:
        for name, plan in {**plans, "optimal": best}.items():
            write_plan(plan, Path(made) / f"{name}.json")
        fill(Path(made), files)
        written = move(Path(made), folder)
    for old in {*folder.glob("*.json"), *folder.glob("charts/buy-or-rent-*.svg")} - set(written):
        old.unlink()
    return written


def _page(view: View, svg: Mapping[str, str]) -> str:
    trusted = {name: Markup(drawing) for name, drawing in svg.items()}
    return printed(f"{NAME}.html.j2", view=view, svg=trusted, palette=Markup(page_css()))


def buy_vs_rent_text(best: Plan) -> str:
    """The answer and the strategies on a terminal."""
    view = view_of(best).buy_or_rent
    row = best.investment
    if view is None or row is None:
        return ""
    table = strategies_table(row)
    cells = [[column.head for column in table.columns], *([cell.text for cell in line] for line in table.rows)]
    kept = [at for at, column in enumerate(table.columns) if column.head in _SHOWN]
    widths = [max(len(line[at]) for line in cells) for at in kept]
    lines = [
        "  ".join(
            line[at].rjust(w) if n else line[at].ljust(w) for n, (at, w) in enumerate(zip(kept, widths, strict=True))
        )
        for line in cells
    ]
    lines += [f"No plan: {line}" for line in view.refused]
    return "\n".join(printable(line).replace(NBSP, " ").rstrip() for line in [*view.says, view.believe, "", *lines])


_SHOWN = {"Strategy", "Present value", "Above the best mix", "Per million tokens", "GPUs busy", "Peak funding"}
