"""Other fleets to show beside the best one."""

from typing import Annotated

from pydantic import Field

from planner.inputs.base import NoBool, Strict


class Alternatives(Strict):
    """Fleets of other GPU types that are almost as good, each a whole optimisation."""

    count: Annotated[int, Field(ge=1, le=20), NoBool] = 3
    """How many at most."""
    within: Annotated[float, Field(ge=0, le=10), NoBool] = 0.1
    """How much worse than the plan, as a share of its objective."""
