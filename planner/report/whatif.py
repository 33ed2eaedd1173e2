"""Variants of a question side by side: one line each, a picture of every sweep, every plan as a file."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import altair as alt
from markupsafe import Markup

from planner.plan.peaks import most_gpus
from planner.plan.plan import ConfigRow, Plan
from planner.plan.store import write_plan
from planner.plan.variant import Variant
from planner.report import format as f
from planner.report.answer import fleet
from planner.report.charts import rendered
from planner.report.drawings import Spec, data
from planner.report.lookup import Lookup
from planner.report.markdown import code_block
from planner.report.palette import light
from planner.report.refusal import heart
from planner.report.render import move, page_text
from planner.report.shapes import Cell, Figure, Table, number, numbers, text, words
from planner.report.svg import standalone
from planner.report.targets import target_name, target_text

SIZE = {"width": 520, "height": 200}
KINDS = {"base": "as asked", "set": "changed", "sweep": "swept", "scenario": "scenario"}
_EMPTY = Cell("")
_EVEN = 1e-6
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def whatif_table(variants: Sequence[Variant]) -> Table:
    """One line a variant; `Against the base` is of the present value."""
    base = variants[0].plan
    columns = (
        *words("Plan", "Variant", ""),
        *numbers("Present value", "Against the base", "GPUs at the peak", "Proven within"),
        *words("Tightest target", "Fleet, or why there is none"),
    )
    rows = tuple(_line(at, one, base) for at, one in enumerate(variants, start=1))
    return Table("Side by side", columns, rows)


def _line(at: int, one: Variant, base: Plan | None) -> tuple[Cell, ...]:
    name, kind = text(one.name), text(KINDS[one.kind], "muted")
    if one.plan is None:
        return text("none"), name, kind, _EMPTY, _EMPTY, _EMPTY, _EMPTY, _EMPTY, text(heart(one.refusal), "warn")
    look, usd = Lookup(one.plan), one.plan.total_npv_usd
    more = usd / base.total_npv_usd - 1 if base and base.total_npv_usd else None
    gpus = most_gpus(one.plan)
    return (
        text(f"plan-{at}.json"),
        name,
        kind,
        number(f.money(usd), usd),
        _EMPTY if more is None or one.kind == "base" else number(f.change(more), more),
        number(f.count(gpus), gpus),
        number(f.gap(one.plan.certificate.gap), one.plan.certificate.gap),
        text(tightest(one.plan)),
        text(fleet(look)),
    )


def tightest(plan: Plan) -> str:
    """The latency target that leaves least room: "chat TPOT p95 41.5 ms of 50 ms"."""
    found = _tightest(plan)
    if found is None:
        return ""
    row, target, asked = found
    reached = target_text(target, row.latency[target])
    return f"{row.workload} {target_name(target)} {reached} of {target_text(target, asked)}"


def _tightest(plan: Plan) -> tuple[ConfigRow, str, float] | None:
    asked = {one.id: one.slo for one in plan.workloads}
    told = [
        (row.latency[target] / asked[row.workload][target], row, target)
        for row in plan.configs
        for target in row.latency
        if target in asked[row.workload]
    ]
    _, row, target = max(told, key=lambda one: one[0], default=(0.0, None, ""))
    return None if row is None else (row, target, asked[row.workload][target])


def whatif_text(variants: Sequence[Variant]) -> str:
    """The table on a terminal."""
    table = whatif_table(variants)
    shown = [at for at, column in enumerate(table.columns) if column.head != "Plan"]
    lines = [[table.columns[at].head for at in shown], *([row[at].text for at in shown] for row in table.rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(shown))]
    flush = [table.columns[at].number for at in shown]
    said = [
        "  ".join(
            part.rjust(width) if right else part.ljust(width)
            for part, width, right in zip(line, widths, flush, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join(f.printable(line).replace(f.NBSP, " ") for line in said)


def sweep_figures(variants: Sequence[Variant]) -> list[Figure]:
    """One picture a sweep."""
    keys = list(dict.fromkeys(one.sweep for one in variants if one.kind == "sweep"))
    return [_figure(f"sweep-{at}", key, variants) for at, key in enumerate(keys, start=1)]


def _figure(name: str, key: str, variants: Sequence[Variant]) -> Figure:
    points = sorted((one for one in variants if one.sweep == key), key=lambda one: one.at)
    rows: list[dict[str, float | str]] = []
    for one in points:
        if one.plan is None:
            rows.append({"at": one.at, "none": "no plan"})
        else:
            gpus = float(most_gpus(one.plan))
            rows.append({"at": one.at, "usd": one.plan.total_npv_usd, "gpus": gpus})
    return Figure(name, f"Cost and GPUs against {key}", _says(points), "sweep", tuple(rows))


def _says(points: Sequence[Variant]) -> str:
    found = [(one, one.plan.total_npv_usd) for one in points if one.plan is not None]
    missing = len(points) - len(found)
    none = f"; {missing} of {len(points)} points have no plan" if missing else ""
    if not found:
        return "No point has a plan."
    ends = [f"{f.money(usd)} at {f.figure(one.at, 4)}" for one, usd in (found[0], found[-1])]
    return f"Present value from {ends[0]} to {ends[1]}{none}."


def sweep_svg(figure: Figure) -> str:
    """The picture as an SVG file: cost above, GPUs below, and where nothing serves it."""
    values = [float(row["at"]) for row in figure.rows]
    scale = alt.Scale(type="log", nice=False) if _by_factors(values) else alt.Scale(zero=False, nice=False)
    key = figure.title.removeprefix("Cost and GPUs against ")
    panels = [_panel(figure, scale, field, title, key) for field, title in _PANELS.items()]
    return standalone(rendered(alt.vconcat(*panels, spacing=18)), figure)


def _by_factors(values: Sequence[float]) -> bool:
    """Whether points are apart by even factors, as a logarithmic sweep's are."""
    return (
        len(values) > 2
        and min(values) > 0
        and abs(values[1] ** 2 - values[0] * values[2]) < _EVEN * values[1] ** 2
        and abs(values[0] + values[2] - 2 * values[1]) > _EVEN * abs(values[1])
    )


_PANELS = {"usd": ("present value [USD]", "$~s"), "gpus": ("GPUs at the peak", "~s")}


def _panel(figure: Figure, scale: alt.Scale, field: str, title: tuple[str, str], key: str) -> Spec:
    x = alt.X("at:Q", title=key if field == "gpus" else None, scale=scale, axis=alt.Axis(format="~g", grid=False))
    base = alt.Chart(data(figure))
    there = base.transform_filter(f"isValid(datum.{field})")
    y = alt.Y(f"{field}:Q", title=title[0], axis=alt.Axis(format=title[1], tickCount=5))
    line = there.mark_line(color=light("muted"), strokeWidth=1.2).encode(x=x, y=y)
    dots = there.mark_circle(color=light("firm"), opacity=1, size=60).encode(x=x, y=y)
    none = base.transform_filter("isValid(datum.none)").mark_rule(color=light("muted"), strokeDash=[4, 3]).encode(x=x)
    return alt.layer(none, line, dots).properties(**SIZE)


def write_whatif(variants: Sequence[Variant], title: str, command: str, folder: Path) -> list[Path]:
    """whatif.md, whatif.csv, a picture a sweep and every plan (`planner report` renders each), replaced one by one."""
    figures = sweep_figures(variants)
    page = page_text(
        "whatif.md.j2",
        title=title,
        table=whatif_table(variants),
        figures=figures,
        refusals=[(one.name, Markup(code_block(one.refusal))) for one in variants if one.plan is None],
        command=Markup(code_block(command)),
    )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".whatif-") as made:
        for at, one in enumerate(variants, start=1):
            if one.plan is not None:
                write_plan(one.plan, Path(made) / f"plan-{at}.json")
        charts = Path(made) / "charts"
        charts.mkdir()
        for figure in figures:
            (charts / f"{figure.id}.svg").write_text(sweep_svg(figure), encoding="utf-8", newline="\n")
        (Path(made) / "whatif.md").write_text(page, encoding="utf-8", newline="\n")
        (Path(made) / "whatif.csv").write_text(whatif_csv(variants), encoding="utf-8", newline="")
        written = move(Path(made), folder)
    for old in {*folder.glob("plan-*.json"), *folder.glob("charts/sweep-*.svg")} - set(written):
        old.unlink()
    return written


def whatif_csv(variants: Sequence[Variant]) -> str:
    """One line a variant, numbers as numbers, words never a formula."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(
        ["plan", "kind", "variant", "changes", "usd", "npv_usd", "npv_change", "peak_gpus", "gap", "target", "reached",
         "asked", "fleet", "refusal"]
    )  # fmt: skip
    base = variants[0].plan
    for at, one in enumerate(variants, start=1):
        rows.writerow([_safe(cell) for cell in _record(at, one, base)])
    return out.getvalue()


def _record(at: int, one: Variant, base: Plan | None) -> list[object]:
    changes = json.dumps(dict(one.changes), ensure_ascii=False)
    if one.plan is None:
        return ["", one.kind, one.name, changes, *[""] * 9, one.refusal]
    look, npv = Lookup(one.plan), one.plan.total_npv_usd
    found = _tightest(one.plan)
    latency: list[object] = ["", "", ""]
    if found is not None:
        row, target, asked = found
        latency = [f"{row.workload} {target}", row.latency[target], asked]
    more: object = npv / base.total_npv_usd - 1 if base and base.total_npv_usd else ""
    words = fleet(look).replace(f.NBSP, " ")
    gap = one.plan.certificate.gap
    return [
        f"plan-{at}.json",
        one.kind,
        one.name,
        changes,
        one.plan.total_usd,
        npv,
        more,
        most_gpus(one.plan),
        gap,
        *latency,
        words,
        "",
    ]


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RISKY) else cell
