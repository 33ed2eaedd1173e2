"""A Pareto front: one line a plan, what each step costs, and the picture."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import altair as alt
from markupsafe import Markup

from planner.plan.plan import Plan
from planner.plan.store import write_plan
from planner.report import format as f
from planner.report.answer import fleet
from planner.report.charts import rendered
from planner.report.lookup import Lookup
from planner.report.markdown import code_block
from planner.report.render import move, page_text
from planner.report.shapes import Cell, Figure, Table, number, numbers, text, words
from planner.report.svg import standalone
from planner.report.why_drawings import front_against

_KG_PER_TONNE = 1000
FrontPoint = tuple[Plan, float | None]
"""A plan, and where a latency target is varied what it was multiplied by."""


def gpu_hours(look: Lookup) -> float:
    """GPU-hours of all nodes at work."""
    return sum(
        look.gpus(row.pool, row.committed_nodes + row.on_demand_nodes + row.spot_nodes)
        * look.hours(row.period, row.block)
        for row in look.plan.capacity
    )


MEASURES: dict[str, tuple[str, Callable[[Lookup], float]]] = {
    "gpus": ("GPU-hours", gpu_hours),
    "energy": ("Energy [kWh]", lambda look: sum(row.kwh for row in look.plan.energy)),
    "carbon": ("Carbon [kg CO2e]", lambda look: sum(row.kg for row in look.plan.carbon)),
    "configurations": ("Configurations", lambda look: float(len({row.config for row in look.plan.replicas}))),
}


def axis_of(against: str) -> str:
    """What the front is drawn against."""
    return MEASURES[against][0] if against in MEASURES else f"{against.upper()} targets, as a multiple of those asked"


def value_of(point: FrontPoint, against: str) -> float:
    """Where a plan lies on the front."""
    plan, factor = point
    return factor if factor is not None else MEASURES[against][1](Lookup(plan))


def front_table(points: Sequence[FrontPoint], against: str) -> Table:
    """Each plan with its cost, against the cheapest and against the one before."""
    cheapest = min(plan.total_npv_usd for plan, _ in points)
    lines, priced = [], against == "carbon"
    for number_of, point in enumerate(points, start=1):
        plan, value = point[0], value_of(point, against)
        usd = plan.total_npv_usd
        lines.append(
            (
                text(str(number_of)),
                number(f.figure(value, 4), value),
                number(f.money(usd), usd),
                number(f.change(usd / cheapest - 1) if cheapest else "", usd / cheapest - 1 if cheapest else 0.0),
                number(f.gap(plan.certificate.gap), plan.certificate.gap),
                *([_usd_per_tonne(points, number_of - 1)] if priced else []),
                text(fleet(Lookup(plan))),
            )
        )
    columns = (
        *words("Plan"),
        *numbers(axis_of(against), "Present value", "Above the cheapest", "Proven within"),
        *numbers(*(["USD a tonne less than before"] if priced else [])),
        *words("Fleet"),
    )
    return Table(f"Cost against {axis_of(against)}", columns, tuple(lines))


def _usd_per_tonne(points: Sequence[FrontPoint], at: int) -> Cell:
    """What the last step down the front costs for each tonne of CO2e that it avoids."""
    if not at:
        return text("–", "muted")
    (before, now), kg = (points[at - 1][0], points[at][0]), MEASURES["carbon"][1]
    tonnes = (kg(Lookup(before)) - kg(Lookup(now))) / _KG_PER_TONNE
    each = (now.total_npv_usd - before.total_npv_usd) / tonnes if tonnes > 0 else 0.0
    return number(f.money(each), each) if tonnes > 0 else text("–", "muted")


def front_text(points: Sequence[FrontPoint], against: str) -> str:
    """The front on a terminal."""
    table = front_table(points, against)
    cells = [[column.head for column in table.columns], *([cell.text for cell in row] for row in table.rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(table.columns) - 1)]
    lines = [
        "  ".join([*(part.rjust(width) for part, width in zip(row, widths, strict=False)), row[-1]]) for row in cells
    ]
    return "\n".join(f.printable(line).replace(f.NBSP, " ") for line in [_says(points, against), "", *lines])


def _says(points: Sequence[FrontPoint], against: str) -> str:
    first, last = points[0], points[-1]
    if len(points) == 1:
        return "The front is one point: the cheapest plan has the least of it already."
    ends = [f.figure(value_of(point, against), 4) for point in (first, last)]
    usd = [f.money(point[0].total_npv_usd) for point in (first, last)]
    return f"{axis_of(against)}: from {ends[0]} at {usd[0]} to {ends[1]} at {usd[1]}, present value."


def front_figure(points: Sequence[FrontPoint], against: str) -> Figure:
    """The front as a chart."""
    rows: tuple[dict[str, float | str], ...] = tuple(
        {"value": value_of(point, against), "usd": point[0].total_npv_usd, "label": str(at), "role": "other"}
        for at, point in enumerate(points, start=1)
    )
    return Figure("pareto", f"Cost against {axis_of(against)}", _says(points, against), "front", rows)


def front_svg(figure: Figure, against: str) -> str:
    """The picture as an SVG file."""
    return standalone(rendered(front_against(figure, alt.Axis(title=axis_of(against)))), figure)


def write_front(points: Sequence[FrontPoint], against: str, folder: Path) -> list[Path]:
    """pareto.md, pareto.csv, the picture and every plan (`planner report` renders each), replaced one by one."""
    figure, look = front_figure(points, against), Lookup(points[0][0])
    page = page_text(
        "pareto.md.j2",
        title=str(look.problem("title")),
        says=figure.says,
        points=front_table(points, against),
        picture=figure,
        command=Markup(code_block(look.plan.made.command)),
    )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".front-") as made:
        for at, (plan, _) in enumerate(points, start=1):
            write_plan(plan, Path(made) / f"plan-{at}.json")
        charts = Path(made) / "charts"
        charts.mkdir()
        (charts / "pareto.svg").write_text(front_svg(figure, against), encoding="utf-8", newline="\n")
        (Path(made) / "pareto.md").write_text(page, encoding="utf-8", newline="\n")
        (Path(made) / "pareto.csv").write_text(_csv(points, against), encoding="utf-8", newline="")
        written = move(Path(made), folder)
    for old in set(folder.glob("plan-*.json")) - set(written):
        old.unlink()
    return written


def _csv(points: Sequence[FrontPoint], against: str) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["plan", against, "usd", "npv_usd", "gap"])
    for at, point in enumerate(points, start=1):
        plan = point[0]
        value = value_of(point, against)
        rows.writerow([at, f"{value:.10g}", plan.total_usd, plan.total_npv_usd, plan.certificate.gap])
    return out.getvalue()
