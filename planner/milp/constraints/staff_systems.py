"""Whole persons look after owned systems."""

from __future__ import annotations

from planner.milp.instance import Instance
from planner.milp.model import Model, constraint
from planner.milp.owning import owned_nodes


@constraint(
    says="Owned systems in place, existing ones too, are no more than the persons paid can look after.",
    math=r"\sum_p \Bigl(E_{pt} + \sum_{t'} A_{p\,own\,t't}\, U_{p\,own\,t'}\Bigr) \le S\, m_t",
    forall="period t, where systems_per_person is given",
    unit="systems",
)
def define_staff_systems(m: Model, p: Instance) -> None:
    if p.staff is None:
        return
    for (t,), persons in m.family("persons").items():
        systems = list(owned_nodes(m, p, int(t)))
        m.at_most("staff_systems", (t,), [*systems, (persons, -p.staff.systems_per_person)], 0.0)
