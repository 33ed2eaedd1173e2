"""Capacity that is sold for a fixed window and paid up front."""

from typing import Annotated

from pydantic import Field

from planner.inputs.base import Mistake, Mistakes, Name, NoBool, Positive, Strict, rule

MOST_PERIODS = 60
PeriodNumber = Annotated[int, Field(ge=1, le=MOST_PERIODS), NoBool]


class CapacityBlock(Strict):
    """Nodes that may be had for a fixed window only: bought when it starts, paid in full then, used or not."""

    provider: Name
    """Provider (`planner catalog capacity_blocks`, `planner catalog offers`)."""
    region: Name | None = None
    """Provider region; absent means any of its regions."""
    gpu: Name | None = None
    """GPU id; either this or `instance`."""
    instance: Name | None = None
    """Instance type; either this or `gpu`."""
    first_period: PeriodNumber
    """Period in which the window starts; 1 is the first."""
    periods: PeriodNumber = 1
    """Length of the window [periods]."""
    usd_per_gpu_hour: Positive | None = None
    """Price of each GPU for every hour of the window [USD/h]; absent means the catalogue's."""
    max_nodes: Annotated[int, Field(ge=0, le=1_000_000), NoBool] | None = None
    """Most nodes of this entry, over all its regions and instance types; absent means no limit."""

    @rule
    def names_one_kind_of_node(self) -> Mistakes:
        if (self.gpu is None) == (self.instance is None):
            yield Mistake((), "needs either gpu or instance, to say which nodes; give exactly one")

    @property
    def last_period(self) -> int:
        """Period in which the window ends; 1 is the first."""
        return self.first_period + self.periods - 1

    def limit_name(self, number: int) -> str:
        """Its max_nodes in the user's words: "capacity block 1 aws us-east-1 H100-SXM"; `number` counts from 1."""
        return " ".join(
            filter(None, [f"capacity block {number}", self.provider, self.region, self.instance or self.gpu])
        )
