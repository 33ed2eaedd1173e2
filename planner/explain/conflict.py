"""Why there is no fleet: the limits in conflict, and the nearest changes after which there is one, each solved.

The conflict is found by letting go of one limit after another: what can go with still no fleet is not part of it.
A change is the smallest along its own axis, found by bisection on whole questions, so that causes before the
optimisation (memory, latency floors, formats, places) and in it (caps) are treated alike. No single one may be
enough: then a smallest set that is enough together is given.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from planner.again import Question
from planner.errors import PlannerError
from planner.explain.conflict_ask import Oracle, TimeIsUpError
from planner.explain.conflict_every import levers
from planner.explain.conflict_levers import Changes, Lever
from planner.explain.conflict_tighten import Remedy, tightened
from planner.milp.diagnose import CONFLICT

_MOST_S = 120.0
_FIRST = ("cap", "promise")
_SOLVER_WORDS = ("his is enough:", "these is enough:", "these enough:")
"""How the solver's own diagnosis begins what would be enough: said again, and better, by the remedies."""


@dataclass(frozen=True)
class Refusal:
    """The conflict, what would resolve it, and whether all that could be looked into in time was."""

    conflicts: tuple[tuple[str, ...], ...]
    """Each in the way by itself; of one, no member can go. They share none."""
    remedies: tuple[Remedy, ...]
    is_complete: bool
    asked: int


@dataclass
class _Inquiry:
    oracle: Oracle
    every: list[Lever]
    conflicts: list[list[Lever]] = field(default_factory=list)
    remedies: list[Remedy] = field(default_factory=list)


def refusal(question: Question, seconds: float) -> Refusal:
    """Of a question without any fleet; what is found within the time."""
    inquiry = _Inquiry(Oracle(question, time.monotonic() + seconds), levers(question.problem))
    complete = True
    try:
        _inquire(inquiry)
    except TimeIsUpError:
        complete = False
    remedies = sorted(inquiry.remedies, key=lambda one: (len(one.names), one.usd is None, one.usd or 0.0))
    conflicts = tuple(tuple(lever.name for lever in one) for one in inquiry.conflicts)
    return Refusal(conflicts, tuple(remedies), complete, inquiry.oracle.asked)


def with_remedies(error: PlannerError, question: Question) -> PlannerError:
    """The refusal of a question with what resolves it, looked for no longer than the question may be searched."""
    months = question.problem.horizon.months
    seconds = min(_MOST_S, question.problem.solve.time_limit_s)
    if Oracle(question, time.monotonic() + seconds).has_fleet({}):
        return error  # it is a scenario that cannot be served
    found = refusal(question, seconds)
    return explained(error, found, "1 month" if months == 1 else f"{months} months")


def explained(error: PlannerError, found: Refusal, horizon: str) -> PlannerError:
    """The same refusal with the conflict and the changes that resolve it."""
    kept = [line for line in str(error).splitlines() if not line.startswith(("Next: ", CONFLICT))]
    if found.remedies and (again := [line for line in kept if line.endswith(_SOLVER_WORDS)]):
        first = kept.index(again[0])
        last = next((n for n, line in enumerate(kept) if n > first and not line.startswith("  ")), len(kept))
        kept = kept[:first] + kept[last:]
    return type(error)("\n".join([*kept, *told(found, horizon)]))


def told(found: Refusal, horizon: str) -> Iterator[str]:
    """Conflict and remedies, line by line."""
    for number, conflict in enumerate(found.conflicts):
        also = "Also in" if number else "In"
        yield f"{also} conflict, and without any one of them not:" if len(conflict) > 1 else f"{also} the way:"
        yield from (f"  {name}" for name in conflict)
    alone = [one for one in found.remedies if len(one.names) == 1]
    joint = [one for one in found.remedies if len(one.names) > 1]
    if alone:
        yield "Any one of these is enough, each solved:" if len(alone) > 1 else "This is enough, solved:"
        yield from (_line(one, horizon) for one in alone)
    for one in joint:
        yield "Together these are enough, solved:"
        yield from (f"  {words}" for words in one.words)
        yield from [f"  the fleet then costs about ${one.usd:,.0f} over {horizon}"] if one.usd is not None else []
    if not found.remedies:
        yield "Nothing that was tried is enough." if found.is_complete else "Nothing was found to be enough in time."
    elif not found.is_complete:
        yield "There was no time to try everything."


def _line(one: Remedy, horizon: str) -> str:
    cost = f"; the fleet then costs about ${one.usd:,.0f} over {horizon}" if one.usd is not None else ""
    return f"  {one.words[0]}{cost}"


def _inquire(inquiry: _Inquiry) -> None:
    oracle, every = inquiry.oracle, inquiry.every
    tight = [one for one in every if one.tier in _FIRST]
    allowed = [one for one in every if one.tier != "demand"]
    suspects = tight if oracle.has_fleet(freed(tight)) else allowed
    if suspects is allowed and not oracle.has_fleet(freed(allowed)):
        suspects = []
    for conflict in _disjoint(oracle, suspects):
        inquiry.conflicts.append(conflict)
    blamed = [lever for conflict in inquiry.conflicts for lever in conflict]
    others = [one for one in every if one not in blamed and one.tier not in _FIRST]
    for lever in [*blamed, *others]:
        if oracle.has_fleet(lever.free):
            inquiry.remedies += _remedied(inquiry, [lever])
    alone = {name for one in inquiry.remedies for name in one.names}
    if any(lever.name in alone for lever in every if lever.tier in _FIRST):
        return
    left = [one for one in (allowed if alone else suspects) if one.name not in alone]
    if left and oracle.has_fleet(freed(left)):
        inquiry.remedies += _remedied(inquiry, _correction(oracle, left))


def freed(some: Sequence[Lever]) -> Changes:
    """Changes under which all of them ask for nothing."""
    return {key: value for one in some for key, value in one.free.items()}


def _disjoint(oracle: Oracle, suspects: Sequence[Lever]) -> Iterator[list[Lever]]:
    """Conflicts that share no member, one after the other, until there is a fleet without all of them."""
    left = list(suspects)
    gone: list[Lever] = []
    while left and oracle.has_fleet(freed(gone)) is False:
        conflict = _irreducible(oracle, left, gone)
        if not conflict:
            return
        yield conflict
        gone += conflict
        left = [one for one in left if one not in conflict]


def _irreducible(oracle: Oracle, suspects: Sequence[Lever], gone: Sequence[Lever]) -> list[Lever]:
    """A conflict none of whose members can go, by letting go of one after the other."""
    let_go: list[Lever] = list(gone)
    kept: list[Lever] = []
    for lever in suspects:
        if oracle.has_fleet(freed([*let_go, lever])) is False:
            let_go.append(lever)
        else:
            kept.append(lever)
    return kept


def _correction(oracle: Oracle, suspects: Sequence[Lever]) -> list[Lever]:
    """A set to loosen none of whose members can stay as it is: each is put back if the others are enough."""
    loose = list(suspects)
    for lever in suspects:
        rest = [one for one in loose if one is not lever]
        if oracle.has_fleet(freed(rest)):
            loose = rest
    return loose


def _remedied(inquiry: _Inquiry, some: Sequence[Lever]) -> list[Remedy]:
    found = tightened(inquiry.oracle, some)
    return [found] if found else []
