"""Nodes and replicas that are started: the columns that count them, and when in the week they may be."""

from __future__ import annotations

from planner.milp.instance import Deployment, Instance, Rental
from planner.milp.model import Model, Term
from planner.milp.variables import most_working
from planner.milp.week import every_turn, near_turns, turns

PERIOD_STARTS = 168
"""In place of the hour: the change from the last hour of one period to the first of the next."""


def has_starts(rental: Rental) -> bool:
    """Whether it matters when a node of this rental is started."""
    return rental.usd_per_start > 0 or rental.minimum_hours > 1


def start_times(p: Instance, rental: Rental) -> dict[int, int]:
    """Hours of the week at which nodes may start, and how many hours of the week each stands for.

    Hours that follow one block upon another alike start alike, unless the least hours billed make them differ.
    """
    return turns(p.time) if rental.minimum_hours <= 1 else dict.fromkeys(every_turn(p.time), 1)


def define_started(m: Model, p: Instance) -> None:
    """started[p, o, t, h]: rented nodes started for hour h of the week."""
    for pool in p.pools.values():
        for form, rental in pool.rentals.items():
            if has_starts(rental):
                for t in p.time.periods:
                    for hour in start_times(p, rental):
                        m.define("started", (pool.id, form, t, hour), integer=False)


def define_held(m: Model, p: Instance) -> None:
    """held[p, o, t, h]: nodes billed in hour h of the week, although its block does not rent them."""
    for pool in p.pools.values():
        for form, rental in pool.rentals.items():
            if rental.minimum_hours > 1:
                for t in p.time.periods:
                    for hour in near_turns(p.time, rental.minimum_hours):
                        m.define("held", (pool.id, form, t, hour))


def define_running(m: Model, p: Instance) -> None:
    """running[w, c, p, k, t, b]: replicas that are on, loaded or not, where starting one costs something."""
    if p.switch_usd_per_replica:
        for one in p.deployments:
            most = most_running(p, one)
            for t, b in p.time.slots if most else ():
                m.define("running", (*one.key, t, b), upper=most)


def define_switched(m: Model, p: Instance) -> None:
    """switched[w, c, p, k, t, h]: replicas started for hour h of the week, or when a period begins."""
    if p.switch_usd_per_replica:
        for one in p.deployments:
            for t in p.time.periods if most_running(p, one) else ():
                for hour in (*turns(p.time), *((PERIOD_STARTS,) if t else ())):
                    m.define("switched", (*one.key, t, hour), integer=False)


def most_running(p: Instance, one: Deployment) -> int:
    """Replicas and spares that the workload's highest load needs: more are never of use."""
    most = max((most_working(p, one, t, b) for t, b in p.time.slots), default=0)
    return most + one.spares if most else 0


def up(m: Model, p: Instance, place: tuple[str, str, int], hour: int) -> list[Term]:
    """Nodes billed in an hour of the week: those its block rents and those held."""
    pool, form, t = place
    terms: list[Term] = [(m.family(form)[pool, t, p.time.block_of_hour[hour]], 1.0)]
    held = m.family("held").get((pool, form, t, hour))
    return terms if held is None else [*terms, (held, 1.0)]
