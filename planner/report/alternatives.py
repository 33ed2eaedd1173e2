"""Other fleets almost as good, as a table: what each is without, what it rents, what it costs more."""

from __future__ import annotations

from planner.plan.plan import AlternativeRow
from planner.report import format as f
from planner.report.lookup import FORMS, Lookup
from planner.report.shapes import Table, number, numbers, text, words


def alternatives(look: Lookup) -> Table | None:
    """None where none was asked for."""
    asked = look.plan.problem.get("alternatives")
    if not asked:
        return None
    lines = tuple(
        (
            text(f"without {f.listed(row.without)}"),
            text(_fleet(row)),
            number(f.money(row.npv_usd), row.npv_usd),
            number(f.change(row.more), row.more),
            number(f.gap(row.gap), row.gap),
        )
        for row in look.plan.alternatives
    )
    within = f.exact_share(asked["within"])
    columns = (*words("Fleet", "Most nodes at once"), *numbers("Present value", "Objective", "Proven within"))
    none = "" if lines else ": there is none"
    return Table(f"Fleets of other GPU types within {within} of this plan{none}", columns, lines)


def _fleet(row: AlternativeRow) -> str:
    parts = [f"{one.nodes:,} × {one.gpus_per_node} {one.gpu}, {FORMS[one.form].lower()}" for one in row.nodes]
    hosted = ["hosted API"] if "hosted API" in row.uses else []
    return "; ".join([*parts, *hosted])
