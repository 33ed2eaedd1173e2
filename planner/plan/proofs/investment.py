"""Buying against renting added up again: strategies from their payments, savings from strategies, turns from solves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from planner.plan.plan import BreakEvenRow, CellRow, Finding, InvestmentRow, StrategyRow
from planner.plan.proofs.book import CENT, RELATIVE, Book, finding, usd
from planner.plan.proofs.owning import end_discount


def investment_adds_up(book: Book) -> Finding:
    """Each strategy's cost from its payments, the best mix from the plan, savings and turning points from both."""
    row = book.plan.investment
    if row is None:
        return finding("investment_adds_up", [], "buying and renting were not compared")
    wrong = [*_strategies(book, row), *_best(book, row), *_savings(book, row)]
    wrong += [*_turns(row.break_evens), *_cells(row.cells)]
    there = sum(one.npv_usd is not None for one in row.strategies)
    return finding("investment_adds_up", wrong, f"{there} strategies, {len(row.break_evens)} turning points")


def _worth(book: Book, flows: Sequence[float]) -> float:
    """Payments by period and what is left at the end, at the start of the horizon [USD]."""
    discounts = [*(period.discount for period in book.plan.periods), end_discount(book)]
    return sum(flow * discount for flow, discount in zip(flows, discounts, strict=True))


def _differ(one: float | None, other: float | None) -> bool:
    return abs((one or 0.0) - (other or 0.0)) > CENT + RELATIVE * abs(one or 0.0)


def _strategies(book: Book, row: InvestmentRow) -> Iterator[str]:
    renting = next((one.cash_usd for one in row.strategies if one.id == "renting" and one.cash_usd), None)
    for one in row.strategies:
        if (one.npv_usd is None) != bool(one.refusal):
            yield f"{one.id} costs {usd(one.npv_usd or 0.0)} and has the reason {one.refusal!r}: just one is to be told"
        if one.npv_usd is None:
            continue
        if _differ(_worth(book, one.flows_usd), one.npv_usd):
            yield f"{one.id}: payments are worth {usd(_worth(book, one.flows_usd))}, {usd(one.npv_usd)} is told"
        if _differ(sum(one.flows_usd), one.usd):
            yield f"{one.id}: payments add up to {usd(sum(one.flows_usd))}, {usd(one.usd or 0.0)} is told"
        if one.million_tokens and _differ((one.usd or 0.0) / one.million_tokens, one.usd_per_million_tokens):
            each = (one.usd or 0.0) / one.million_tokens
            yield f"{one.id}: {usd(each)} a million tokens, {usd(one.usd_per_million_tokens or 0.0)} is told"
        if renting is not None and _differ(_ahead(one, renting), one.peak_funding_usd):
            yield f"{one.id}: peak funding is {usd(_ahead(one, renting))}"


def _ahead(one: StrategyRow, renting: Sequence[float]) -> float:
    ahead = accumulate(mine - theirs for mine, theirs in zip(one.cash_usd, renting, strict=True))
    return max(0.0, *ahead)


def _best(book: Book, row: InvestmentRow) -> Iterator[str]:
    """The best mix is the plan itself, and nothing is cheaper."""
    best = next(one for one in row.strategies if one.id == "optimal")
    if _differ(book.plan.total_npv_usd, best.npv_usd):
        yield f"the plan costs {usd(book.plan.total_npv_usd)}, the best mix {usd(best.npv_usd or 0.0)}"
    paid = [sum(cash.usd for cash in book.plan.cash if cash.period == period) for period in book.periods]
    if any(_differ(mine, told) for mine, told in zip(paid, best.cash_usd, strict=True)):
        yield "the best mix pays otherwise than the plan"
    for one in row.strategies:
        if one.npv_usd is not None and one.npv_usd < (best.npv_usd or 0.0) - CENT - RELATIVE * abs(one.npv_usd):
            yield f"{one.id} is cheaper than the best mix"


def _savings(book: Book, row: InvestmentRow) -> Iterator[str]:
    flows = {one.id: one.flows_usd for one in row.strategies}
    for one in row.buying:
        saved = [theirs - mine for mine, theirs in zip(flows[one.id], flows[one.over], strict=True)]
        if any(_differ(mine, told) for mine, told in zip(saved, one.flows_usd, strict=True)):
            yield f"{one.id} saves otherwise over {one.over}"
        if _differ(_worth(book, saved), one.saves_usd):
            yield f"{one.id} saves {usd(_worth(book, saved))} over {one.over}, {usd(one.saves_usd)} is told"


def _turns(rows: Sequence[BreakEvenRow]) -> Iterator[str]:
    """On both sides of a turning point there are solves, with other winners; without one, all have the same."""
    for row in rows:
        winners = {probe.buying_wins for probe in row.curve} - {None}
        if row.turns_at is None:
            if row.buys != "unknown" and winners != {row.buys == "always"}:
                many = len(winners)
                yield f"{row.subject}: {many} winners in {len(row.curve)} solves, yet it is said to turn nothing"
        elif row.below is None or row.above is None or not row.below.value <= row.turns_at <= row.above.value:
            yield f"{row.subject} turns at {row.turns_at:g}, outside of what was solved"
        elif (row.below.buying_wins, row.above.buying_wins) != (row.buys == "below", row.buys == "above"):
            yield f"{row.subject}: buying does not win just {row.buys} {row.turns_at:g}"


def _cells(rows: Sequence[CellRow]) -> Iterator[str]:
    for cell in rows:
        if cell.gains_usd is not None and (cell.gains_usd > 0) != (cell.winner in ("own", "mix")):
            yield f"{cell.winner} is no winner at {cell.utilisation:g} over {cell.months} months"
