"""Bars: cost, latency, memory, runners-up. Each function turns a figure's rows into one specification."""

from __future__ import annotations

from typing import Any

import altair as alt

from planner.report.format import NBSP
from planner.report.lookup import FORMS
from planner.report.palette import light
from planner.report.replica_figures import MEMORY_PARTS
from planner.report.shapes import Figure

Spec = Any
"""An Altair chart of any kind; its own types differ between its releases."""

WIDTH = 740
LABEL_ROOM = 380
_FARTHEST = 2.0
"""Targets that a latency's range is shown for; what lies beyond is cut off."""


def data(figure: Figure) -> alt.InlineData:
    """A figure's rows as they are."""
    return alt.InlineData(values=[dict(row) for row in figure.rows])


def panels(layers: Spec, figure: Figure, columns: int) -> Spec:
    """One panel a workload, in the order of the rows."""
    workloads = list(dict.fromkeys(str(row["workload"]) for row in figure.rows))
    facet = alt.Facet("workload:N", sort=workloads, header=alt.Header(title=None))
    return layers.facet(facet=facet, data=data(figure), columns=columns)


def present(figure: Figure, field: str, names: dict[str, str]) -> dict[str, str]:
    """Those of the known keys that occur, with their shown names."""
    used = {row[field] for row in figure.rows if field in row}
    return {key: name for key, name in names.items() if key in used}


def colours(names: dict[str, str]) -> alt.Scale:
    """Shown name → its role's colour."""
    return alt.Scale(domain=list(names.values()), range=[light(role) for role in names])


def shown(field: str, names: dict[str, str]) -> str:
    """An expression that turns a key into its shown name."""
    return f"{names}[datum.{field}]"


def usd_axis(title: str, ticks: int) -> alt.Axis:
    """Dollars, short: $0, $50k, $1.5M."""
    return alt.Axis(title=title, tickCount=ticks, labelExpr="datum.value ? format(datum.value, '$~s') : '$0'")


SHARE_LABEL = f"format(100 * datum.value, '~r') + '{NBSP}%'"
"""An expression for a tick that is a share: 25 %."""


def names_axis() -> alt.Axis:
    """Names beside bars."""
    return alt.Axis(title=None, labelLimit=LABEL_ROOM, labelColor=light("ink"))


def _roles(figure: Figure) -> alt.Color:
    """Colours that need no legend: the rows' own roles."""
    roles = list(dict.fromkeys(str(row["form"]) for row in figure.rows))
    return alt.Color("form:N", scale=alt.Scale(domain=roles, range=[light(role) for role in roles]), legend=None)


def cost_by_period(figure: Figure) -> Spec:
    """Stacked columns, one a period."""
    names = present(figure, "form", FORMS)
    periods = len({row["order"] for row in figure.rows})
    angle = -45 if periods > 14 else 0
    return (
        alt.Chart(data(figure))
        .transform_calculate(shown=shown("form", names), place=f"indexof({list(names)}, datum.form)")
        .mark_bar(size=min(56, 0.7 * WIDTH / periods))
        .encode(
            x=alt.X("period:N", sort=alt.SortField("order"), axis=alt.Axis(title=None, labelAngle=angle, ticks=False)),
            y=alt.Y("usd:Q", axis=usd_axis("USD", 5)),
            color=alt.Color("shown:N", scale=colours(names)),
            order=alt.Order("place:Q"),
            description="tip:N",
        )
        .properties(width=WIDTH, height=240)
    )


def bars(figure: Figure) -> Spec:
    """Plain bars with their value at the end."""
    base = alt.Chart(data(figure)).properties(width=WIDTH - 140, height=alt.Step(30))
    x = alt.X("usd:Q", axis=None, scale=alt.Scale(nice=False))
    y = alt.Y("name:N", sort=None, axis=names_axis())
    label = base.mark_text(align="left", dx=6).encode(x=x, y=y, text="label:N")
    return base.mark_bar(height=18).encode(x=x, y=y, color=_roles(figure), description="tip:N") + label


def memory(figure: Figure) -> Spec:
    """One stacked bar a configuration."""
    names = present(figure, "part", MEMORY_PARTS)
    return (
        alt.Chart(data(figure))
        .transform_calculate(shown=shown("part", names))
        .mark_bar(height=20)
        .encode(
            x=alt.X("gib:Q", stack="zero", axis=alt.Axis(title="GiB of one GPU", tickCount=6)),
            y=alt.Y("name:N", sort=None, axis=names_axis()),
            color=alt.Color("shown:N", scale=colours(names)),
            order=alt.Order("order:Q"),
            description="tip:N",
        )
        .properties(width=WIDTH - 290, height=alt.Step(32))
    )


def latency(figure: Figure) -> Spec:
    """Share of each target used, with its 80 % range; the line is the target."""
    most = max(1.0, *(max(float(row["share"]), min(_FARTHEST, float(row["high"]))) for row in figure.rows))
    ends = {"start": f"min(datum.low, {most})", "end": f"min(datum.high, {most})"}
    base = alt.Chart(data(figure)).transform_calculate(**ends).properties(width=WIDTH - 330, height=alt.Step(26))
    ticks = alt.Axis(title=None, labelExpr=SHARE_LABEL, values=_quarters(most))
    x = alt.X("share:Q", scale=alt.Scale(domain=[0, most], nice=False), axis=ticks)
    y = alt.Y("name:N", sort=None, axis=names_axis())
    bar = base.mark_bar(height=14).encode(x=x, y=y, color=_roles(figure), description="tip:N")
    span = base.mark_rule(strokeWidth=1.2, color=light("muted")).encode(x="start:Q", x2="end:Q", y=y)
    target = base.mark_rule(strokeWidth=1.6, color=light("ink")).encode(x=alt.datum(1.0))
    label = base.mark_text(align="left", dx=8).encode(x=alt.datum(most), y=y, text="label:N")
    return bar + span + target + label


def _quarters(most: float) -> list[float]:
    """Ticks of a share's axis: quarters of the target, and whole targets beyond it."""
    return [0, 0.25, 0.5, 0.75, *range(1, int(most) + 1)]


def prices(figure: Figure) -> Spec:
    """Small panels of bars, one a workload."""
    x = alt.X("usd:Q", axis=None)
    y = alt.Y("name:N", sort=None, axis=names_axis())
    bar = alt.Chart().mark_bar(height=12).encode(x=x, y=y, color=_roles(figure), description="tip:N")
    label = alt.Chart().mark_text(align="left", dx=5, fontSize=11).encode(x=x, y=y, text="label:N")
    layers = alt.layer(bar, label).properties(width=WIDTH // 2 - 140, height=alt.Step(19))
    return panels(layers, figure, 2).resolve_scale(x="independent", y="independent")


def timeline(figure: Figure) -> Spec:
    """Bars from month to month: thin while waited for, full in the plan, pale after it; a line where the plan ends."""
    rows = [row for row in figure.rows if "part" in row]
    ticks = {float(row["tick"]): str(row["shown"]) for row in figure.rows if "tick" in row}
    last = max(float(row["end"]) for row in rows)
    names = present(figure, "form", FORMS)
    axis = alt.Axis(
        title=None,
        values=list(ticks),
        labelExpr=f"{list(ticks.values())}[indexof({list(ticks)}, datum.value)]",
        labelAlign="left",
        labelFlush=False,
    )
    scale = alt.Scale(domain=[0, max(last, *ticks)], nice=False)
    base = alt.Chart(data(figure)).transform_calculate(shown=shown("form", names))
    base = base.properties(width=WIDTH - 200, height=alt.Step(30))
    common = {
        "x": alt.X("start:Q", scale=scale, axis=axis),
        "x2": "end:Q",
        "y": alt.Y("name:N", sort=list(dict.fromkeys(str(row["name"]) for row in rows)), axis=names_axis()),
        "color": alt.Color("shown:N", scale=colours(names), legend=alt.Legend(offset=26)),
        "description": "tip:N",
    }
    sizes = {"waits": (3, 1.0), "within": (16, 1.0), "after": (16, 0.4)}
    bars_of = [
        base.transform_filter(f"datum.part == '{part}'").mark_bar(height=high, opacity=opacity).encode(**common)
        for part, (high, opacity) in sizes.items()
        if any(row["part"] == part for row in rows)
    ]
    ends = alt.Chart(data(figure)).transform_filter("isValid(datum.horizon)").encode(x=alt.X("horizon:Q", scale=scale))
    rule = ends.mark_rule(strokeWidth=1.4, color=light("ink"))
    text = ends.mark_text(align="left", baseline="bottom", dx=5, dy=-3, fontSize=11)
    said = text.encode(y=alt.value(0), text="label:N")
    return alt.layer(*bars_of, rule, said)
