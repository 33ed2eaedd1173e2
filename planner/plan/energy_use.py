"""Electricity shared out as the bill is: by the GPUs each workload's replicas hold, idle commitments apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from planner.plan.case import Case, User
from planner.plan.fleet import Slot
from planner.plan.owning import serving_nodes
from planner.plan.plan import CapacityRow, EnergyUseRow
from planner.plan.shares import NOBODY, held_gpus
from planner.plan.terms import expected_share
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_PRICE_UNIT

Use = tuple[str, str, str, int]  # pool, form, workload, period


def energy_use_rows(case: Case, capacity: list[CapacityRow]) -> list[EnergyUseRow]:
    """One row a pool, purchase form, workload and period."""
    forms, held = _committed_forms(case), {kind: held_gpus(case, kind) for kind in ("firm", "spot")}
    kwh: dict[Use, float] = defaultdict(float)
    tokens: dict[Use, float] = defaultdict(float)
    served = _tokens(case)
    for row in capacity:
        slot = Slot(row.pool, row.period, row.block)
        nodes = {**_split(forms.get(slot[:2], {}), row.committed_nodes), "on_demand": row.on_demand_nodes}
        for kind, there in (("firm", nodes), ("spot", {"spot": row.spot_nodes})):
            for form, count in there.items():
                users = held[kind].get(slot, {})
                hours = count * case.hours(row.period, row.block)
                for who, part in _parts(case, row, form, users):
                    kwh[row.pool, form, who.workload, row.period] += hours * case.pool(row.pool).kw_per_node * part
            for workload, amount in served.get((slot, kind), {}).items():
                for form, count in there.items():
                    if count:
                        tokens[row.pool, form, workload, row.period] += amount * count / sum(there.values())
    return [
        EnergyUseRow.model_validate(
            {"pool": key[0], "form": key[1], "workload": key[2], "period": key[3], "kwh": kwh[key]}
            | {"million_tokens": tokens.get(key, 0.0)}
        )
        for key in sorted(kwh)
        if kwh[key]
    ]


def _parts(case: Case, row: CapacityRow, form: str, users: Mapping[User, float]) -> Iterator[tuple[User, float]]:
    """Who uses which share of a form's nodes in a slot: all of rented ones, of committed ones what replicas hold."""
    whole, busy = sum(users.values()), 1.0 if users else 0.0
    if form not in {"on_demand", "spot"}:
        busy = min(1.0, whole / (row.committed_nodes * case.pool(row.pool).gpus_per_node))
    for who, gpus in users.items():
        yield who, busy * gpus / whole
    if busy < 1:
        yield NOBODY, 1 - busy


def _committed_forms(case: Case) -> dict[tuple[str, int], dict[str, int]]:
    """(pool, period) → nodes by the form they are committed in."""
    found: dict[tuple[str, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for buy, nodes in case.fleet.bought.items():
        for period, there in serving_nodes(case, buy, nodes).items():
            found[buy.pool, period][buy.form] += there
    for keep, nodes in case.fleet.kept.items():
        found[keep.pool, keep.period]["existing"] += nodes
    return found


def _split(forms: Mapping[str, int], nodes: int) -> dict[str, float]:
    """The committed nodes of a slot by form."""
    whole = sum(forms.values())
    return {form: nodes * count / whole for form, count in forms.items() if whole}


def _tokens(case: Case) -> dict[tuple[Slot, str], dict[str, float]]:
    """(slot, kind) → tokens expected there by workload, where requests finish [million]."""
    found: dict[tuple[Slot, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    weeks = [block.week_share for block in case.blocks]
    for route, rate in case.fleet.flows.items():
        if case.finishes(route.config):
            one = case.classes[route.demand_class]
            expected = rate * expected_share(one, route.period, route.block, weeks)
            size = one.lengths.mean_input + one.lengths.mean_output
            requests = expected * SECONDS_PER_HOUR * case.hours(route.period, route.block)
            slot = Slot(route.pool, route.period, route.block)
            found[slot, route.kind][one.workload] += requests * size / TOKENS_PER_PRICE_UNIT
    return found
