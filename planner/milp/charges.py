"""What running the fleet costs beside rents, commitments and API bills, as named charges of a period, undiscounted.

Objective and budgets read the same charges. Columns that only count what others decide (nodes started,
replicas switched on) are continuous and cost something, so that an optimum leaves no slack in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from planner.milp.expressions import replicas_on
from planner.milp.instance import Instance
from planner.milp.model import Model, Variable
from planner.milp.starts import PERIOD_STARTS, start_times
from planner.milp.week import turns, weeks
from planner.units import SECONDS_PER_HOUR


class Charge(NamedTuple):
    """USD for each unit of a variable, paid in a period."""

    term: str
    period: int
    variable: Variable
    usd: float


def charges(m: Model, p: Instance) -> Iterator[Charge]:
    """All of them."""
    yield from _starts(m, p)
    yield from _minimum_hours(m, p)
    yield from _switching(m, p)
    yield from _replica_hours(m, p)
    yield from _staff(m, p)
    yield from _egress(m, p)


def _starts(m: Model, p: Instance) -> Iterator[Charge]:
    """A node that starts is paid before it serves."""
    for (pool, form, t, hour), started in m.family("started").items():
        rental = p.pools[str(pool)].rentals[str(form)]
        if rental.usd_per_start:
            usd = rental.usd_per_start * rental.factor(int(t)) * start_times(p, rental)[int(hour)]
            yield Charge(f"{form}_start_up", int(t), started, usd * weeks(p.time, int(t)))


def _minimum_hours(m: Model, p: Instance) -> Iterator[Charge]:
    """A node that was started is billed for its least hours, used or not."""
    for (pool, form, t, _), held in m.family("held").items():
        usd = p.pools[str(pool)].rentals[str(form)].usd(int(t))
        yield Charge(f"{form}_minimum_hours", int(t), held, usd * weeks(p.time, int(t)))


def _switching(m: Model, p: Instance) -> Iterator[Charge]:
    """A replica that is started costs its price, in every week, and once where a period begins."""
    times = turns(p.time)
    for key, switched in m.family("switched").items():
        t, hour = int(key[-2]), int(key[-1])
        often = 1.0 if hour == PERIOD_STARTS else times[hour] * weeks(p.time, t)
        yield Charge("switching", t, switched, p.switch_usd_per_replica * often)


def _replica_hours(m: Model, p: Instance) -> Iterator[Charge]:
    """What a replica costs in every hour that it is on, wherever its node comes from."""
    for one in p.deployments:
        for term, usd in one.usd_per_hour.items():
            factors = p.charge_factors.get(term)
            for t, b in p.time.slots:
                each = usd * (factors[t] if factors else 1.0) * p.time.hours[t][b]
                for replica, count in replicas_on(m, one, t, b):
                    yield Charge(term, t, replica, count * each)


def _staff(m: Model, p: Instance) -> Iterator[Charge]:
    """Whole persons."""
    for (t,), persons in m.family("persons").items():
        if p.staff:
            yield Charge("owned_staff", int(t), persons, p.staff.usd[int(t)])


def _egress(m: Model, p: Instance) -> Iterator[Charge]:
    """Answers sent from rented nodes, of the requests that are expected."""
    price = {(stream, *one.key[1:]): usd for one in p.deployments for stream, usd in one.usd_per_request.items()}
    for (stream, config, pool, kind, t, b), served in m.family("served").items() if price else ():
        if usd := price.get((str(stream), str(config), str(pool), str(kind)), 0.0):
            share = p.streams[str(stream)].expected_share[int(t)][int(b)]
            requests = share * p.time.hours[int(t)][int(b)] * SECONDS_PER_HOUR
            yield Charge("egress", int(t), served, usd * requests)
