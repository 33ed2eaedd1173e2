"""Does a stored plan still hold? Its fleet under today's prices or a changed problem, with nothing decided anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from planner.again import Question
from planner.compare.capacity import capacity
from planner.compare.demand import on_blocks_of
from planner.compare.findings import demand_changes, limits, prices, row
from planner.compare.fleet import Held, held_fleet
from planner.compare.promises import promises
from planner.compare.tried import Tried, tried
from planner.demand.build import build_demand
from planner.errors import InfeasibleError
from planner.plan.checks import FOUNDATIONS, check
from planner.plan.plan import Finding, Plan
from planner.plan.rows.holds import HoldsRow, StillRow


def holds(plan: Plan, question: Question) -> StillRow:
    """Everything that holds and everything that no longer does.

    Raises InputError where the question cannot be put to the plan: another horizon, unknown names.
    """
    own = check(plan)
    still = StillRow(
        as_of=str(question.made.as_of),
        findings=list(_own(own)),
        planned_usd=plan.total_usd,
        planned_npv_usd=plan.total_npv_usd,
    )
    if len(own) == len(FOUNDATIONS):  # nothing else can be read off it
        return still
    question = replace(question, problem=question.problem.base_case)
    demand = on_blocks_of(plan, build_demand(question.problem, question.catalog, question.base))
    held = held_fleet(plan, question, demand)
    try:
        found = tried(plan, question, demand, held)
    except InfeasibleError as error:
        more = [*_gone(held), row("question", "", str(error), ok=False)]
        return still.model_copy(update={"findings": [*still.findings, *more]})
    more = [*_gone(held), *_told(found)]
    now = {"now_usd": found.now.total_usd, "now_npv_usd": found.now.total_npv_usd}
    return still.model_copy(update={"findings": [*still.findings, *more], **now})


def _told(found: Tried) -> Iterator[HoldsRow]:
    yield from prices(found)
    yield from demand_changes(found)
    yield from promises(found)
    yield from capacity(found)
    yield from limits(found)


def _own(findings: list[Finding]) -> Iterator[HoldsRow]:
    """The independent checks of the stored plan: one line for all that pass, one for each that fails."""
    failed = [one for one in findings if not one.ok]
    for one in failed:
        yield row("plan", one.check, f"contradicts itself: {one.detail}", ok=False)
    if not failed:
        yield row("plan", "", f"all {len(findings)} independent checks of the stored plan pass", ok=True)


def _gone(held: Held) -> Iterator[HoldsRow]:
    for one in held.gone:
        yield row("offers", one.subject, one.text, ok=False)
