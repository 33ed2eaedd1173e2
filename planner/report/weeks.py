"""The week: GPUs and requests hour by hour, and the heat map of how busy replicas are."""

from __future__ import annotations

import altair as alt

from planner.report.drawings import WIDTH, Spec, colours, data, panels, present, shown
from planner.report.hours import DAYS, STEPS
from planner.report.lookup import FORM_NAMES, FORMS
from planner.report.palette import light
from planner.report.shapes import Figure

_DAY_LABEL = f"{list(DAYS)}[floor(datum.value / 24)]"
_WEEK = WIDTH + 50


def gpus_by_hour(figure: Figure) -> Spec:
    """Stacked steps of GPUs at work, and the line of what the load needs."""
    areas = _areas("gpus", "GPUs", present(figure, "form", FORMS | FORM_NAMES), 1)
    layers = alt.layer(areas, *_line("need", "What the load needs"), _hours(), data=data(figure))
    return layers.properties(width=_WEEK, height=240)


def requests_by_hour(figure: Figure) -> Spec:
    """One small panel a workload: what can be taken, and what is asked."""
    areas = _areas("rate", "requests/s", present(figure, "form", FORM_NAMES), 0)
    layers = alt.layer(areas, *_line("demand", "Planned demand"), _hours()).properties(width=_WEEK, height=130)
    return panels(layers, figure, 1).resolve_scale(y="independent")


def utilisation(figure: Figure) -> Spec:
    """Weekday by hour, in five steps of blue; grey where nothing runs."""
    workloads = list(dict.fromkeys(str(row["workload"]) for row in figure.rows))
    columns = min(2, len(workloads))
    width = _WEEK // columns - 10 * columns
    cells = [_cells(name, width) for name in workloads]
    return alt.concat(*cells, data=data(figure), columns=columns, spacing=18)


def _cells(workload: str, width: int) -> Spec:
    steps = alt.Scale(domain=list(STEPS), range=[light(f"heat-{n}") for n in range(len(STEPS))])
    clock = alt.Axis(values=[0, 6, 12, 18], labelAngle=0, labelExpr="datum.value + ':00'", domain=False, ticks=False)
    return (
        alt.Chart(title=alt.Title(workload))
        .transform_filter(alt.FieldEqualPredicate(field="workload", equal=workload))
        .mark_rect(stroke=light("paper"), strokeWidth=1)
        .encode(
            x=alt.X("hour:O", title=None, axis=clock),
            y=alt.Y("day:O", title=None, sort=list(DAYS)),
            color=alt.Color("step:O", scale=steps),
            description="tip:N",
        )
        .properties(width=width, height=133)
    )


def _week_axis() -> alt.X:
    days = alt.Axis(
        title=None,
        values=list(range(0, 168, 24)),
        labelExpr=_DAY_LABEL,
        labelAlign="left",
        labelOffset=4,
        labelPadding=-10,
        tickSize=14,
        grid=True,
    )
    return alt.X("hour:Q", scale=alt.Scale(domain=[0, 168], nice=False), axis=days)


def _areas(field: str, title: str, names: dict[str, str], least: float) -> Spec:
    """Stacked steps; `least` is the smallest difference between two ticks."""
    return (
        alt.Chart()
        .transform_filter(f"isValid(datum.{field})")
        .transform_calculate(shown=shown("form", names))
        .mark_area(interpolate="step-after")
        .encode(
            x=_week_axis(),
            y=alt.Y(f"{field}:Q", stack="zero", axis=alt.Axis(title=title, tickCount=5, tickMinStep=least)),
            color=alt.Color("shown:N", scale=colours(names)),
            order=alt.Order("order:Q"),
        )
    )


def _line(field: str, name: str) -> tuple[Spec, Spec]:
    """The line with a rim of paper under it, so that it reads on any area."""
    colour = alt.Scale(domain=[name], range=[light("ink")])
    stroke = alt.Stroke("line:N", scale=colour, legend=alt.Legend(symbolType="stroke"))
    base = alt.Chart().transform_filter(f"isValid(datum.{field})").transform_calculate(line=f"'{name}'")
    base = base.encode(x=_week_axis(), y=alt.Y(f"{field}:Q"))
    rim = base.mark_line(interpolate="step-after", strokeWidth=4, stroke=light("paper"))
    return rim, base.mark_line(interpolate="step-after", strokeWidth=1.6).encode(stroke=stroke)


def _hours() -> Spec:
    """One clear band an hour, to point at: it says what the areas and the line are there."""
    return (
        alt.Chart()
        .transform_filter("isValid(datum.until)")
        .mark_rect(fill="transparent")
        .encode(x=_week_axis(), x2="until:Q", description="tip:N")
    )
