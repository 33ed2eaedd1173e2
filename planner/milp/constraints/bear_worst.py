"""No scenario costs, or regrets, more than the worst one."""

from __future__ import annotations

from planner.milp.model import constraint
from planner.milp.two_stage import Stack, Together


@constraint(
    says="Where the worst is minimised, no scenario costs more than it; or, for regret, more above its own least cost.",
    math=r"\theta \ge C_\omega - C^*_\omega",
    forall=r"scenario ω that may happen; $C^*_\omega$ is 0 where the worst cost is minimised, not the worst regret",
    unit="USD",
)
def define_bear_worst(m: Stack, p: Together) -> None:
    if p.aim.measure not in ("worst_cost", "worst_regret"):
        return
    worst = m.define("worst", ("all",), integer=False)
    for name in p.possible:
        least = p.best[name] if p.aim.measure == "worst_regret" else 0.0
        spent = [(variable, -usd) for variable, usd in m.costs[name]]
        m.at_least("bear_worst", (name,), [(worst, 1.0), *spent], -least)
