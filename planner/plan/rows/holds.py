"""Whether a stored plan still holds: one line a finding."""

from typing import Literal

from planner.plan.rows.row import Row

Topic = Literal["plan", "question", "offers", "prices", "demand", "slo", "capacity", "resilience", "limits"]


class HoldsRow(Row):
    """One thing that still holds, or no longer does."""

    topic: Topic
    subject: str
    """What it is about: a workload, a limit in the user's words, a pool and form; "" for the whole plan."""
    ok: bool
    text: str


class StillRow(Row):
    """A plan's fleet as it would fare with today's facts or a changed problem."""

    as_of: str
    """The day its prices are of."""
    findings: list[HoldsRow]
    planned_usd: float
    planned_npv_usd: float
    now_usd: float | None = None
    """The same nodes at today's prices; None where the plan cannot be read as one."""
    now_npv_usd: float | None = None

    @property
    def holds(self) -> bool:
        """Whether everything does."""
        return all(one.ok for one in self.findings)
