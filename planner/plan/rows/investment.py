"""Buying against renting: every strategy on the same demand, what buying earns, and where the answer turns."""

from typing import Literal

from pydantic import Field

from planner.plan.rows.alternative import AlternativeNodesRow
from planner.plan.rows.row import Row

StrategyId = Literal[
    "optimal", "renting", "buying", "on_demand", "spot", "reserved_1y", "reserved_3y", "owned", "api", "mean", "current"
]


class StrategyRow(Row):
    """One way to pay for the demand, as a whole plan that passed its checks; or why there is none."""

    id: StrategyId
    name: str
    says: str
    refusal: str = ""
    """Why it has no plan; all figures are then empty."""
    notes: list[str] = Field(default_factory=list)
    usd: float | None = None
    """Undiscounted cost of the horizon."""
    npv_usd: float | None = None
    """Discounted cost of the horizon."""
    bound_usd: float | None = None
    """What is proven that no plan of this strategy can be below, discounted."""
    cash_usd: list[float] = Field(default_factory=list)
    """Money paid by period, purchases and prepaid terms when they are paid; what sales bring is negative."""
    flows_usd: list[float] = Field(default_factory=list)
    """What the horizon is charged, when it is paid: by period, and last what is left at its end (negative cost).
    Prepaid terms without their part beyond the horizon, so that these flows discounted are `npv_usd`."""
    peak_funding_usd: float | None = None
    """The most that has been paid by any period's end beyond what best renting has been paid by then; 0 for itself."""
    most_in_a_period_usd: float | None = None
    million_tokens: float | None = None
    """Input plus output tokens that are expected [million]."""
    usd_per_million_tokens: float | None = None
    """Undiscounted, at the traffic's real load."""
    utilisation: float | None = None
    """Mean load of the GPUs at work: expected work as a share of what their replicas could do, hour by hour."""
    nodes: list[AlternativeNodesRow] = Field(default_factory=list)
    """Of commitments and purchases what is signed in all, of rents the most at once."""


class BuyingRow(Row):
    """What one strategy that buys earns over one that rents: its outlays come first, its savings later."""

    id: StrategyId
    over: StrategyId
    flows_usd: list[float]
    """By period what it saves (negative: what it costs more), and last what it is left with at the end."""
    saves_usd: float
    """All of them at today's value: what buying is worth at the discount rate asked for."""
    irr_per_year: float | None
    """The rate at which they are worth nothing, of several the nearest to 0; None where there is none."""
    other_rates: list[float] = Field(default_factory=list)
    """Other rates at which they are worth nothing, where outlays come more than once."""
    payback_months: float | None
    """Months from which on the savings have paid the outlays back for good, what is left at the end not counted; None:
    not within the horizon."""
    discounted_payback_months: float | None
    """The same for money at today's value."""
    pays_back_in: str = ""
    """The period in which that is."""


class RuleRow(Row):
    """One step from the rule of thumb (price over monthly cloud bill) to the plan's own payback."""

    step: str
    says: str
    purchase_usd: float
    saves_usd_per_month: float
    payback_months: float | None
    """None where nothing is saved."""


class ProbeRow(Row):
    """The question solved at one value: the best plan that buys, and the best that does not."""

    value: float
    buying_usd: float | None
    """Discounted; None where no plan buys."""
    renting_usd: float | None
    buying_bound_usd: float | None = None
    renting_bound_usd: float | None = None

    @property
    def gains_usd(self) -> float | None:
        """What buying saves, negative where renting is cheaper."""
        if self.buying_usd is None or self.renting_usd is None:
            return None
        return self.renting_usd - self.buying_usd

    @property
    def buying_wins(self) -> bool | None:
        """Which side is cheaper; a side without a plan loses, None where neither has one."""
        if self.gains_usd is not None:
            return self.gains_usd > 0
        if self.buying_usd is None and self.renting_usd is None:
            return None
        return self.renting_usd is None


class BreakEvenRow(Row):
    """Where the answer turns as one figure moves, found by solving the question again."""

    id: str
    subject: str
    unit: str
    at: float
    """What it is in the problem."""
    turns_at: float | None
    """Where buying and renting cost the same; None where the answer is the same from `low` to `high`."""
    buys: Literal["below", "above", "always", "never", "unknown"]
    """On which side of it buying wins."""
    low: float
    high: float
    """The range looked at."""
    below: ProbeRow | None = None
    """Solved again 2 % below."""
    above: ProbeRow | None = None
    curve: list[ProbeRow] = Field(default_factory=list)
    """Every value that was solved, in order."""
    says: str = ""
    """What moves and what stays, where that needs saying; or why nothing was found."""


class SwingOfBuyingRow(Row):
    """How far what buying saves moves with one figure."""

    subject: str
    unit: str
    low: float
    high: float
    low_gains_usd: float | None
    high_gains_usd: float | None


class CellRow(Row):
    """The winner at one utilisation over one horizon."""

    utilisation: float
    months: int
    winner: Literal["own", "mix", "later", "rent", "none"]
    """Everything bought now; some bought now, the rest rented or sent to an API; rented first and bought later; nothing
    bought; no plan."""
    gains_usd: float | None
    """What buying saves over best renting, discounted; None where one of them has no plan."""
    refusal: str = ""


class InvestmentRow(Row):
    """Buying against renting."""

    strategies: list[StrategyRow]
    buying: list[BuyingRow] = Field(default_factory=list)
    rule: list[RuleRow] = Field(default_factory=list)
    break_evens: list[BreakEvenRow] = Field(default_factory=list)
    swings: list[SwingOfBuyingRow] = Field(default_factory=list)
    cells: list[CellRow] = Field(default_factory=list)
    believe: str = ""
    """What one must believe for buying to win, in one sentence."""
    notes: list[str] = Field(default_factory=list)
    solves: int = 0
    not_reached: list[str] = Field(default_factory=list)
    """What the time did not suffice for."""
