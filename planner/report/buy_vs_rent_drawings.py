"""Drawings of buying against renting."""

from __future__ import annotations

import altair as alt

from planner.report.buy_vs_rent_figures import WINNER_ROLES, WINNERS
from planner.report.drawings import WIDTH, Spec, data, names_axis, present, shown, usd_axis
from planner.report.palette import light
from planner.report.shapes import Figure

_DARK = ("own", "later")


def paid(figure: Figure) -> Spec:
    """Money paid so far, one stepless line a strategy."""
    roles = {str(row["shown"]): str(row["role"]) for row in figure.rows}
    scale = alt.Scale(domain=list(roles), range=[light(role) for role in roles.values()])
    months = sorted({float(row["month"]) for row in figure.rows})
    step = max(1, len(months) // 12)
    base = alt.Chart(data(figure)).properties(width=WIDTH, height=260)
    x = alt.X("month:Q", scale=alt.Scale(nice=False), axis=alt.Axis(title="months", values=months[::step], grid=False))
    y = alt.Y("usd:Q", axis=usd_axis("USD", 5))
    colour = alt.Color("shown:N", scale=scale)
    line = base.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour)
    dots = base.mark_circle(size=46, opacity=1).encode(x=x, y=y, color=colour, description="tip:N")
    return line + dots


def winners(figure: Figure) -> Spec:
    """One cell a utilisation and horizon, in the winner's colour."""
    names = present(figure, "winner", WINNERS)
    scale = alt.Scale(domain=list(names.values()), range=[light(WINNER_ROLES[key]) for key in names])
    columns = list(dict.fromkeys(str(row["x"]) for row in figure.rows))
    rows = list(dict.fromkeys(str(row["y"]) for row in figure.rows))
    base = alt.Chart(data(figure)).transform_calculate(shown=shown("winner", names))
    base = base.properties(width=WIDTH - 60, height=alt.Step(34))
    x = alt.X(
        "x:N", sort=columns, axis=alt.Axis(title="mean over peak demand", labelAngle=0, domain=False, ticks=False)
    )
    y = alt.Y("y:N", sort=rows, axis=alt.Axis(title=None, domain=False, ticks=False))
    cells = base.mark_rect(stroke=light("paper"), strokeWidth=2).encode(
        x=x, y=y, color=alt.Color("shown:N", scale=scale), description="tip:N"
    )
    dark = f"indexof({list(_DARK)}, datum.winner) >= 0"
    pale = base.transform_filter(dark).mark_text(fontSize=11, color=light("paper")).encode(x=x, y=y, text="label:N")
    ink = (
        base.transform_filter(f"!({dark})").mark_text(fontSize=11, color=light("ink")).encode(x=x, y=y, text="label:N")
    )
    return cells + pale + ink


def turning(figure: Figure) -> Spec:
    """Small panels: what buying saves against one figure, with the turning point and today's value."""
    subjects = list(dict.fromkeys(str(row["subject"]) for row in figure.rows))
    formats = {str(row["subject"]): str(row["format"]) for row in figure.rows if "format" in row}
    return alt.concat(*(_panel(name, formats[name]) for name in subjects), data=data(figure), columns=2, spacing=26)


def _panel(subject: str, figures: str) -> Spec:
    base = alt.Chart(title=alt.Title(subject)).transform_filter(alt.FieldEqualPredicate(field="subject", equal=subject))
    solved = base.transform_filter("isValid(datum.usd)")
    axis = alt.Axis(title=None, labelExpr=figures, tickCount=5, grid=False)
    x = alt.X("x:Q", scale=alt.Scale(zero=False), axis=axis)
    y = alt.Y("usd:Q", axis=usd_axis("buying saves [USD]", 4))
    line = solved.mark_line(color=light("muted"), strokeWidth=1.2).encode(x=x, y=y)
    dots = solved.mark_circle(color=light("firm"), size=44, opacity=1).encode(x=x, y=y, description="tip:N")
    zero = alt.Chart().mark_rule(color=light("ink"), strokeWidth=1).encode(y=alt.datum(0))
    turn = (
        base.transform_filter("isValid(datum.turn)").mark_rule(color=light("over"), strokeWidth=1.4).encode(x="turn:Q")
    )
    return alt.layer(zero, line, dots, turn).properties(width=WIDTH // 2 - 70, height=150)


def tornado(figure: Figure) -> Spec:
    """Bars from the one end to the other, the furthest first; lines at zero and at what is planned."""
    names = [str(row["name"]) for row in figure.rows if "name" in row]
    base = alt.Chart(data(figure)).properties(width=WIDTH - 260, height=alt.Step(24))
    x = alt.X("start:Q", axis=usd_axis("what buying now saves [USD]", 6))
    y = alt.Y("name:N", sort=names, axis=names_axis())
    there = base.transform_filter("isValid(datum.name)")
    bar = there.mark_bar(height=14, color=light("reserved_1y")).encode(x=x, x2="end:Q", y=y, description="tip:N")
    zero = base.mark_rule(color=light("ink"), strokeWidth=1.2).encode(x=alt.datum(0))
    planned = base.transform_filter("isValid(datum.base)").mark_rule(color=light("owned"), strokeDash=[4, 3])
    return alt.layer(bar, zero, planned.encode(x="base:Q"))
