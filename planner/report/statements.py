"""The financial statements: profit and loss, cash against the budget, what is owned and owed, and how they meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planner.report import format as f
from planner.report.lookup import Lookup, total_by
from planner.report.shapes import Cell, Table, number, numbers, text, words

PROFIT = {
    "rented": "Rented by the hour",
    "committed": "Commitments",
    "api": "Hosted API",
    "owned_running": "Running what is owned",
    "switching": "Starting replicas",
    "depreciation": "Depreciation",
    "interest": "Interest",
}
CASH = {
    "opex": "Running costs (opex)",
    "capex": "Purchases (capex)",
    "proceeds": "Sales",
    "financing": "Loans, drawn (−) and repaid",
}
BALANCE = {"book_value": "Book value of systems", "prepaid": "Prepaid, not used up", "loans": "Owed on loans (−)"}
COMMITMENTS = {
    "signed": "Signed so far",
    "paid": "Paid of it",
    "owed_within": "To pay within the plan",
    "owed_beyond": "To pay after it",
}
"""Lines of each statement in the order they are printed."""
AT_START = "existing_value_at_start"
AT_END = ("owned_value_left", "existing_value_left")
TAX = ("owned_tax", "owned_tax_left")
NO_CASH = ("unserved", "excess")
_HALF = 0.5  # USD; less is nothing


@dataclass(frozen=True)
class Statements:
    """What a finance lead keeps."""

    says: tuple[str, ...]
    tables: tuple[Table, ...]


def statements(look: Lookup) -> Statements:
    """The statements that this plan needs: one that is all rent has no balance."""
    tables = [cash_flow(look)]
    if lines(look, "balance"):
        tables.insert(0, profit_and_loss(look))
    if lines(look, "balance") or lines(look, "commitments"):
        tables.append(balance(look))
    if reconciled := reconciliation(look):
        tables.append(reconciled)
    return Statements(tuple(_says(look)), tuple(tables))


def lines(look: Lookup, statement: str) -> dict[tuple[str, int | None], float]:
    """(line, period) → USD of one statement."""
    rows = [row for row in look.plan.statements if row.statement == statement]
    return total_by(rows, lambda row: (row.line, row.period), lambda row: row.usd)


def present(names: dict[str, str], found: Iterable[tuple[str, int | None]]) -> dict[str, str]:
    """Lines that there are, in the common order, with their headings."""
    there = {line for line, _ in found}
    return {line: head for line, head in names.items() if line in there}


def profit_and_loss(look: Lookup) -> Table:
    """What each period costs, with the value lost in it."""
    found = lines(look, "profit_and_loss")
    heads = present(PROFIT, found)
    rows = [(look.periods[t].label, [found.get((line, t), 0.0) for line in heads]) for t in look.periods]
    return _table("Profit and loss: what each period costs, whenever it is paid", [*heads.values()], rows)


def cash_flow(look: Lookup) -> Table:
    """What is paid, when it is paid, and what the budgets leave."""
    found = cash_lines(look)
    heads = present(CASH, found)
    budgets = budget_caps(look)
    left = [f"Left of the {kind} budget" if kind != "total" else "Left of the budget" for kind in budgets]
    columns = (*words("Period"), *numbers(*heads.values(), "Paid", *left))
    rows = []
    for t, period in look.periods.items():
        usd = [found.get((line, t), 0.0) for line in heads]
        spare = [cap[t] - spent(look, kind, t) for kind, cap in budgets.items() if t in cap]
        rows.append((text(period.label), *map(money, [*usd, sum(usd)]), *map(_left, spare)))
    sums = [sum(found.get((line, t), 0.0) for t in look.periods) for line in heads]
    total = (text("Total"), *map(money, [*sums, sum(sums)]), *(text("") for _ in left))
    return Table("Cash flow: what is paid, when it is paid", columns, tuple(rows), total)


def cash_lines(look: Lookup) -> dict[tuple[str, int | None], float]:
    """(line, period) → USD paid; sales are below zero."""
    return total_by(
        look.plan.cash,
        lambda row: ("proceeds" if row.term.endswith(("_resale", "_retired")) else row.kind, row.period),
        lambda row: row.usd,
    )


def budget_caps(look: Lookup) -> dict[str, dict[int, float]]:
    """Kind of budget → period → what may be paid."""
    caps: dict[str, dict[int, float]] = {}
    for row in look.plan.limits:
        if row.limit.startswith("budget ") and row.period is not None:
            caps.setdefault(row.limit.removeprefix("budget "), {})[row.period] = row.cap
    return {kind: cap for kind, cap in caps.items() if set(cap) == set(look.periods)}


def spent(look: Lookup, kind: str, period: int) -> float:
    """What a budget counts in a period; sales are purchases in reverse."""
    return sum(row.usd for row in look.plan.cash if row.period == period and kind in {"total", row.kind})


def balance(look: Lookup) -> Table:
    """What is owned, prepaid, signed and still to pay when each period ends."""
    found = {**lines(look, "balance"), **lines(look, "commitments")}
    heads = present({**BALANCE, **COMMITMENTS}, found)
    rows: list[tuple[Cell, ...]] = []
    if any(found.get((line, None), 0.0) for line in BALANCE):
        rows.append((text("At the start"), *(money(found.get((line, None), 0.0)) for line in heads)))
    for t, period in look.periods.items():
        rows.append((text(period.label), *(money(found.get((line, t), 0.0)) for line in heads)))
    columns = (*words("At the end of"), *numbers(*heads.values()))
    return Table("Balance: what is owned and what is still owed", columns, tuple(rows))


def reconciliation(look: Lookup) -> Table | None:
    """From what is paid to the bill, at face and at present value; None where they are the same."""
    steps = [(name, usd, worth) for name, usd, worth in reconciled(look) if abs(usd) >= _HALF or abs(worth) >= _HALF]
    if len(steps) < 2:
        return None
    rows = tuple((text(name), money(usd), money(worth)) for name, usd, worth in steps)
    total = (text("The bill"), money(look.plan.total_usd), money(look.plan.total_npv_usd))
    columns = (*words("Step"), *numbers("Undiscounted", "Present value"))
    return Table("From payments to the bill", columns, rows, total)


def reconciled(look: Lookup) -> Iterator[tuple[str, float, float]]:
    """(step, USD, USD at present value); all together are the bill."""
    at = {period.index: period.discount for period in look.plan.periods}
    yield (
        "Paid in cash",
        sum(row.usd for row in look.plan.cash),
        sum(row.usd * at[row.period] for row in look.plan.cash),
    )
    yield "Worth of what was owned at the start", *_of_terms(look, (AT_START,))
    yield "Less what systems are worth at the end", *_of_terms(look, AT_END)
    yield "What is owed on loans at the end", *_of_terms(look, ("owned_loan_left",))
    yield "Tax until purchases are deducted", *_of_terms(look, TAX)
    beyond = [(-row.prepaid_usd, at[row.period]) for row in look.plan.purchases]
    yield "Less what is prepaid beyond the plan", sum(usd for usd, _ in beyond), sum(usd * one for usd, one in beyond)
    yield "Prices that are not paid: unserved demand, caps exceeded", *_of_terms(look, NO_CASH)


def _of_terms(look: Lookup, terms: tuple[str, ...]) -> tuple[float, float]:
    rows = [row for row in look.plan.costs if row.term in terms]
    return sum(row.usd for row in rows), sum(row.npv_usd for row in rows)


def _says(look: Lookup) -> Iterator[str]:
    sums = {kind: sum(row.usd for row in look.plan.cash if row.kind == kind) for kind in ("opex", "capex")}
    bought = sum(row.usd for row in look.plan.cash if row.term == "owned_purchase")
    sold = bought - sums["capex"]
    paid = sums["opex"] + bought
    if not bought:
        yield f"All of {f.money(paid)} paid is running cost (opex); nothing is bought (capex)."
    else:
        opex, capex = (f.share(usd / paid) for usd in (sums["opex"], bought))
        yield f"Of {f.money(paid)} paid, {opex} is running cost (opex) and {capex} purchases (capex)."
    if sold >= _HALF:
        yield f"Sales bring back {f.money(sold)}."
    yield from _budgets(look)
    if look.plan.kept and not lines(look, "balance").get(("book_value", None)):
        yield "Systems owned before are sunk: they have neither book value nor depreciation here."
    if not lines(look, "balance") and not lines(look, "commitments"):
        yield "Nothing is on the books, prepaid or owed: each period is paid as it is charged."


def _budgets(look: Lookup) -> Iterator[str]:
    """The period in which least of each budget is left."""
    if not budget_caps(look):
        yield "No budget is set; with limits.budget the cash flow shows what is left of it."
    for kind, caps in budget_caps(look).items():
        tight = min(caps, key=lambda t: caps[t] - spent(look, kind, t))
        left = caps[tight] - spent(look, kind, tight)
        name = "budget" if kind == "total" else f"{kind} budget"
        when = look.periods[tight].label
        if left >= 0:
            yield f"The {name} of {f.money(caps[tight])} a period leaves least in {when}: {f.money(left)}."
        else:
            yield f"The {name} of {f.money(caps[tight])} a period is exceeded most in {when}: by {f.money(-left)}."


def _table(caption: str, heads: list[str], rows: list[tuple[str, list[float]]]) -> Table:
    """Periods by lines, with their sums."""
    sums = [sum(usd[place] for _, usd in rows) for place in range(len(heads))]
    cells = tuple((text(name), *map(money, [*usd, sum(usd)])) for name, usd in rows)
    total = (text("Total"), *map(money, [*sums, sum(sums)]))
    return Table(caption, (*words("Period"), *numbers(*heads, "Total")), cells, total)


def _left(usd: float) -> Cell:
    return number(f.money(usd), usd, "warn" if usd < -_HALF else "")


def money(usd: float) -> Cell:
    """Dollars; nothing is a dash."""
    return number(f.money(usd) if abs(usd) >= 0.005 else "–", usd)
