"""Commitments and purchases that are decided already."""

from typing import Annotated, Literal

from pydantic import Field

from planner.inputs.base import Name, NoBool, Strict
from planner.inputs.capacity_blocks import PeriodNumber


class Signed(Strict):
    """Nodes signed for or ordered in one period."""

    pool: Name
    """Where: an offer (provider/region/instance type, as reports name it), or own/system."""
    form: Literal["reserved_1y", "reserved_3y", "capacity_block", "owned"]
    """Purchase form."""
    period: PeriodNumber = 1
    """Period in which they are signed or ordered; 1 is the first."""
    nodes: Annotated[int, Field(ge=1, le=1_000_000), NoBool]
    """How many."""
