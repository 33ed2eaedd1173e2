"""A plan as a report tells it: strings, tables and chart data in reading order. Templates only print."""

from __future__ import annotations

from dataclasses import dataclass

from planner.plan.plan import Made, Plan
from planner.report.answer import Answer, answer
from planner.report.buy_vs_rent import BuyOrRent, buy_or_rent, may_buy
from planner.report.certainty import Certainty, certainty, sources
from planner.report.charged import Charged, charged
from planner.report.energy import Energy, energy
from planner.report.engineer import Engineer, engineer
from planner.report.explanation_figures import front_figure, swing_figure
from planner.report.explanations import Why, why
from planner.report.fleet import Fleet, fleet
from planner.report.gpu_types import gpu_types
from planner.report.hosted import price_figure
from planner.report.hours import Hours, hours
from planner.report.lookup import Lookup
from planner.report.money import Money, money
from planner.report.opinions import SecondOpinion, second_opinion
from planner.report.owner import Owner, owner
from planner.report.reasons import Reasons, reasons
from planner.report.replica_figures import latency_figure, memory_figure
from planner.report.running import Running, running
from planner.report.scenarios import Otherwise, otherwise
from planner.report.shapes import Figure, Table
from planner.report.shortage import Shortage, shortage
from planner.report.statements import Statements, statements
from planner.report.timeline import timeline_figure
from planner.report.why_not import WhyNot, why_not_view


@dataclass(frozen=True)
class View:
    """The parts of a report in the order they are read."""

    answer: Answer
    owner: Owner
    engineer: Engineer
    money: Money
    buy_or_rent: BuyOrRent | None
    may_buy: bool
    statements: Statements
    charged: Charged
    energy: Energy
    fleet: Fleet
    timeline: Figure | None
    running: tuple[Running, ...]
    latency: Figure | None
    memory: Figure | None
    api_prices: Figure | None
    hours: Hours
    otherwise: Otherwise
    certainty: Certainty
    second: SecondOpinion
    why: Why
    swings: Figure | None
    front: Figure | None
    gpu_types: Table | None
    why_not: WhyNot
    reasons: Reasons
    shortage: Shortage
    assumptions: tuple[str, ...]
    sources: Table
    made: Made

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All charts in reading order."""
        single = (self.timeline, self.latency, self.memory)
        why = (self.swings, self.front, self.reasons.figure, self.api_prices)
        invested = self.buy_or_rent.figures if self.buy_or_rent else ()
        shown = (*self.money.figures, *invested, *single, *self.hours.figures, *why)
        return tuple(one for one in shown if one)


def view_of(plan: Plan) -> View:
    """Everything a report prints, computed once."""
    look = Lookup(plan)
    return View(
        answer=answer(look),
        owner=owner(look),
        engineer=engineer(look),
        money=money(look),
        buy_or_rent=buy_or_rent(look),
        may_buy=may_buy(look),
        statements=statements(look),
        charged=charged(look),
        energy=energy(look),
        fleet=fleet(look),
        timeline=timeline_figure(look),
        running=running(look),
        latency=latency_figure(look),
        memory=memory_figure(look),
        api_prices=price_figure(look),
        hours=hours(look),
        otherwise=otherwise(look),
        certainty=certainty(look),
        second=second_opinion(look),
        why=why(look),
        swings=swing_figure(look),
        front=front_figure(look),
        gpu_types=gpu_types(look),
        why_not=why_not_view(look),
        reasons=reasons(look),
        shortage=shortage(look),
        assumptions=tuple(plan.assumptions),
        sources=sources(look),
        made=plan.made,
    )
