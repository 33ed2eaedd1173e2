"""What the problem says is decided is so in the plan."""

from __future__ import annotations

from planner.plan.plan import Finding
from planner.plan.proofs.book import Book, added, differences, finding


def signatures_are_kept(book: Book) -> Finding:
    """Where supply.signed lists commitments and purchases, the plan makes exactly those."""
    asked = book.asked("supply").get("signed")
    if asked is None:
        return finding("signatures_are_kept", [], "commitments are the plan's to decide")
    given = added((one["pool"], one["form"], one["period"] - 1, one["nodes"]) for one in asked)
    made = added((row.pool, row.form, row.period, row.nodes) for row in book.plan.purchases)
    wrong = [
        f"{pool} ({form}) {book.when(period)}: {told:g} nodes, {found:g} were given"
        for (pool, form, period), found, told in differences(made, given, 0)
    ]
    return finding("signatures_are_kept", wrong, f"{len(given)} given commitments, all made, no others")


def enough_systems_are_bought(book: Book) -> Finding:
    """At least supply.own.min_systems systems are bought over the whole horizon."""
    least = book.asked("supply", "own").get("min_systems", 0)
    bought = sum(row.nodes for row in book.plan.purchases if row.form == "owned")
    told = f"{bought} systems bought, at least {least} asked for"
    return finding("enough_systems_are_bought", [told] if bought < least else [], told)
