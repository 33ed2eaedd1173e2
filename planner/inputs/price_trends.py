"""What becomes of prices within the horizon."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from planner.inputs.base import NoBool

Trend = Literal[
    "on_demand",
    "spot",
    "reserved_1y",
    "reserved_3y",
    "owned",
    "api",
    "electricity",
    "colocation",
    "maintenance",
    "staff",
]
PriceTrends = dict[Trend, Annotated[float, Field(gt=-1, le=10), NoBool]]
