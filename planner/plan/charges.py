"""What running the fleet costs beside nodes, commitments and API bills: each charge with who caused it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from planner.plan.case import Case, User
from planner.plan.fleet import Held, Run, Slot
from planner.plan.owning import existing_worth_usd, owned_line_factor, staff_usd
from planner.plan.terms import end_discount, expected_share, rent_usd_per_hour
from planner.units import BYTES_PER_GIB, HOURS_PER_MONTH, HOURS_PER_WEEK, MINUTES_PER_HOUR, SECONDS_PER_HOUR

KIND_OF = {"on_demand": "firm", "spot": "spot"}


class Charge(NamedTuple):
    """An amount of a period, and who caused it by weight; nobody where it is empty.

    Without `users` it goes with the nodes of its pool: whoever holds them bears it.
    """

    term: str
    subject: str
    period: int
    usd: float
    users: Mapping[User, float] | None
    at_the_end: bool = False  # counts when the horizon ends, not when the period starts

    def npv_usd(self, case: Case) -> float:
        """Discounted [USD]."""
        return self.usd * (end_discount(case) if self.at_the_end else case.periods[self.period].discount)


def charges(case: Case) -> list[Charge]:
    """All of them."""
    running = [*_starts(case), *_held(case), *_switching(case), *_power(case), *_staff(case)]
    return [*running, *_storage(case), *_egress(case), *_existing_value(case)]


def _starts(case: Case) -> Iterator[Charge]:
    """Rented nodes are paid while they start, as often as the typical week starts them."""
    rent = case.problem.supply.rent
    if rent is None or not rent.start_up_minutes:
        return
    for (pool, form, period), nodes in nodes_by_hour(case).items():
        usd = rent_usd_per_hour(case, pool, form, period) * rent.start_up_minutes / MINUTES_PER_HOUR
        a_week = sum(max(0, now - before) for now, before in zip(nodes, [nodes[-1], *nodes[:-1]], strict=True))
        if a_week:
            yield Charge(
                f"{form}_start_up", pool, period, usd * a_week * weeks(case, period), _users(case, pool, form, period)
            )


def _held(case: Case) -> Iterator[Charge]:
    """Hours that are billed because a start is billed for so many at least."""
    for one, nodes in case.fleet.held.items():
        usd = rent_usd_per_hour(case, one.pool, one.form, one.period) * nodes * weeks(case, one.period)
        users = _users(case, one.pool, one.form, one.period)
        yield Charge(f"{one.form}_minimum_hours", one.pool, one.period, usd, users)


def _switching(case: Case) -> Iterator[Charge]:
    """Replicas started from hour to hour of the week, and from one period's last hour to the next one's first."""
    usd = case.problem.limits.switch_usd_per_replica
    if not usd:
        return
    places = {run[:4] for run in case.fleet.replicas}
    for place in sorted(places):
        before: list[int] = []
        for period in case.periods:
            on = [case.fleet.replicas.get(Run(*place, period.index, block), 0) for block in block_of_hour(case)]
            started = sum(max(0, now - was) for now, was in zip(on, [on[-1], *on[:-1]], strict=True))
            often = started * weeks(case, period.index) + (max(0, on[0] - before[-1]) if before else 0)
            if often:
                yield Charge("switching", place[2], period.index, usd * often, {case.user(place[0], place[1]): 1.0})
            before = on


def _power(case: Case) -> Iterator[Charge]:
    """Electricity of owned GPUs that hold replicas, beyond what their systems draw idle."""
    for run, count in case.fleet.replicas.items():
        if run.kind == "firm" and (each := case.pool(run.pool).options[0].active_usd_per_gpu_hour):
            gpus = count * case.candidates.configs[run.config].gpus
            usd = each * gpus * case.hours(run.period, run.block) * owned_line_factor(case, "idle power", run.period)
            yield Charge("owned_power", run.pool, run.period, usd, {case.user(run.workload, run.config): 1.0})


def _staff(case: Case) -> Iterator[Charge]:
    """Persons who look after owned systems, for whoever runs on these."""
    for period, usd in staff_usd(case):
        users: dict[User, float] = defaultdict(float)
        for run, count in case.fleet.replicas.items():
            if run.period == period and case.pool(run.pool).provider == "own":
                gpus = case.candidates.configs[run.config].gpus
                users[case.user(run.workload, run.config)] += gpus * count * case.hours(run.period, run.block)
        yield Charge("owned_staff", "own", period, usd, users)


def _storage(case: Case) -> Iterator[Charge]:
    """Weights of every replica on a rented node, as long as it is on."""
    rent = case.problem.supply.rent
    for run, count in case.fleet.replicas.items() if rent and rent.storage_usd_per_gib_month else ():
        if rent and case.pool(run.pool).provider != "own":
            months = case.hours(run.period, run.block) / HOURS_PER_MONTH
            gib = case.candidates.weights_gib[run.config] * count
            usd = rent.storage_usd_per_gib_month * gib * months
            yield Charge("storage", run.pool, run.period, usd, {case.user(run.workload, run.config): 1.0})


def _egress(case: Case) -> Iterator[Charge]:
    """Output tokens of the expected requests that rented nodes answer."""
    rent = case.problem.supply.rent
    if rent is None or not rent.egress_usd_per_gib:
        return
    week_shares = [block.week_share for block in case.blocks]
    for route, rate in case.fleet.flows.items():
        if case.pool(route.pool).provider == "own" or case.candidates.configs[route.config].role == "prefill":
            continue
        one = case.classes[route.demand_class]
        expected = rate * expected_share(one, route.period, route.block, week_shares)
        requests = expected * SECONDS_PER_HOUR * case.hours(route.period, route.block)
        users = {case.user(one.workload, route.config): 1.0}
        gib = requests * one.lengths.mean_output * (rent.egress_bytes_per_token or 0.0) / BYTES_PER_GIB
        yield Charge("egress", route.pool, route.period, rent.egress_usd_per_gib * gib, users)


def _existing_value(case: Case) -> Iterator[Charge]:
    """What existing systems are worth when the horizon starts, less what sales bring and what is left at its end."""
    if not case.problem.supply.own.may_resell:
        return
    sold_or_kept = {one.pool for one in case.fleet.sold if one.form == "existing"}
    for pool in sorted(sold_or_kept | {keep.pool for keep in case.fleet.kept}):
        count = case.option(pool, "existing").max_nodes or 0
        yield Charge("existing_value_at_start", pool, 0, existing_worth_usd(case, pool, 0) * count, None)
    for sell, nodes in case.fleet.sold.items():
        if sell.form == "existing":
            usd = existing_worth_usd(case, sell.pool, sell.period) * nodes
            yield Charge("existing_resale", sell.pool, sell.period, -usd, None)
    for keep, nodes in case.fleet.kept.items():
        if keep.period == len(case.periods) - 1:
            usd = existing_worth_usd(case, keep.pool, keep.period + 1) * nodes
            yield Charge("existing_value_left", keep.pool, keep.period, -usd, None, at_the_end=True)


def nodes_by_hour(case: Case) -> dict[tuple[str, str, int], list[int]]:
    """(pool, form, period) → nodes billed in each hour of the week."""
    blocks = block_of_hour(case)
    found: dict[tuple[str, str, int], list[int]] = {}
    for form, rented in (("on_demand", case.fleet.on_demand), ("spot", case.fleet.spot)):
        for pool, period in sorted({(slot.pool, slot.period) for slot in rented}):
            found[pool, form, period] = [
                rented.get(Slot(pool, period, block), 0) + case.fleet.held.get(Held(pool, form, period, hour), 0)
                for hour, block in enumerate(blocks)
            ]
    return found


def block_of_hour(case: Case) -> list[int]:
    """The block of each hour of the week."""
    found = [0] * HOURS_PER_WEEK
    for block in case.blocks:
        for hour in block.hours_of_week:
            found[hour] = block.index
    return found


def weeks(case: Case, period: int) -> float:
    """Typical weeks in a period."""
    return case.periods[period].hours / HOURS_PER_WEEK


def _users(case: Case, pool: str, form: str, period: int) -> dict[User, float]:
    """GPU-hours that each one's replicas hold of a pool in a period."""
    users: dict[User, float] = defaultdict(float)
    for run, count in case.fleet.replicas.items():
        if (run.pool, run.kind, run.period) == (pool, KIND_OF[form], period):
            gpus = case.candidates.configs[run.config].gpus
            users[case.user(run.workload, run.config)] += gpus * count * case.hours(run.period, run.block)
    return users
