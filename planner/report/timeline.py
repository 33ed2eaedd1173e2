"""The calendar of everything owned, bought and signed: from the order to the end of term, also past the horizon."""

from __future__ import annotations

from datetime import date

from planner.report import format as f
from planner.report.commitments import Span, spans, starts
from planner.report.lookup import FORMS, Lookup
from planner.report.shapes import Figure

_TICKS = 8
_STEPS = (1, 2, 3, 6, 12, 24, 36, 60, 120)


def timeline_figure(look: Lookup) -> Figure | None:
    """One bar a commitment; None where nothing is committed."""
    held = spans(look)
    if not held:
        return None
    end = starts(look)[len(look.plan.periods)]
    rows: list[dict[str, float | str]] = []
    for span, name in zip(held, _names(look, held), strict=True):
        rows += _rows(look, span, name, end)
    rows += [{"horizon": end, "label": "end of the plan"}]
    rows += [{"tick": month, "shown": month_name(look, month)} for month in _ticks(max(end, *(s.end for s in held)))]
    outlast = sum(span.end > end for span in held)
    owed = sum(max(0.0, row.usd_after_horizon) for row in look.plan.purchases)
    says = f"{f.plural(outlast, 'commitment')} of {len(held)} last{'s' if outlast == 1 else ''} beyond the plan"
    says += f", with {f.money(owed)} of their price." if owed >= 0.5 else "."
    return Figure("timeline", "What is signed, bought and owned, and until when", says, "timeline", tuple(rows))


def _names(look: Lookup, held: list[Span]) -> list[str]:
    """What each is called; those that would be called alike are counted."""
    names: list[str] = []
    for span in held:
        machine = f.plain(look.pools[span.pool].instance_type)
        name = f"{span.nodes:,} × {machine}, {FORMS[span.form][0].lower()}{FORMS[span.form][1:]}"
        alike = sum(one == name or one.startswith(f"{name} (") for one in names)
        names.append(f"{name} ({alike + 1})" if alike else name)
    return names


def _rows(look: Lookup, span: Span, name: str, end: float) -> list[dict[str, float | str]]:
    said = f"{name}: {month_name(look, span.start)} to {month_name(look, span.end)}"
    if span.ordered < span.start:
        said += f", ordered {month_name(look, span.ordered)}"
    common: dict[str, float | str] = {"name": name, "form": span.form, "tip": said}
    parts = [("waits", span.ordered, min(span.start, end)), ("within", span.start, min(span.end, end))]
    parts += [("after", max(end, span.start), span.end)]
    if span.usd_after_horizon >= 0.5:
        common["tip"] = f"{said}; {f.money(span.usd_after_horizon)} of the price lies after the plan"
    return [common | {"part": part, "start": start, "end": stop} for part, start, stop in parts if stop > start]


def month_name(look: Lookup, month: float) -> str:
    """ "Jan 2027", or "month 3" where the plan has no dates."""
    first = look.plan.periods[0].start
    if first is None:
        return f"month {f.count(month)}"
    at = first.month - 1 + round(month)
    return f"{date(first.year + at // 12, at % 12 + 1, 1):%b %Y}"


def _ticks(end: float) -> range:
    step = next((one for one in _STEPS if end / one <= _TICKS), _STEPS[-1])
    return range(0, round(end) + 1, step)
