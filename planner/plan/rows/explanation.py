"""Why this plan: what each limit and demand costs, what would change the fleet, what moves the cost.

All of it is found by solving the plan's question again with one thing changed. Changes of the objective are in its
own unit, discounted USD where cost is minimised, and are negative where the changed question is cheaper. A search
ends within a gap, so what is found is a pair of a plan and a bound: `least` and `most` are what the bounds imply
for the true optima, equal to `change` where all of them are exact.
"""

from typing import Literal

from pydantic import Field

from planner.plan.rows.row import Row


class ExplainedRow(Row):
    """How the explanations were found."""

    objective: float
    """Of the plan's question asked again: what changes are counted from."""
    bound: float
    fleet: list[str]
    """GPU type and purchase form of every node at work or paid for, and hosted APIs: "L40S on_demand"."""
    solves: int
    """Questions asked."""
    seconds: float
    time_limit_s: float
    """Seconds that explaining was to take."""
    notes: list[str]
    """Where the question explained is not quite the one the plan answers."""
    not_reached: list[str]
    """What the time did not suffice for."""
    seconds_a_search: float | None = None
    """Where the plan's own search took long, what each search here was given; None where all were as close."""


class LeverRow(Row):
    """One thing that can be changed, in the user's words."""

    subject: str
    """"chat demand", "quota aws H100-SXM"."""
    kind: Literal["demand", "slo", "price", "lengths", "cap", "load", "rate", "cost"]
    key: str
    """Dotted key of the problem."""
    unit: str
    at: float
    """Its value in the problem."""


class MarginalRow(LeverRow):
    """What a step of one limit or demand changes about the objective."""

    step: float
    """Added to `at`; 0 for a cap that was left alone together with all others that do not bind."""
    change: float | None
    """Of the objective; None where no fleet was found."""
    least: float | None
    most: float | None
    binding: bool | None = None
    """Of a cap: whether the plan comes so close that one more node would break it."""
    head_room: float | None = None
    """Of a cap: what is left of it where it is tightest."""
    refusal: str = ""
    """Why no fleet serves the changed question."""


class FlipRow(LeverRow):
    """The nearest change of one thing, one way, at which another fleet is best."""

    way: Literal["down", "up"]
    same_to: float
    """The furthest value tried at which the fleet is still the plan's; where `is_exact` is false, at which none is
    known to be better."""
    flips_at: float | None
    """The nearest value found at which it is another, within 1 % of `same_to`; None where none was found."""
    tried_to: float
    """The furthest value tried."""
    fleet: list[str]
    """What the fleet is there."""
    change: float | None
    """Of the objective there; None where there is no fleet."""
    refusal: str = ""
    """Why no fleet serves beyond."""
    is_exact: bool = True
    """False where searches were short: at `flips_at` the fleet found, not proven best, is cheaper than any of the
    plan's kinds of node for certain; up to `same_to` none was for certain, and between the two nothing was asked."""
    saves_least: float | None = None
    """Where it is not exact: of the objective, what the fleet found saves at least against any of the plan's kinds of
    node; None where these cannot serve it."""


class SwingRow(LeverRow):
    """How far the objective moves with one input."""

    low: float | None
    """The value tried below; None where it cannot be lower."""
    high: float | None
    low_change: float | None
    """Of the objective; None where nothing was tried or no fleet was found."""
    high_change: float | None
    within: float
    """The true changes lie at most this far from those found."""
    low_refusal: str = ""
    high_refusal: str = ""


class FrontRow(Row):
    """One point of cost against latency: every latency target of the problem multiplied by `factor`."""

    factor: float
    objective: float | None
    """Of the best fleet found; None where there is none."""
    bound: float | None
    fleet: list[str] = Field(default_factory=list)
    refusal: str = ""
    """Why no fleet is that fast."""


class TwiceRow(Row):
    """The plan's question with all demand doubled, planned whole and checked; figures are None without a fleet."""

    usd_by_period: list[float] = Field(default_factory=list)
    """Undiscounted."""
    npv_usd: float | None = None
    objective: float | None = None
    """Of what the plan minimises."""
    gap: float | None = None
    gpus: dict[str, int] = Field(default_factory=dict)
    """GPU type → the most of them at work in any hour."""
    fleet: list[str] = Field(default_factory=list)
    """What the fleet is, told as that of the plan is."""
    signed_nodes: int = 0
    """Nodes reserved or bought."""
    refusal: str = ""
    """Why no fleet serves it."""
