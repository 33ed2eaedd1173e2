"""What was left unserved, which caps were broken for their price, and what survives the loss of a place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.report import format as f
from planner.report.lookup import Lookup, total_by
from planner.report.shapes import Table, number, numbers, text, words
from planner.units import SECONDS_PER_HOUR

SHADOW = ("unserved", "excess")
"""Terms of the bill that are prices, not payments."""


@dataclass(frozen=True)
class Shortage:
    """Nothing where the problem asks for none of it."""

    unserved: Table | None
    excess: Table | None
    survival: str


def shortage(look: Lookup) -> Shortage:
    """What a reader of the limits wants to know besides."""
    return Shortage(
        unserved=unserved(look) if look.plan.unserved else None,
        excess=excess(look) if look.plan.excess else None,
        survival=survival(look),
    )


def unserved(look: Lookup) -> Table:
    """By workload and period, with the price."""
    left = total_by(look.plan.unserved, lambda row: (row.workload, row.period), lambda row: row.requests)
    usd = total_by(
        [row for row in look.plan.costs if row.term == "unserved"],
        lambda row: (row.subject, row.period),
        lambda row: row.usd,
    )
    asked = _requests(look)
    lines = tuple(
        (
            text(workload),
            text(look.periods[period].label),
            number(str(look.problem("workloads", workload, "priority")), 0),
            number(f.count(round(requests)), requests),
            number(f.share(requests / asked[workload, period]), requests / asked[workload, period]),
            number(f.money(usd.get((workload, period), 0.0)), usd.get((workload, period), 0.0)),
        )
        for (workload, period), requests in sorted(left.items())
    )
    heads = ("Priority", "Requests left unserved", "Share of its requests", "Price")
    return Table("What is left unserved", (*words("Workload", "Period"), *numbers(*heads)), lines)


def excess(look: Lookup) -> Table:
    """By cap and period: how far over it at most, and what that costs."""
    rows = look.plan.excess
    usd = total_by(rows, lambda row: (row.limit, row.period), lambda row: row.usd)
    lines = []
    for (limit, period), paid in sorted(usd.items()):
        mine = [row for row in rows if (row.limit, row.period) == (limit, period)]
        most = max(row.excess for row in mine)
        where = (text(limit), text(look.periods[period].label))
        lines.append((*where, number(f"{f.figure(most, 4)}{f.NBSP}{mine[0].unit}", most), number(f.money(paid), paid)))
    columns = (*words("Cap", "Period"), *numbers("Over it at most", "Paid for it"))
    return Table("Caps broken for their price", columns, tuple(lines))


def survival(look: Lookup) -> str:
    """Which loss the plan survives, and for whom."""
    limits = look.problem("limits")
    loss = limits.get("survive_loss_of")
    if loss is None:
        return ""
    asked = look.problem("workloads")
    names = [
        row.id for row in look.plan.workloads if row.kind == "interactive" and asked[row.id].get("survives_loss", True)
    ]
    zones = f" of the {limits['zones_per_region']} of a region" if loss == "zone" else ""
    return (
        f"When any one {loss}{zones} is lost, the firm replicas that are left and hosted APIs still serve "
        f"{f.share(limits['surviving_share'])} of the planned demand of {f.listed(names)}."
    )


def alerts(look: Lookup) -> Iterator[str]:
    """What must be said first where demand is left unserved or a cap is broken."""
    priced = sum(row.usd for row in look.plan.costs if row.term in SHADOW)
    left = total_by(look.plan.unserved, lambda row: row.workload, lambda row: row.requests)
    asked = total_by(_requests(look).items(), lambda item: item[0][0], lambda item: item[1])
    parts = [f"{f.share(requests / asked[name])} of {name}" for name, requests in left.items() if requests >= 1]
    if parts:
        yield f"Left unserved: {f.listed(parts)}."
    if broken := list(dict.fromkeys(row.limit for row in look.plan.excess)):
        yield f"Exceeded for their price: {f.listed(broken)}."
    if priced >= 1:
        yield f"{f.money(priced)} of the bill is the price of that, not money that is paid."


def _requests(look: Lookup) -> dict[tuple[str, int], float]:
    """(workload, period) → requests expected."""
    return total_by(
        look.plan.demand,
        lambda row: (row.workload, row.period),
        lambda row: row.mean_requests_per_s * look.hours(row.period, row.block) * SECONDS_PER_HOUR,
    )
