"""A figure drawn: one Altair specification, turned to SVG without network and without installed fonts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import vl_convert as vlc

from planner.report.buy_vs_rent_drawings import paid, tornado, turning, winners
from planner.report.drawings import Spec, bars, cost_by_period, latency, memory, prices, timeline
from planner.report.palette import light
from planner.report.shapes import Figure
from planner.report.weeks import gpus_by_hour, requests_by_hour, utilisation
from planner.report.why_drawings import front, swings

FONT = "Liberation Sans"
"""Comes with the converter, so that a chart is the same everywhere."""

DRAWINGS: dict[str, Callable[[Figure], Spec]] = {
    "bars": bars,
    "cost_by_period": cost_by_period,
    "front": front,
    "gpus_by_hour": gpus_by_hour,
    "latency": latency,
    "memory": memory,
    "paid": paid,
    "prices": prices,
    "requests_by_hour": requests_by_hour,
    "swings": swings,
    "timeline": timeline,
    "tornado": tornado,
    "turning": turning,
    "utilisation": utilisation,
    "winners": winners,
}
"""Kind of a figure → how it is drawn."""


def draw(figure: Figure) -> str:
    """The figure as an SVG document."""
    return rendered(DRAWINGS[figure.kind](figure))


def rendered(chart: Spec) -> str:
    """A specification as an SVG document in the house style."""
    with alt.data_transformers.enable("default", max_rows=None):
        spec = chart.to_dict()
    spec["config"] = CONFIG
    version = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
    return str(vlc.vegalite_to_svg(spec, vl_version=version, allowed_base_urls=[]))


def _text(size: int, role: str) -> dict[str, Any]:
    fonts = {"labelFont": FONT, "titleFont": FONT, "labelFontSize": size, "titleFontSize": size}
    return fonts | {"labelColor": light(role), "titleColor": light(role), "titleFontWeight": "normal"}


CONFIG: dict[str, Any] = {
    "background": None,
    "font": FONT,
    "padding": 4,
    "view": {"stroke": None},
    "axis": _text(12, "muted")
    | {
        "domainColor": light("hair"),
        "tickColor": light("hair"),
        "gridColor": light("hair"),
        "gridWidth": 0.75,
        "labelPadding": 6,
        "titlePadding": 10,
    },
    "axisX": {"labelFlush": False},
    "axisY": {"domain": False, "ticks": False},
    "legend": _text(12, "ink") | {"orient": "top", "title": None, "symbolType": "square", "padding": 0, "offset": 12},
    "header": _text(13, "ink") | {"title": None, "labelAnchor": "start", "labelFontWeight": "bold", "labelPadding": 8},
    "title": {"font": FONT, "fontSize": 13, "color": light("ink"), "anchor": "start", "frame": "group", "offset": 8},
    "text": {"font": FONT, "fontSize": 12, "color": light("ink")},
}
