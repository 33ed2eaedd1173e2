"""What is different between two plans, and which inputs caused how much of the change in cost."""

from typing import Literal

from planner.plan.rows.row import Row

Section = Literal[
    "fleet", "purchases", "configurations", "cost", "workload cost", "latency", "limits", "demand", "prices",
    "question", "assumptions", "made",
]  # fmt: skip


class ChangeRow(Row):
    """One thing that differs; what only one plan has is None in the other."""

    section: Section
    subject: str
    unit: str
    """ "USD", "nodes", "ms" …; "" for words."""
    old: float | str | None
    new: float | str | None


class CauseRow(Row):
    """A group of inputs, or several that only together make a question with a plan."""

    groups: list[str]
    keys: list[str]
    """What of it differs: dotted keys of the problem, and kinds of facts."""
    in_order_usd: float
    """What changing it adds to the present value after the groups before it, found by solving again."""
    low_usd: float
    high_usd: float
    """Where the true figure lies, as far as both solves are proven; infinite ends are absent bounds."""
    order_free_usd: float | None = None
    """Its share over every order (Shapley); None where that was not worked out."""


class DifferenceRow(Row):
    """Old against new; money is present value [USD]."""

    old: str
    new: str
    old_npv_usd: float
    new_npv_usd: float
    changes: list[ChangeRow]
    causes: list[CauseRow]
    """Their `in_order_usd` and `residual_usd` add up to the whole change; so do their `order_free_usd`."""
    residual_usd: float
    residual: list[str]
    """What the residual may come from."""
    prices_usd: float | None = None
    """Of the residual: what the prices of the old plan's own nodes changed by, read off both plans' price rows; None
    where the facts of both days are there to solve with."""
    notes: list[str]
    solves: int

    @property
    def change_usd(self) -> float:
        """New less old."""
        return self.new_npv_usd - self.old_npv_usd
