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


def enough_systems_are_ordered(book: Book) -> Finding:
    """At least supply.own.order_at_once systems are ordered in the first period."""
    least = book.asked("supply", "own").get("order_at_once", 0)
    ordered = sum(row.nodes for row in book.plan.purchases if (row.form, row.period) == ("owned", 0))
    told = f"{ordered} systems ordered at once, at least {least} asked for"
    return finding("enough_systems_are_ordered", [told] if ordered < least else [], told)
