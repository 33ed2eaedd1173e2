"""How the bill is charged on to teams."""

from typing import Literal

from planner.inputs.base import Strict


class Chargeback(Strict):
    """Who bears what nobody used; teams are named at the workloads."""

    idle: Literal["apart", "pro_rata"] = "apart"
    """Committed capacity that stands idle: shown apart, or borne by all in proportion to what else they are charged in
    the period."""
