"""Why something is not in the plan, in the user's words and with its price."""

from typing import Literal

from pydantic import Field

from planner.plan.rows.row import Row


class WhyNotRow(Row):
    """One GPU type, purchase form, provider, number format or model.

    `enters_low` and `enters_high` are prices of `offer` in `unit`: with all its prices at that share of today's the
    thing is in the best fleet below `enters_low` and is not above `enters_high`; the two are equal where every solve
    was proven, and None where nothing was solved.
    """

    kind: Literal["gpu", "form", "provider", "precision", "cache", "model"]
    name: str
    verdict: Literal["chosen", "rejected", "dominated", "too_dear", "as_good", "useless", "open"]
    """In the plan; cannot be had; something else always serves as much for less; only at a lower price; as good as
    the plan within what is proven of it; not even for free; not looked into in time."""
    reason: str
    """One or two sentences with figures."""
    details: list[str] = Field(default_factory=list)
    """Each rejection with its arithmetic; where it runs and how much of it."""
    offer: str = ""
    """The offer whose price is told: "aws/us-east-1/p5.48xlarge, on demand"."""
    unit: str = ""
    """"USD per GPU-hour", "USD per million tokens", "USD per node"."""
    today: float | None = None
    enters_low: float | None = None
    enters_high: float | None = None
    enters_share: float | None = None
    """`enters_low` as a share of today's price."""
    saves_most_usd: float | None = None
    """Where `enters_low` is not exact: what the best fleet with it saves at most at that price or any above, and None
    where nothing was proven of that; where nothing enters for certain, at `tried_share` of today's price or above."""
    tried_share: float | None = None
    """The least share of today's prices that was tried."""
    floor_usd: float | None = None
    """What no fleet costs less than at these prices: the best without it less `saves_most_usd`."""
    by: str = ""
    """Of what is dominated: the offer that always serves as much for less."""
    forced_usd: float | None = None
    """What the cheapest fleet that has some of it in every hour costs more, at the start of the horizon; None where
    there is none or nothing was solved."""
    without_usd: float | None = None
    """Of what is chosen: what the best fleet found without it costs more; None where nothing was solved."""
    without_least_usd: float | None = None
    """What every fleet without it costs more at the least; below `without_usd` where that one is not proven best."""
