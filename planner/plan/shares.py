"""The bill shared out to workloads: by the GPU-hours their replicas hold, idle commitments apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from planner.plan.capacity import committed_nodes
from planner.plan.case import Case, User
from planner.plan.charges import charges
from planner.plan.fleet import Slot
from planner.plan.owning import serving_nodes
from planner.plan.plan import CostRow, WorkloadCostRow
from planner.plan.purchases import purchase_charges
from planner.plan.terms import api_usd_per_request, expected_share, rent_usd_per_hour, running_usd
from planner.plan.tokens import million_tokens, sent_to
from planner.units import SECONDS_PER_HOUR

IDLE = "(idle committed capacity)"
BROKEN = "(caps exceeded)"
NOBODY, EXCESS = User(IDLE, ""), User(BROKEN, "")

Shares = dict[tuple[User, int], float]  # (who, period) → USD


def workload_cost_rows(case: Case, shadow: Sequence[CostRow] = ()) -> list[WorkloadCostRow]:
    """One row a workload, model and period (idle capacity and broken caps too, where there are any); the bill.

    `shadow` is what of the bill is not paid: unserved demand, and caps broken for their price.
    """
    usd: Shares = defaultdict(float)
    for row in shadow:
        usd[User(row.subject, "") if row.term == "unserved" else EXCESS, row.period] += row.usd
    for part in (_committed(case), _rented(case, "on_demand"), _rented(case, "spot"), _apis(case), _others(case)):
        for key, amount in part.items():
            usd[key] += amount
    tokens = million_tokens(case)
    rows = [
        _row(case, who, period.index, usd[who, period.index], tokens.get((who, period.index), 0.0))
        for who in _everyone(case, usd, tokens)
        for period in case.periods
        if who.workload not in {IDLE, BROKEN} or usd[who, period.index]
    ]
    return charged_on(rows, case.problem.chargeback.idle)


def charged_on(rows: Sequence[WorkloadCostRow], idle: str) -> list[WorkloadCostRow]:
    """The same rows with idle capacity charged on by a rule; a period that nobody pays for keeps it."""
    unused: dict[int, float] = defaultdict(float)
    borne: dict[int, float] = defaultdict(float)
    for row in rows:
        if row.workload == IDLE:
            unused[row.period] += row.usd
        elif row.workload != BROKEN:
            borne[row.period] += row.usd

    def given(row: WorkloadCostRow) -> float:
        if idle == "apart" or row.workload == BROKEN or borne[row.period] <= 0:
            return 0.0
        return -row.usd if row.workload == IDLE else unused[row.period] * row.usd / borne[row.period]

    return [row.model_copy(update={"idle_usd": given(row)}) for row in rows]


def _everyone(case: Case, *found: Mapping[tuple[User, int], float]) -> list[User]:
    """Workloads in the order of the problem, each with its models; then nobody."""
    known = {who for one in found for (who, _), amount in one.items() if amount}
    order = [*case.problem.workloads, IDLE, BROKEN]
    absent = set(case.problem.workloads) - {who.workload for who in known}
    known |= {User(name, case.own_models[name]) for name in absent}
    return sorted(known, key=lambda who: (order.index(who.workload), who.model))


def _row(case: Case, who: User, period: int, usd: float, million_tokens: float) -> WorkloadCostRow:
    asked = case.problem.workloads.get(who.workload)
    return WorkloadCostRow(
        workload=who.workload,
        period=period,
        usd=usd,
        million_tokens=million_tokens,
        model=who.model,
        team=(asked.team if asked else None) or "",
        cost_centre=(asked.cost_centre if asked else None) or "",
    )


def _committed(case: Case) -> Shares:
    """Reserved, owned and existing nodes: each hour of a node costs the same, whoever uses it."""
    nodes, usd = committed_nodes(case), _committed_usd(case)
    held = held_gpus(case, "firm")
    shares: Shares = defaultdict(float)
    for (pool, period), amount in usd.items():
        gpus = nodes.get((pool, period), 0) * case.pool(pool).gpus_per_node
        for block in case.blocks:
            cost = amount * block.week_share
            users = held.get(Slot(pool, period, block.index), {})
            busy = min(gpus, sum(users.values()))
            _share_out(shares, users, period, cost * busy / gpus if gpus else 0.0)
            shares[NOBODY, period] += cost * (1 - busy / gpus) if gpus else cost
    return shares


def _committed_usd(case: Case) -> dict[tuple[str, int], float]:
    """(pool, period) → what its commitments cost there, each spread evenly over the hours it serves."""
    usd: dict[tuple[str, int], float] = defaultdict(float)
    for buy, nodes in case.fleet.bought.items():
        total = sum(charge.usd for charge in purchase_charges(case, buy, nodes))
        there = serving_nodes(case, buy, nodes) or {buy.period: nodes}
        hours = sum(case.periods[period].hours * count for period, count in there.items())
        for period, count in there.items():
            usd[buy.pool, period] += total * case.periods[period].hours * count / hours
    for keep, nodes in case.fleet.kept.items():
        usd[keep.pool, keep.period] += running_usd(case, case.option(keep.pool, "existing"), keep.period) * nodes
    for pool, amount in _value_lost(case).items():
        kept = {keep.period: nodes for keep, nodes in case.fleet.kept.items() if keep.pool == pool} or {0: 1}
        hours = sum(case.periods[period].hours * count for period, count in kept.items())
        for period, count in kept.items():
            usd[pool, period] += amount * case.periods[period].hours * count / hours
    return usd


def _value_lost(case: Case) -> dict[str, float]:
    """What existing systems lose of their value until they are sold or the horizon ends, by pool."""
    lost: dict[str, float] = defaultdict(float)
    for one in charges(case):
        if one.users is None:
            lost[one.subject] += one.usd
    return lost


def _rented(case: Case, form: str) -> Shares:
    """Rented nodes: all of a node's cost, gaps in it too, falls on those whose replicas hold the pool."""
    rented = case.fleet.on_demand if form == "on_demand" else case.fleet.spot
    held = held_gpus(case, "firm" if form == "on_demand" else "spot")
    shares: Shares = defaultdict(float)
    for slot, nodes in rented.items():
        usd = rent_usd_per_hour(case, slot.pool, form, slot.period) * nodes * case.hours(slot.period, slot.block)
        users = held.get(slot, {})
        if users:
            _share_out(shares, users, slot.period, usd)
        else:
            shares[NOBODY, slot.period] += usd
    return shares


def _apis(case: Case) -> Shares:
    price = api_usd_per_request(case)
    weeks = [block.week_share for block in case.blocks]
    shares: Shares = defaultdict(float)
    for route, rate in case.fleet.api.items():
        one = case.classes[route.demand_class]
        expected = rate * expected_share(one, route.period, route.block, weeks)
        requests = expected * SECONDS_PER_HOUR * case.hours(route.period, route.block)
        shares[sent_to(case, route), route.period] += requests * price[route.api, route.demand_class, route.period]
    return shares


def _others(case: Case) -> Shares:
    """Every other charge, by who caused it."""
    shares: Shares = defaultdict(float)
    for one in charges(case):
        if one.users is None:
            continue
        if one.users:
            _share_out(shares, one.users, one.period, one.usd)
        else:
            shares[NOBODY, one.period] += one.usd
    return shares


def held_gpus(case: Case, kind: str) -> dict[Slot, dict[User, float]]:
    """GPUs each one's replicas hold on "firm" or "spot" nodes, by pool and block."""
    held: dict[Slot, dict[User, float]] = defaultdict(lambda: defaultdict(float))
    for run, count in case.fleet.replicas.items():
        if run.kind == kind:
            gpus = count * case.candidates.configs[run.config].gpus
            held[Slot(run.pool, run.period, run.block)][case.user(run.workload, run.config)] += gpus
    return held


def _share_out(shares: Shares, users: Mapping[User, float], period: int, usd: float) -> None:
    total = sum(users.values())
    for who, gpus in users.items():
        shares[who, period] += usd * gpus / total
