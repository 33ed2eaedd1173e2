"""How far the objective moves with each input, a fifth down and a fifth up."""

from __future__ import annotations

from planner.explain.ask import Asker
from planner.explain.levers import Lever
from planner.explain.marginals import span
from planner.explain.reply import Reply
from planner.plan.plan import SwingRow

DOWN, UP = 0.8, 1.2


def swing(asker: Asker, base: Reply, lever: Lever) -> SwingRow | None:
    """Of one input; None where neither way can be asked."""
    low, high = (_tried(asker, lever, factor) for factor in (DOWN, UP))
    if low is None and high is None:
        return None
    replies = [one[1] for one in (low, high) if one and one[1].found]
    return SwingRow(
        **lever.row(),
        low=low[0] if low else None,
        high=high[0] if high else None,
        low_change=_change(base, low),
        high_change=_change(base, high),
        within=max((reply.objective - reply.bound for reply in (base, *replies)), default=0.0),
        low_refusal=_refusal(low),
        high_refusal=_refusal(high),
    )


def by_size(rows: list[SwingRow]) -> list[SwingRow]:
    """The inputs that move it furthest first; one that leaves no fleet before all others."""
    return sorted(rows, key=lambda row: (-_reach(row), row.subject))


def _reach(row: SwingRow) -> float:
    if row.low_refusal or row.high_refusal:
        return float("inf")
    return max(abs(row.low_change or 0.0), abs(row.high_change or 0.0))


def _tried(asker: Asker, lever: Lever, factor: float) -> tuple[float, Reply] | None:
    value = lever.times(factor)
    if value is None:
        return None
    reply = asker.told(lever.to(value))
    return None if reply.verdict == "wrong" else (value, reply)


def _change(base: Reply, tried: tuple[float, Reply] | None) -> float | None:
    return span(base, tried[1])[0] if tried else None


def _refusal(tried: tuple[float, Reply] | None) -> str:
    return "" if tried is None or tried[1].found else tried[1].text
