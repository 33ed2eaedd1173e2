"""A class is left unserved only where every class of lower priority that may be is left unserved first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from planner.milp.instance import Instance, Stream
from planner.milp.model import Model, Variable, constraint


@constraint(
    says="In a block, demand of a priority is left unserved only where all that may be of every lower priority already "
    "is. Deferrable work counts with its period: in all of its blocks.",
    math=r"m_d \le \bar m_d\, y_{\pi(d)tb},\quad m_{d'} \ge \bar m_{d'}\, y_{\pi tb},\quad y_{\pi tb} \le y_{\pi' tb}",
    forall="priority π but the lowest among classes d that may be left unserved, π' the next lower, d' of π', "
    "period t, block b",
    unit="requests/s",
)
def define_respect_priorities(m: Model, p: Instance) -> None:
    for higher, lower in pairwise(levels(p)):
        for t, b in p.time.slots:
            reached = m.family("reached")[higher, t, b]
            for key, left_out, most in _left_out(m, p, higher, t, b):
                m.at_most("respect_priorities", (*key, b, "only if"), [(left_out, 1.0), (reached, -most)], 0.0)
            for key, left_out, most in _left_out(m, p, lower, t, b):
                m.at_least("respect_priorities", (*key, b, "first"), [(left_out, 1.0), (reached, -most)], 0.0)
            if (further := m.family("reached").get((lower, t, b))) is not None:
                m.at_most("respect_priorities", (higher, t, b), [(reached, 1.0), (further, -1.0)], 0.0)


def levels(p: Instance) -> list[int]:
    """Priorities of what may be left unserved, the highest (1) first."""
    return sorted({one.unserved.priority for one in p.streams.values() if one.unserved})


def _left_out(
    m: Model, p: Instance, priority: int, t: int, b: int
) -> Iterator[tuple[tuple[str, int], Variable, float]]:
    """Variables of what is left unserved of a priority in a block, and the most each may be."""
    for stream in p.streams.values():
        if stream.unserved and stream.unserved.priority == priority:
            variable = m.family("unserved").get((stream.id, t, _when(stream, b)))
            if variable is not None:
                yield (stream.id, t), variable, float(m.columns[variable].upper or 0.0)


def _when(stream: Stream, b: int) -> int | str:
    return b if stream.deadline_h is None else "week"
