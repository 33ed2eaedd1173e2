"""A dot for each way to pay and traffic shape: how much more it costs than the best mix."""

from __future__ import annotations

import altair as alt

from planner.report.charts import rendered
from planner.report.drawings import data
from planner.report.palette import light
from planner.report.shapes import Figure
from planner.report.svg import standalone

SIZE = {"width": 460, "height": 190}
ROLES = ("owned", "on_demand", "spot", "api")
MARKS = ("circle", "square", "triangle-up", "diamond")


def regret_file(figure: Figure) -> str:
    """An SVG file; rows are dots with `way`, `shape` and `more` in per cent."""
    ways = list(dict.fromkeys(str(row["way"]) for row in figure.rows))
    shapes = list(dict.fromkeys(str(row["shape"]) for row in figure.rows))
    colours = [light(ROLES[at % len(ROLES)]) for at in range(len(shapes))]
    marks = [MARKS[at % len(MARKS)] for at in range(len(shapes))]
    dots = (
        alt.Chart(data(figure))
        .mark_point(filled=True, opacity=0.9, size=70)
        .encode(
            x=alt.X("more:Q", title="more than the best mix [%]", scale=alt.Scale(type="symlog", constant=10)),
            y=alt.Y("way:N", title=None, sort=ways),
            color=alt.Color("shape:N", title=None, scale=alt.Scale(domain=shapes, range=colours)),
            shape=alt.Shape("shape:N", title=None, scale=alt.Scale(domain=shapes, range=marks)),
        )
    )
    return standalone(rendered(dots.properties(**SIZE)), figure)
