"""Buying against renting, whole: strategies, what buying earns, where the answer turns, what one must believe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from planner.again import Question
from planner.errors import InputError
from planner.explain.ask import Asker, TimeIsUpError
from planner.inputs.problem import Problem
from planner.invest.believe import believe
from planner.invest.breakeven import break_even, swing_of_buying
from planner.invest.buying import buying_row, rule_rows
from planner.invest.duel import Duel
from planner.invest.levers import Lever, levers, swinging
from planner.invest.metrics import cash_by_period, figures_of
from planner.invest.solve import Tried, asked_alone, compared, rented_gpus
from planner.invest.winners import cells
from planner.pipeline import checked
from planner.plan.plan import Plan
from planner.plan.rows.investment import (
    BreakEvenRow,
    BuyingRow,
    CellRow,
    InvestmentRow,
    RuleRow,
    StrategyId,
    StrategyRow,
    SwingOfBuyingRow,
)

Row = TypeVar("Row", BreakEvenRow, SwingOfBuyingRow)
LEAST_TIME_S = 300.0
_OVER: tuple[tuple[StrategyId, StrategyId], ...] = (("buying", "renting"), ("owned", "on_demand"))


@dataclass(frozen=True)
class Investment:
    """The rows of the comparison, and the plan of every strategy that has one."""

    row: InvestmentRow
    plans: dict[StrategyId, Plan]


@dataclass
class _Found:
    break_evens: list[BreakEvenRow] = field(default_factory=list)
    swings: list[SwingOfBuyingRow] = field(default_factory=list)
    cells: list[CellRow] = field(default_factory=list)
    late: list[str] = field(default_factory=list)


def buy_or_rent(question: Question, say: Callable[[str], None], time_limit_s: float | None) -> Investment:
    """All of it; turning points are looked for within about so many seconds (five minutes if None).

    Raises InputError where nothing may be bought, and the `PlannerError` of the problem where it has no plan.
    """
    if not question.problem.supply.own.systems:
        raise InputError("nothing may be bought: supply.own.systems names no system; add e.g. systems: [dgx-h200]")
    tried = compared(question, say)
    plans = {one.strategy.id: one.plan for one in tried if one.plan}
    base = asked_alone(question)
    duel = Duel(Asker(base, time_limit_s or LEAST_TIME_S), rented_gpus(base))
    found = _turning_points(base, duel, say)
    renting = plans.get("renting")
    strategies = [_strategy_row(one, renting) for one in tried]
    earned = list(_earned(strategies, plans))
    wins = "renting" not in plans or ("buying" in plans and _cost(plans["buying"]) < _cost(plans["renting"]))
    row = InvestmentRow(
        strategies=strategies,
        buying=earned,
        rule=_rule(plans),
        break_evens=found.break_evens,
        swings=found.swings,
        cells=found.cells,
        believe=believe(found.break_evens, wins=wins),
        notes=[*_notes(question), *_later(plans)],
        solves=len(duel.asker.replies),
        not_reached=found.late,
    )
    return Investment(row, plans)


def with_investment(found: Investment) -> Plan:
    """The best mix with the comparison in it, checked."""
    best = found.plans["optimal"].model_copy(update={"investment": found.row})
    return checked(best)


def can_be_compared(problem: Problem) -> bool:
    """Whether a plan can carry the comparison: something may be bought, and it is a plan for the base case alone."""
    others = problem.scenarios or problem.robust or problem.alternatives or problem.supply.signed is not None
    return bool(problem.supply.own.systems) and not others and problem.goals == ("cost",)


def compared_plan(question: Question, say: Callable[[str], None], time_limit_s: float | None) -> Plan:
    """The best mix with the comparison in it; raises InputError where a plan cannot carry it."""
    if not can_be_compared(question.problem):
        raise InputError(
            "--buy-vs-rent stores the comparison in the plan of a problem that may buy (supply.own.systems), minimises "
            "cost, and has no scenarios, alternatives or supply.signed; any other: `planner buy-vs-rent PROBLEM`"
        )
    return with_investment(buy_or_rent(question, say, time_limit_s))


def _cost(plan: Plan) -> float:
    return plan.certificate.objective


def _strategy_row(one: Tried, renting: Plan | None) -> StrategyRow:
    row = StrategyRow(id=one.strategy.id, name=one.strategy.name, says=one.strategy.says, refusal=one.refusal)
    return figures_of(row, one.plan, cash_by_period(renting) if renting else None) if one.plan else row


def _earned(strategies: Sequence[StrategyRow], plans: dict[StrategyId, Plan]) -> Iterator[BuyingRow]:
    rows = {row.id: row for row in strategies}
    for name, over in _OVER:
        if name in plans and over in plans:
            yield buying_row(rows[name], rows[over], plans[name])


def _on_demand_price(plans: dict[StrategyId, Plan], gpus: set[str]) -> float | None:
    """The cheapest GPU-hour on demand of these types that some strategy's plan knows [USD]."""
    return min(
        (
            option.usd_per_hour / pool.gpus_per_node
            for plan in plans.values()
            for pool in plan.pools
            for option in plan.options
            if option.pool == pool.id and option.form == "on_demand" and pool.gpu in gpus
        ),
        default=None,
    )


def _rule(plans: dict[StrategyId, Plan]) -> list[RuleRow]:
    """From the rule of thumb to the payback of owning everything; empty where one of the two sides has no plan."""
    if "owned" not in plans or "renting" not in plans:
        return []
    owned = plans["owned"]
    bought = {row.pool for row in owned.purchases if row.form == "owned"}
    gpus = {pool.gpu for pool in owned.pools if pool.id in bought}
    return list(rule_rows(owned, plans["renting"], _on_demand_price(plans, gpus)))


def _turning_points(base: Question, duel: Duel, say: Callable[[str], None]) -> _Found:
    found, wanted = _Found(), levers(base)
    by_id = {lever.id: lever for lever in wanted}
    for lever in wanted:
        say(f"break-even: {lever.subject}")
        _within(found, lever.subject, partial(_add, found.break_evens, break_even, duel, lever))
    for lever in [*wanted, *swinging(base)]:
        _within(found, f"{lever.subject} ±20 %", partial(_add, found.swings, swing_of_buying, duel, lever))
    if "utilisation" in by_id:
        say("utilisation × horizon")

        every = cells(duel, by_id["utilisation"], by_id["horizon"])
        _within(found, "utilisation × horizon", partial(found.cells.extend, every))
    found.swings.sort(key=_reach, reverse=True)
    return found


def _add(rows: list[Row], find: Callable[[Duel, Lever], Row], duel: Duel, lever: Lever) -> None:
    rows.append(find(duel, lever))


def _within(found: _Found, name: str, job: Callable[[], None]) -> None:
    try:
        job()
    except TimeIsUpError:
        found.late.append(name)


def _reach(row: SwingOfBuyingRow) -> float:
    if row.low_gains_usd is None or row.high_gains_usd is None:
        return float("inf")
    return abs(row.high_gains_usd - row.low_gains_usd)


def _notes(question: Question) -> Iterator[str]:
    problem = question.problem
    if problem.objective != "cost":
        yield "Compared by cost, whatever the problem minimises."
    if problem.supply.signed is not None or problem.supply.own.order_at_once:
        yield "supply.signed and supply.own.order_at_once are left aside: the comparison decides for itself."
    if problem.scenarios:
        yield "Compared for the base case alone."


def _later(plans: dict[StrategyId, Plan]) -> Iterator[str]:
    """That the best mix buys, but not at once."""
    best = plans["optimal"]
    periods = [row.period for row in best.purchases if row.form == "owned"]
    if periods and min(periods) > 0:
        yield f"The best mix buys too, but not now: it first orders in {best.periods[min(periods)].label}."
