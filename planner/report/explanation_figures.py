"""Pictures of why: what moves the cost (the tornado), and what faster answers cost (cost against latency)."""

from __future__ import annotations

from collections.abc import Iterator

from planner.plan.plan import FrontRow, SwingRow
from planner.report import format as f
from planner.report.explanation_words import aim, amount, changes, kind_name, objective, subject
from planner.report.lookup import Lookup
from planner.report.shapes import Figure
from planner.report.targets import target_name, target_text

_MOST = 14
_MOST_TOLD = 2
_EXACT = 1e-6
_FLAT = 1e-4
_TRUE_FRONT = 2  # points with a fleet


def swing_figure(look: Lookup) -> Figure | None:
    """The tornado: one line an input, the change with each side of it; None where nothing was tried."""
    rows = [part for row in look.plan.swings[:_MOST] for part in _swing(look, row)]
    if not rows:
        return None
    first = look.plan.swings[0]
    most = f"{subject(first)} most ({'; '.join(_sides(look, first).values())})"
    pale = " Pale: less than the searches left open." if any(row.get("sure") == 0 for row in rows) else ""
    says = f"Each input a fifth lower and a fifth higher, the rest as it is; {most}.{pale}"
    return Figure("swings", f"What moves the {aim(look)}", says, "swings", tuple(rows))


def _swing(look: Lookup, row: SwingRow) -> Iterator[dict[str, float | str]]:
    """The line to point at, then its bars, the longer one first: a shorter one to the same side lies on it."""
    name = f.plain(f"{subject(row)} ({amount(row.at, row.unit)})")
    told = _sides(look, row)
    known = f"; known to ± {objective(look, row.within)}" if _is_wide(look, row.within) else ""
    tip = f"{subject(row)}, now {amount(row.at, row.unit)}: {'; '.join(told.values())}{known}"
    yield {"name": name, "tip": f.plain(tip)}
    ends = {"lower": row.low_change, "higher": row.high_change}
    bars = sorted(((ends[side] or 0.0, side) for side in told), key=lambda bar: -abs(bar[0]))
    longest = bars[0][0]
    same = len(bars) > 1 and longest * bars[1][0] > 0
    for at, (change, side) in enumerate(bars):
        label = changes(look, ends[side])
        if same:  # the shorter bar lies on the longer one, which tells both
            label = " and ".join(changes(look, ends[other]) for _, other in bars) if at == 0 else ""
        way = change or -longest or (-1.0 if side == "lower" else 1.0)
        sure = 0 if _is_wide(look, row.within) and abs(change) <= row.within else 1
        yield {"name": name, "side": side, "change": change, "way": way, "label": label, "sure": sure}


def _is_wide(look: Lookup, within: float) -> bool:
    """Whether the searches left open more than rounding."""
    return within > _EXACT * max(1.0, abs(look.plan.certificate.objective))


def _sides(look: Lookup, row: SwingRow) -> dict[str, str]:
    """What either side does, of those that were tried."""
    sides = {"lower": (row.low, row.low_change), "higher": (row.high, row.high_change)}
    return {
        side: f"{amount(value, row.unit)} {changes(look, change)}"
        for side, (value, change) in sides.items()
        if value is not None
    }


def front_figure(look: Lookup) -> Figure | None:
    """Cost against latency: every target tightened and loosened together; None where that was not asked."""
    found = [point for point in look.plan.front if point.objective is not None]
    asked = next((point.objective for point in found if point.factor == 1), None)
    if len(found) < _TRUE_FRONT or not asked or look.plan.certificate.objective_name != "cost":
        return None
    if is_flat(look):
        return None
    rows = tuple(_point(look, point, asked) for point in look.plan.front)
    ends = [
        f"{f.share(point.factor)} of them: {objective(look, point.objective or 0.0)}"
        f" ({f.change((point.objective or 0.0) / asked - 1)})"
        for point in (found[0], found[-1])
    ]
    none = [f.share(point.factor) for point in look.plan.front if point.objective is None]
    lost = f" No fleet is fast enough for {f.listed(none)}." if none else ""
    says = f"All latency targets multiplied by the same factor. {'; '.join(ends)}.{lost}{_promise(look)}"
    return Figure("front", f"The {aim(look)} of faster and slower answers", says, "front", rows)


def is_flat(look: Lookup) -> bool:
    """Whether faster and slower answers were asked for and all cost the same."""
    costs = [point.objective for point in look.plan.front if point.objective is not None]
    if len(costs) < len(look.plan.front) or len(costs) < _TRUE_FRONT:
        return False
    return max(costs) - min(costs) <= _FLAT * abs(max(costs))


def _promise(look: Lookup) -> str:
    return " Thin lines reach down to what is proven: no fleet is below." if _is_open(look) else ""


def _is_open(look: Lookup) -> bool:
    return any(
        point.objective is not None and point.bound is not None and point.bound < point.objective * (1 - _EXACT)
        for point in look.plan.front
    )


def _point(look: Lookup, point: FrontRow, asked: float) -> dict[str, float | str]:
    name = f"{f.share(point.factor)} of the latency targets ({_targets(look, point.factor)})"
    if point.objective is None:
        return {"value": point.factor, "none": "no fleet", "tip": f.plain(f"{name}: no fleet, {point.refusal}")}
    told = "as asked" if point.factor == 1 else f.change(point.objective / asked - 1)
    fleet = f.listed([kind_name(kind) for kind in point.fleet])
    tip = f.plain(f"{name}: {objective(look, point.objective)}, {told}; {fleet}")
    role = "asked" if point.factor == 1 else "other"
    low = point.objective if point.bound is None else point.bound
    return {"value": point.factor, "usd": point.objective, "low": low, "label": told, "role": role, "tip": tip}


def _targets(look: Lookup, factor: float) -> str:
    """What the targets become; many workloads are counted."""
    asked = [row for row in look.plan.workloads if row.slo and row.deadline_h is None]
    told = [
        f"{row.id} "
        + ", ".join(f"{target_name(target)} {target_text(target, factor * value)}" for target, value in row.slo.items())
        for row in asked[:_MOST_TOLD]
    ]
    return "; ".join([*told, *([f"{len(asked) - _MOST_TOLD} more"] if len(asked) > _MOST_TOLD else [])])
