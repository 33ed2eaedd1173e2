"""What twice the demand asks for: cost and fleet, under today's caps or, where these forbid it, without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planner.explain.ask import Asker
from planner.explain.caps import Cap
from planner.explain.levers import demands
from planner.explain.marginals import span
from planner.explain.reply import Reply
from planner.plan.plan import DoubledRow

TIMES = 2.0
_PATIENCE = 2.5
"""It is far from the plan that searches begin from."""


def doubled(asker: Asker, base: Reply, caps: Sequence[Cap]) -> DoubledRow | None:
    """None where no fleet was found in time, or the problem has no demand that can be doubled."""
    levers = demands(asker.question.problem)
    if not levers:
        return None
    more = levers[-1].to(levers[-1].at * TIMES)
    reply, lifted = asker.ask(more, _PATIENCE), []
    refused = reply.text if reply.verdict == "none" else ""
    if refused and (open_ := dict(_without(caps))):
        reply, lifted = asker.ask({**more, **open_}, _PATIENCE), [cap.lever.subject for cap in caps]
    if reply.verdict not in {"found", "none"}:
        return None
    change, least, most = span(base, reply)
    return DoubledRow(
        objective=reply.objective if reply.found else None,
        change=change,
        least=least,
        most=most,
        gpus_now=dict(base.gpus),
        gpus_then=dict(reply.gpus),
        fleet=list(reply.fleet),
        lifted=lifted,
        refusal=refused,
    )


def _without(caps: Sequence[Cap]) -> Iterator[tuple[str, Any]]:
    """Changes under which the caps are as loose as can be."""
    for cap in caps:
        far: Mapping[str, Any] = cap.lever.to(cap.furthest)
        yield from far.items()
