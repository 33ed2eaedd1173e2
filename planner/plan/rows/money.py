"""The bill, the cash flow, and the bill shared out."""

from typing import Literal

from planner.plan.rows.row import Row

AT_THE_END = ("owned_value_left", "owned_loan_left", "owned_tax_left", "existing_value_left")
"""Terms that count when the horizon ends, not when their period starts."""


class CostRow(Row):
    """One named cost; all rows together are the bill."""

    term: Literal[
        "on_demand",
        "spot",
        "on_demand_start_up",
        "spot_start_up",
        "on_demand_minimum_hours",
        "spot_minimum_hours",
        "switching",
        "egress",
        "storage",
        "reserved_1y",
        "reserved_3y",
        "capacity_block",
        "owned_purchase",
        "owned_value_left",
        "owned_running",
        "owned_resale",
        "owned_retired",
        "owned_lease",
        "owned_loan",
        "owned_loan_left",
        "owned_tax",
        "owned_tax_left",
        "owned_power",
        "owned_staff",
        "existing_running",
        "existing_value_at_start",
        "existing_resale",
        "existing_value_left",
        "api",
        "unserved",
        "excess",
    ]
    subject: str
    """Pool or API; of unserved demand the workload, of excess the cap: prices that are no cash."""
    period: int
    usd: float
    npv_usd: float


class CashRow(Row):
    """Money that leaves the account in a period, for budgets: upfronts and purchases when paid."""

    kind: Literal["opex", "capex", "financing"]
    """Financing is what loans bring (less than 0) and take; a purchase is capex whoever lends the money."""
    subject: str
    term: str
    period: int
    usd: float


class WorkloadCostRow(Row):
    """The bill shared out: each node's cost by the GPU-hours each workload's replicas hold; idle apart.

    What a commitment or purchase costs the horizon is spread evenly over the hours it serves in it, so
    periods differ from the bill's, but all rows together equal it. A commitment that serves only after
    the horizon is idle in the period it is signed.
    """

    workload: str
    """A workload, or "(idle committed capacity)"."""
    period: int
    usd: float
    million_tokens: float
    """Input plus output tokens expected [million]."""
    model: str = ""
    """What served it; empty for idle capacity and for what is no capacity: unserved demand, caps exceeded."""
    team: str = ""
    cost_centre: str = ""
    idle_usd: float = 0.0
    """Of idle capacity, what it is charged beside `usd`; idle capacity's own row gives as much away."""

    @property
    def charged_usd(self) -> float:
        """What its team is charged."""
        return self.usd + self.idle_usd
