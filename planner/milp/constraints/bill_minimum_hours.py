"""A rented node is billed for at least so many hours each time it is started."""

from __future__ import annotations

from planner.milp.instance import Instance
from planner.milp.model import Model, constraint
from planner.milp.starts import up


@constraint(
    says="Nodes started in the last hours that a start is billed for are all still billed; the week is a circle.",
    math=r"\sum_{i=h-m+1}^{h} s_{poti} \le R_{potb(h)} + e_{poth}",
    forall="pool p, rented form o billed for at least m hours, period t, hour h of the week",
    unit="nodes",
)
def define_bill_minimum_hours(m: Model, p: Instance) -> None:
    for pool in p.pools.values():
        for form, rental in pool.rentals.items():
            if rental.minimum_hours > 1:
                for t in p.time.periods:
                    _define_week(m, p, (pool.id, form, t), rental.minimum_hours)


def _define_week(m: Model, p: Instance, place: tuple[str, str, int], least: int) -> None:
    started = m.family("started")
    for hour in range(168):
        window = ((hour - ago) % 168 for ago in range(least))
        recent = [(started[*place, one], 1.0) for one in window if (*place, one) in started]
        if recent:
            there = [(node, -n) for node, n in up(m, p, place, hour)]
            m.at_most("bill_minimum_hours", (*place, hour), [*recent, *there], 0.0)
