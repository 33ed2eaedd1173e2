"""Another fleet almost as good: what it is without, what it has, and what it costs more."""

from planner.plan.rows.row import Row

HOSTED = "hosted API"


class AlternativeNodesRow(Row):
    """The most nodes of a pool at work in one form."""

    pool: str
    gpu: str
    gpus_per_node: int
    form: str
    nodes: int


class AlternativeRow(Row):
    """The best fleet without some GPU types; it passed the same checks as the plan."""

    without: list[str]
    """GPU types it does without, or "hosted API"."""
    uses: list[str]
    """GPU types it has, and "hosted API" where one serves."""
    nodes: list[AlternativeNodesRow]
    objective: float
    """In the unit of the plan's own objective."""
    more: float
    """Its objective above the plan's, as a share."""
    gap: float
    usd: float
    npv_usd: float
