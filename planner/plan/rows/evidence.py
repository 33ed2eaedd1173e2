"""Why this plan and not another: limits, rejections, runners-up, sources, findings."""

from datetime import date

from planner.plan.rows.row import Row


class RejectionRow(Row):
    """Why something was not even considered."""

    workload: str
    subject: str
    gpu: str
    reason: str
    detail: str


class RunnerUpRow(Row):
    """The cheapest way each GPU type, bought each way, could serve a workload alone, at full load, chosen or not."""

    workload: str
    gpu: str
    config: str
    pool: str
    form: str
    usd_per_hour: float
    """Of one replica's share of a node."""
    requests_per_s: float
    usd_per_million_tokens: float
    chosen: bool
    """The plan runs this workload on this GPU type (not necessarily in this very configuration)."""
    share_of_requests: float = 1.0
    """Share of the workload's requests it can serve within the SLO; 1 where it serves every size."""


class LimitRow(Row):
    """A cap of the problem and how close the plan comes to it."""

    limit: str
    """In the user's words: "quota aws H100-SXM", "budget total"."""
    unit: str
    cap: float
    used: float
    period: int | None
    binding: bool
    at_least: bool = False
    """The plan must reach it, not stay below."""
    excess_usd: float | None = None
    """What was paid for breaking it in the period, or in all where it has none; None where it may not be broken."""


class SourceRow(Row):
    """A source behind this plan's numbers."""

    id: str
    title: str
    reference: str
    as_of: date | None
    age_days: int | None
    basis: list[str]
    used_for: list[str]


class Finding(Row):
    """One independent check."""

    check: str
    ok: bool
    detail: str
