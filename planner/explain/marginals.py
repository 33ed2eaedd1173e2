"""What a step of each demand, target and cap is worth: the question solved again a step further."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from planner.explain.ask import Asker
from planner.explain.caps import Cap
from planner.explain.levers import Lever, rounded
from planner.explain.reply import Reply
from planner.plan.plan import MarginalRow

DEMAND_STEPS = (1.01, 1.1)
"""The next per cent, which may fit on what is there, and the next tenth, which shows the price of growth."""
TARGET_STEPS = (1.1, 0.9)
LOAD_STEPS = (1.05,)
_MUCH_LOOSER = 4.0
_SAME = 1e-9


def stepped(asker: Asker, base: Reply, lever: Lever, value: float) -> MarginalRow:
    """What one value of a lever changes; what the bounds imply is taken as it is."""
    reply = asker.told(lever.to(value))
    return _row(lever, value, reply, span(base, reply))


def span(base: Reply, reply: Reply) -> tuple[float | None, float | None, float | None]:
    """The change found, and the least and the most it can truly be.

    A question known to be easier is never dearer, one known to be harder never cheaper.
    """
    if not reply.found:
        return None, None, None
    nothing = _SAME * max(abs(base.objective), 1.0)
    floor, top = 0.0 if reply.is_harder else -inf, 0.0 if reply.is_easier else inf
    ends = (reply.objective - base.objective, reply.bound - base.objective, reply.objective - base.bound)
    found, least, most = (min(max(0.0 if abs(end) < nothing else end, floor), top) for end in ends)
    return found, least, most


def loosened(asker: Asker, base: Reply, cap: Cap) -> MarginalRow:
    """What a step of a cap saves. The plan itself fits under a looser cap, so that is never below nothing."""
    value = cap.loosened
    reply = asker.told(cap.lever.to(value))
    found, least, most = span(base, reply)
    if found is None or least is None or most is None:
        return _row(cap.lever, value, reply, (found, least, most), cap)
    return _row(cap.lever, value, reply, (min(0.0, found), min(0.0, least), min(0.0, most)), cap)


def left_alone(asker: Asker, base: Reply, caps: Sequence[Cap]) -> list[MarginalRow]:
    """Caps that do not bind: all far looser at once; each on its own only where that would make a difference."""
    if not caps:
        return []
    together = {key: value for cap in caps for key, value in cap.lever.to(_far(cap)).items()}
    reply = asker.told(together)
    found, least, _ = span(base, reply)
    if found is None or least is None or found < 0 or least < -_gap(base):
        return [loosened(asker, base, cap) for cap in caps]
    return [_row(cap.lever, cap.lever.at, reply, (0.0, min(0.0, least), 0.0), cap) for cap in caps]


def _gap(base: Reply) -> float:
    """What the search of the base leaves open, and a little for rounding."""
    return base.objective - base.bound + _SAME * max(abs(base.objective), 1.0)


def _far(cap: Cap) -> float:
    if cap.step < 0:
        return 0.0
    return min(cap.lever.highest, cap.lever.at * _MUCH_LOOSER + cap.step)


def _row(
    lever: Lever,
    value: float,
    reply: Reply,
    change: tuple[float | None, float | None, float | None],
    cap: Cap | None = None,
) -> MarginalRow:
    found, least, most = change
    return MarginalRow(
        **lever.row(),
        step=rounded(value - lever.at),
        change=found,
        least=least,
        most=most,
        binding=cap.binding if cap else None,
        head_room=cap.head_room if cap else None,
        refusal="" if reply.found else reply.text,
    )
