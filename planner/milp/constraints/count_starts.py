"""Rented nodes that come up from one hour of the week to the next are started."""

from __future__ import annotations

from planner.milp.instance import Instance, Rental
from planner.milp.model import Model, constraint
from planner.milp.starts import has_starts, start_times, up
from planner.milp.week import near_turns


@constraint(
    says="Where an hour of the week has more nodes than the hour before, the difference is started; nodes that are "
    "only billed for their least hours are there too, and none of them is started in the middle of a block.",
    math=r"R_{potb(h)} + e_{poth} - R_{potb(h-1)} - e_{pot,h-1} \le s_{poth}",
    forall="pool p, rented form o, period t, hour h of the week that begins a block (each pair of blocks once where "
    "nothing is billed beyond the hours rented)",
    unit="nodes",
)
def define_count_starts(m: Model, p: Instance) -> None:
    for pool in p.pools.values():
        for form, rental in pool.rentals.items():
            if has_starts(rental):
                for t in p.time.periods:
                    _count(m, p, (pool.id, form, t), rental)


def _count(m: Model, p: Instance, place: tuple[str, str, int], rental: Rental) -> None:
    for hour in start_times(p, rental):
        started = m.family("started")[*place, hour]
        change = [*up(m, p, place, hour), *((node, -n) for node, n in up(m, p, place, (hour - 1) % 168))]
        m.at_most("count_starts", (*place, hour), [*change, (started, -1.0)], 0.0)
    for hour in near_turns(p.time, rental.minimum_hours) if rental.minimum_hours > 1 else ():
        held = m.family("held")[*place, hour]
        if (*place, hour) not in m.family("started"):
            before = m.family("held").get((*place, (hour - 1) % 168))
            change = [(held, 1.0)] if before is None else [(held, 1.0), (before, -1.0)]
            m.at_most("count_starts", (*place, hour), change, 0.0)
