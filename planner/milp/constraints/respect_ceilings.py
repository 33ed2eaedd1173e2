"""A second goal stays within a ceiling while the first is minimised."""

from __future__ import annotations

from planner.milp.instance import Instance
from planner.milp.model import Model, constraint
from planner.milp.objective import objective_terms


@constraint(
    says="Another goal than the first (GPU-hours, energy, carbon) stays within a ceiling over the whole horizon: the "
    "points of a Pareto front are found so.",
    math=r"\sum_i \gamma_{ji}\, v_i \le \Gamma_j",
    forall="goal j with a ceiling",
    unit="the goal's own unit",
)
def define_respect_ceilings(m: Model, p: Instance) -> None:
    for goal, limit in p.ceilings:
        terms = [term for one in objective_terms(m, p, goal).values() for term in one]
        if terms:
            m.at_most("respect_ceilings", (limit,), terms, p.limits[limit].value, limit)
