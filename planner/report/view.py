"""A plan as a report tells it: strings, tables and chart data in reading order. Templates only print."""

from __future__ import annotations

from dataclasses import dataclass

from planner.plan.plan import Made, Plan
from planner.report.answer import Answer, answer
from planner.report.certainty import Certainty, certainty, sources
from planner.report.fleet import Fleet, fleet
from planner.report.hours import Hours, hours
from planner.report.lookup import Lookup
from planner.report.money import Money, money
from planner.report.opinions import SecondOpinion, second_opinion
from planner.report.reasons import Reasons, reasons
from planner.report.running import Running, latency_figure, memory_figure, running
from planner.report.scenarios import Otherwise, otherwise
from planner.report.shapes import Figure, Table
from planner.report.shortage import Shortage, shortage


@dataclass(frozen=True)
class View:
    """The parts of a report in the order they are read."""

    answer: Answer
    money: Money
    fleet: Fleet
    running: tuple[Running, ...]
    latency: Figure | None
    memory: Figure | None
    hours: Hours
    otherwise: Otherwise
    certainty: Certainty
    second: SecondOpinion
    reasons: Reasons
    shortage: Shortage
    assumptions: tuple[str, ...]
    sources: Table
    made: Made

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All charts in reading order."""
        single = (self.latency, self.memory, self.reasons.figure)
        return (*self.money.figures, *(one for one in single if one), *self.hours.figures)


def view_of(plan: Plan) -> View:
    """Everything a report prints, computed once."""
    look = Lookup(plan)
    return View(
        answer=answer(look),
        money=money(look),
        fleet=fleet(look),
        running=running(look),
        latency=latency_figure(look),
        memory=memory_figure(look),
        hours=hours(look),
        otherwise=otherwise(look),
        certainty=certainty(look),
        second=second_opinion(look),
        reasons=reasons(look),
        shortage=shortage(look),
        assumptions=tuple(plan.assumptions),
        sources=sources(look),
        made=plan.made,
    )
