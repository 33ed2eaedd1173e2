"""Predicted against measured: logarithmic panels with the diagonal, dots as large as the runs they stand for."""

from __future__ import annotations

import altair as alt

from planner.report.charts import rendered
from planner.report.drawings import Spec, data
from planner.report.palette import light
from planner.report.shapes import Figure
from planner.report.svg import standalone

SIDE = 250
BAND = 1.25  # the thin lines: predicted within this factor of measured


def scatter_file(figure: Figure) -> str:
    """An SVG file; rows are dots with `panel`, `measured`, `predicted` and `runs`."""
    panels = list(dict.fromkeys(str(row["panel"]) for row in figure.rows))
    drawn = [_panel(figure, panel) for panel in panels]
    return standalone(rendered(alt.hconcat(*drawn, spacing=26)), figure)


def _panel(figure: Figure, panel: str) -> Spec:
    values = [float(row[axis]) for row in figure.rows if row["panel"] == panel for axis in ("measured", "predicted")]
    low, high = min(values) / BAND, max(values) * BAND
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    axis = alt.Axis(tickCount=4, format="~s", grid=False)
    dots = (
        alt.Chart(data(figure))
        .transform_filter(alt.datum.panel == panel)
        .mark_circle(color=light("firm"), opacity=0.55)
        .encode(
            x=alt.X("measured:Q", scale=scale, axis=axis, title="measured"),
            y=alt.Y("predicted:Q", scale=scale, axis=axis, title="predicted"),
            size=alt.Size("runs:Q", scale=alt.Scale(range=[8, 110]), legend=None),
        )
    )
    layers = [_line(low, high, factor, scale) for factor in (1 / BAND, 1.0, BAND)]
    return alt.layer(*layers, dots).properties(width=SIDE, height=SIDE, title=panel)


def _line(low: float, high: float, factor: float, scale: alt.Scale) -> Spec:
    """predicted = factor × measured, inside the panel."""
    ends = [max(low, low / factor), min(high, high / factor)]
    points = alt.InlineData(values=[{"measured": end, "predicted": end * factor} for end in ends])
    width = 1.4 if factor == 1 else 0.7
    return (
        alt.Chart(points)
        .mark_line(color=light("muted"), strokeWidth=width)
        .encode(x=alt.X("measured:Q", scale=scale), y=alt.Y("predicted:Q", scale=scale))
    )
