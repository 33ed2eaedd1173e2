"""What a scenario costs beyond the value at risk is in the tail (Rockafellar and Uryasev, 2000)."""

from __future__ import annotations

from planner.milp.model import constraint
from planner.milp.two_stage import Stack, Together


@constraint(
    says="Where the conditional value at risk is minimised, what a scenario costs beyond the tail's start is in it.",
    math=r"\xi_\omega \ge C_\omega - \eta",
    forall="scenario ω that may happen",
    unit="USD",
)
def define_bear_tail(m: Stack, p: Together) -> None:
    if p.aim.measure != "cvar":
        return
    start = m.define("tail_start", ("all",), integer=False)
    for name in p.possible:
        beyond = m.define("beyond", (name,), integer=False)
        spent = [(variable, -usd) for variable, usd in m.costs[name]]
        m.at_least("bear_tail", (name,), [(beyond, 1.0), (start, 1.0), *spent], 0.0)
