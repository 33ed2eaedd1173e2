"""What is left out, broken or held ready: unserved demand, caps exceeded for a price, routes after a loss."""

from planner.plan.rows.row import Row


class UnservedRow(Row):
    """Planned demand of a class left unserved for its price, in a block; of deferrable work in a typical week."""

    demand_class: str
    workload: str
    period: int
    block: int | None
    """None for deferrable work: the same share of every hour's arrivals."""
    requests_per_s: float
    """Planned; of deferrable work the mean over the week."""
    requests: float
    """Expected over the period."""


class ExcessRow(Row):
    """By how much a cap that has a price is broken."""

    limit: str
    unit: str
    period: int
    block: int | None
    """None where the cap is one of the whole period."""
    excess: float
    usd: float
    """Its price, undiscounted."""


class StandbyRow(Row):
    """Where requests of a class go when a place is lost, for workloads whose sizes share replicas."""

    lost: str
    """The provider, or the provider's region."""
    demand_class: str
    config: str
    pool: str
    kind: str
    period: int
    block: int
    requests_per_s: float
    max_requests_per_s: float
    """Of one replica."""
