"""What each team is charged, allocated again by the rule the problem asks for."""

from __future__ import annotations

from collections.abc import Iterator

from planner.plan.plan import Finding, WorkloadCostRow
from planner.plan.proofs.book import CENT, Book, added, differences, finding, usd

_IDLE = "(idle committed capacity)"


def chargeback_adds_up(book: Book) -> Finding:
    """Teams are those of the problem, idle capacity is charged on by its rule, and all is charged once."""
    rows = book.plan.workload_costs
    wrong = [*_misnamed(book), *_misallocated(book)]
    charged, borne = sum(row.charged_usd for row in rows), sum(row.usd for row in rows)
    if abs(charged - borne) > CENT + 1e-9 * abs(borne):
        wrong.append(f"charged {usd(charged)} of {usd(borne)}")
    idle = sum(row.usd for row in rows if row.workload == _IDLE)
    rule = _rule(book).replace("_", " ")
    return finding("chargeback_adds_up", wrong, f"charged {usd(charged)}; of it idle {usd(idle)}, {rule}")


def _rule(book: Book) -> str:
    return str(book.plan.problem.get("chargeback", {}).get("idle", "apart"))


def _misnamed(book: Book) -> Iterator[str]:
    asked = book.plan.problem.get("workloads", {})
    for row in book.plan.workload_costs:
        for key in ("team", "cost_centre"):
            due = asked.get(row.workload, {}).get(key) or ""
            if (told := getattr(row, key)) != due:
                yield f"{row.workload} {book.when(row.period)}: {key} is {told or 'nobody'}, asked {due or 'nobody'}"


def _misallocated(book: Book) -> Iterator[str]:
    found = added((row.workload, row.model, row.period, amount) for row, amount in _due(book))
    told = added((row.workload, row.model, row.period, row.idle_usd) for row in book.plan.workload_costs)
    for (workload, model, period), f, t in differences(told, found, CENT):
        yield f"{workload} {model} {book.when(period)}: {usd(f)} of idle capacity due, {usd(t)} charged"


def _due(book: Book) -> Iterator[tuple[WorkloadCostRow, float]]:
    """Each row and what of idle capacity falls on it."""
    workloads = book.plan.problem.get("workloads", {})
    for period in book.periods if _rule(book) == "pro_rata" else ():
        mine = [row for row in book.plan.workload_costs if row.period == period]
        whole = sum(row.usd for row in mine if row.workload in workloads)
        idle = sum(row.usd for row in mine if row.workload == _IDLE)
        for row in mine if whole > 0 else ():
            if row.workload in workloads:
                yield row, idle * row.usd / whole
            elif row.workload == _IDLE:
                yield row, -row.usd
