"""Where capacity comes from: pools, ways to pay, purchases, nodes at work."""

from datetime import date
from typing import Literal

from pydantic import Field

from planner.plan.rows.row import Row


class Provenance(Row):
    """Where a figure comes from (see catalog.specs.Provenance)."""

    source: str
    as_of: date | None
    basis: str
    note: str


class OptionRow(Row):
    """One way to pay for a node of a pool, as priced for this plan."""

    pool: str
    form: str
    usd_per_hour: float
    term_months: int
    lead_months: float
    upfront_share: float
    capex_usd: float
    fixed_usd_per_month: float
    life_months: float
    residual_share: float
    age_months: float
    usable_share: float
    interruptions_per_hour: float
    cost_lines: dict[str, float]
    provenance: Provenance | None
    max_nodes: int | None = None
    """Most nodes that may be bought (owned, capacity_block) or that exist (existing); None where unlimited."""
    depreciation_per_year: float = 0.0
    """Share of its value that an owned node loses in a year; 0 where the value falls in a straight line."""
    active_usd_per_gpu_hour: float = 0.0
    """Electricity of a GPU at work beyond what its owned node draws idle."""
    usd_per_kwh: float = 0.0
    """Of an owned node: price of the electricity in its running cost when the horizon starts."""
    trend_per_year: float = 0.0
    """By how much of itself its price rises a year from the start of the horizon on."""
    line_trends: dict[str, float] = Field(default_factory=dict)
    """Likewise what running an owned node costs, by named line."""
    value_curve: list[tuple[float, float]] = Field(default_factory=list)
    """What an owned node is worth by age: (years, share of its price); empty where it depreciates."""
    room_usd: float = 0.0
    """Of the user's own room for an owned node, paid with it."""
    room_life_months: float = 0.0
    service_months: float | None = None
    """How long an owned node serves, from its arrival, or from today of an existing one; None: to the end."""
    tax_shares: list[float] = Field(default_factory=list)
    """Of an owned node's price, what each year of service deducts for tax; empty where no tax is reckoned."""
    block: int | None = None
    """Of a capacity block, its entry in supply.capacity_blocks, from 0."""


class ElectricityRow(Row):
    """What a kilowatt-hour of a pool's place carries, and how many the building takes for one of its machines'."""

    grid: str
    g_co2_per_kwh: float
    pue: float
    provenance: Provenance
    pue_provenance: Provenance


class PoolRow(Row):
    """A pool the plan uses."""

    id: str
    provider: str
    region: str
    instance_type: str
    gpu: str
    gpus_per_node: int
    kw_per_node: float
    geography: str = ""
    electricity: ElectricityRow | None = None
    """None where the catalogue knows no grid."""


class PurchaseRow(Row):
    """A commitment or purchase made in one period."""

    pool: str
    form: Literal["reserved_1y", "reserved_3y", "capacity_block", "owned"]
    period: int
    """Period in which it is signed or ordered."""
    first_period: int
    """First period in which it serves; past the last period it serves only after the horizon."""
    last_period: int
    """Last period of the horizon in which it serves."""
    nodes: int
    usd: float
    """Undiscounted, charged to the horizon (owned: purchase less value at the end, plus running)."""
    npv_usd: float
    usd_after_horizon: float
    """Price of the term beyond the horizon's end (commitments, leases), or book value left (owned, negative)."""
    prepaid_usd: float = 0.0
    """Of `usd_after_horizon`, what was paid up front within the horizon; the rest falls due after it."""


class KeptRow(Row):
    """Existing systems kept running in a period."""

    pool: str
    period: int
    nodes: int


class SaleRow(Row):
    """Owned systems sold when a period starts."""

    pool: str
    form: Literal["owned", "existing"]
    ordered: int | None
    """Period in which they were ordered; None for existing ones."""
    period: int
    nodes: int
    usd: float
    """Price of all of them: their book value then."""


class HeldRow(Row):
    """Nodes billed in an hour of the typical week although its block does not rent them: a start's least hours."""

    pool: str
    form: Literal["on_demand", "spot"]
    period: int
    hour: int
    """Hour of the week, Monday 00:00 is 0."""
    nodes: int


class CapacityRow(Row):
    """Nodes of a pool at work in a block."""

    pool: str
    period: int
    block: int
    committed_nodes: int
    """Reserved, owned and existing nodes, paid whether used or not."""
    on_demand_nodes: int
    spot_nodes: int


class CarbonRow(Row):
    """Carbon of the electricity of all nodes at work, their buildings' overhead included [kg CO2e]."""

    period: int
    kg: float


class EnergyRow(Row):
    """Electricity of all nodes at work, rented or owned [kWh]."""

    period: int
    kwh: float


class EnergyUseRow(Row):
    """Electricity of a pool's nodes of one purchase form by who uses it; all rows of a period are its EnergyRow.

    A rented node is shared by the GPUs that replicas hold on it; of what is committed, the GPUs that nobody holds are
    idle. Power is the node's maximum, without the building's overhead.
    """

    pool: str
    form: Literal["on_demand", "spot", "reserved_1y", "reserved_3y", "capacity_block", "owned", "existing"]
    workload: str
    """A workload, or "(idle committed capacity)"."""
    period: int
    kwh: float
    million_tokens: float
    """Input plus output tokens expected there [million]."""
