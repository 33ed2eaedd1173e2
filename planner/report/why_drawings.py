"""Why, drawn: the tornado of swings, and a front of cost."""

from __future__ import annotations

import altair as alt

from planner.report.drawings import WIDTH, Spec, colours, data, names_axis, shown
from planner.report.palette import light
from planner.report.shapes import Figure

_SIDES = {"committed": "A fifth lower", "on_demand": "A fifth higher"}
_ROLES = "{'lower': 'committed', 'higher': 'on_demand'}"
_WIDE = WIDTH - 200
_LABELS = 92  # px for a figure at the end of a bar


def swings(figure: Figure) -> Spec:
    """Bars from the middle to either side, the widest on top; one clear band a line, to point at."""
    far = _furthest(figure)
    scale = alt.Scale(domain=[-far, far], nice=False)
    bare = alt.Axis(title=None, labels=False, ticks=False, grid=False, domain=False)
    x = alt.X("change:Q", stack=None, axis=bare, scale=scale)
    y = alt.Y("name:N", sort=None, axis=names_axis())
    base = alt.Chart(data(figure)).properties(width=_WIDE, height=alt.Step(24))
    sides = base.transform_filter("isValid(datum.side)").transform_calculate(role=f"{_ROLES}[datum.side]")
    sides = sides.transform_calculate(shown=shown("role", _SIDES))
    pale = alt.condition("datum.sure == 1", alt.value(1.0), alt.value(0.4))
    colour = alt.Color("shown:N", scale=colours(_SIDES))
    bar = sides.mark_bar(height=13).encode(x=x, y=y, color=colour, opacity=pale)
    middle = (
        alt.Chart().mark_rule(strokeWidth=1.2, color=light("muted")).encode(x=alt.XDatum(0.0, axis=bare, scale=scale))
    )
    bands = base.transform_filter("isValid(datum.tip)").mark_bar(fill="transparent", height=22)
    band = bands.encode(x=alt.XDatum(-far, axis=bare, scale=scale), x2=alt.datum(far), y=y, description="tip:N")
    return alt.layer(bar, middle, *(_told(sides, x, y, way) for way in (-1, 1)), band)


def _furthest(figure: Figure) -> float:
    """The furthest change to either side, and room for its label."""
    reach = max((abs(float(row["change"])) for row in figure.rows if "change" in row), default=0.0) or 1.0
    return reach * (1 + 2 * _LABELS / (_WIDE - 2 * _LABELS))


def _told(sides: Spec, x: alt.X, y: alt.Y, way: int) -> Spec:
    """The change at the outer end of its bar; where there is none, on the free side of the middle."""
    mine = sides.transform_filter(f"datum.way * {way} > 0")
    mark = mine.mark_text(align="right" if way < 0 else "left", dx=6 * way, fontSize=11)
    return mark.encode(x=x, y=y, text="label:N")


def front(figure: Figure) -> Spec:
    """Cost against latency: what was asked stands out, thin lines reach down to what is proven."""
    values = [float(row["value"]) for row in figure.rows]
    return front_against(
        figure, alt.Axis(title="latency targets, of those asked", format=".0%", grid=False, values=values)
    )


def front_against(figure: Figure, axis: alt.Axis) -> Spec:
    """Points of any front with `value`, `usd` and `label`; `low` is a bound, `none` says that nothing is there."""
    x = alt.X("value:Q", axis=axis, scale=alt.Scale(zero=False, padding=24))
    base = alt.Chart(data(figure))
    there = base.transform_filter("isValid(datum.usd)")
    usd = alt.Y("usd:Q", title="present value [USD]", scale=alt.Scale(zero=False), axis=alt.Axis(format="$~s"))
    span = base.transform_filter("isValid(datum.low)").mark_rule(color=light("muted"), strokeWidth=1)
    line = there.mark_line(color=light("muted"), strokeWidth=1.2).encode(x=x, y=usd, order="value:Q")
    dots = there.mark_circle(opacity=1, size=70).encode(x=x, y=usd, color=_standing(figure), description="tip:N")
    told = there.mark_text(dy=-13, color=light("ink")).encode(x=x, y=usd, text="label:N")
    none = base.transform_filter("isValid(datum.none)")
    lost = none.mark_rule(color=light("over"), strokeDash=[4, 3]).encode(x=x)
    near = none.mark_rule(color="transparent", strokeWidth=14).encode(x=x, description="tip:N")
    said = none.mark_text(align="left", dx=5, color=light("over")).encode(x=x, y=alt.value(8), text="none:N")
    spans = span.encode(x=x, y=alt.Y("low:Q"), y2="usd:Q")
    return alt.layer(spans, line, dots, told, lost, said, near).properties(width=WIDTH - 160, height=260)


def _standing(figure: Figure) -> alt.Color:
    """The point that was asked for in its own colour, where there is one."""
    roles = {"asked": light("on_demand"), "other": light("firm")}
    return alt.Color("role:N", scale=alt.Scale(domain=list(roles), range=list(roles.values())), legend=None)
