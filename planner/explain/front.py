"""Cost against latency: the best fleet for every latency target multiplied by the same factor, tighter and looser."""

from __future__ import annotations

from collections.abc import Sequence

from planner.explain.ask import Asker
from planner.explain.levers import Lever
from planner.explain.reply import Reply
from planner.plan.plan import FrontRow

FACTORS = (0.85, 1.25, 0.7, 1.5, 0.5, 2.0)
"""Besides the targets as they are, the nearest first."""


def front_point(asker: Asker, targets: Sequence[Lever], factor: float) -> FrontRow | None:
    """One point of the front; None where such a question cannot be asked or nothing was found in time."""
    reply = asker.ask(_scaled(targets, factor))
    return None if reply.verdict in {"unknown", "wrong"} else as_point(factor, reply)


def as_point(factor: float, reply: Reply) -> FrontRow:
    """An answer as a point."""
    if not reply.found:
        return FrontRow(factor=factor, objective=None, bound=None, refusal=reply.text)
    return FrontRow(factor=factor, objective=reply.objective, bound=reply.bound, fleet=list(reply.fleet))


def _scaled(targets: Sequence[Lever], factor: float) -> dict[str, dict[str, float]]:
    """The changes that multiply all targets; those of one workload stand in one table."""
    changes: dict[str, dict[str, float]] = {}
    for lever in targets:
        table, target = lever.key.rsplit(".", 1)
        changes.setdefault(table, {})[target] = lever.at * factor
    return changes
