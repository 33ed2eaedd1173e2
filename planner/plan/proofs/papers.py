"""Is the plan well formed: rows that refer to rows, a calendar without gaps, sources for every figure?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from planner.plan.plan import Finding, Plan
from planner.plan.proofs.book import Book, finding
from planner.units import HOURS_PER_MONTH, HOURS_PER_WEEK


def rows_refer_to_rows(book: Book) -> Finding:
    """Every id and index a row mentions exists, and no row is there twice."""
    plan = book.plan
    ids: dict[str, set[Any]] = {
        "period": {row.index for row in plan.periods},
        "block": {row.index for row in plan.blocks},
        "pool": {row.id for row in plan.pools},
        "workload": {row.id for row in plan.workloads},
        "demand_class": {row.demand_class for row in plan.demand},
        "config": {row.config for row in plan.configs},
        "option": {(row.pool, row.form) for row in plan.options},
        "api": {(row.api, row.demand_class) for row in plan.api_options},
        "way": {(row.config, row.demand_class) for row in plan.configs},
    }
    mentions = list(_mentions(plan))
    wrong = [
        f"{where} mentions {kind} {name!r}, which the plan has no row for"
        for where, kind, name in mentions
        if name not in ids[kind]
    ]
    wrong += [
        f"{family} has {key} {count} times"
        for family, keys in _keys(plan)
        for key, count in Counter(keys).items()
        if count > 1
    ]
    return finding("rows_refer_to_rows", wrong, f"{len(mentions)} mentions of other rows, all resolved")


def calendar_adds_up(book: Book) -> Finding:
    """Blocks share out the hours of a week, periods have whole months, discounts follow from the rate."""
    plan = book.plan
    hours = sorted(hour for row in plan.blocks for hour in row.hours_of_week)
    wrong = (
        []
        if hours == list(range(HOURS_PER_WEEK))
        else [f"blocks hold {len(hours)} hours, {len(set(hours))} distinct, of a week's {HOURS_PER_WEEK}"]
    )
    rate, months = book.asked("horizon", "discount_rate_per_year"), 0
    for index in sorted(book.periods):
        row = book.periods[index]
        discount = (1 + rate) ** (-months / 12)
        if abs(row.hours - row.months * HOURS_PER_MONTH) > 1e-6 or abs(row.discount - discount) > 1e-9:
            wrong.append(
                f"{row.label}: {row.hours} h for {row.months} months, "
                f"discount {row.discount:.6f}, re-derived {discount:.6f}"
            )
        months += row.months
    return finding(
        "calendar_adds_up",
        wrong,
        f"{len(plan.blocks)} blocks of {HOURS_PER_WEEK} h a week, {len(plan.periods)} periods of {months} months",
    )


def sources_exist(book: Book) -> Finding:
    """Every price the plan pays or compares with names a source the plan lists, with its true age."""
    plan = book.plan
    listed = {row.id for row in plan.sources}
    paid = {(row.pool, row.form) for row in plan.purchases} | {(row.pool, "existing") for row in plan.kept}
    paid |= {(row.pool, "on_demand") for row in plan.capacity if row.on_demand_nodes}
    paid |= {(row.pool, "spot") for row in plan.capacity if row.spot_nodes}
    origins = [(f"{form} {pool}", book.options[pool, form].provenance) for pool, form in sorted(paid)]
    used = {(row.api, row.demand_class) for row in plan.api}
    origins += [(f"api {row.api}", row.provenance) for row in plan.api_options if (row.api, row.demand_class) in used]
    origins += [(f"quote {row.api}", row.provenance) for row in plan.api_quotes]
    wrong = [
        f"{what}: source {origin.source if origin else None!r} is not listed"
        for what, origin in origins
        if origin is None or origin.source not in listed
    ]
    for row in plan.sources:
        age = (plan.made.as_of - row.as_of).days if row.as_of else None
        if age != row.age_days:
            wrong.append(f"{row.id}: {age} days old, claimed {row.age_days}")
    return finding("sources_exist", wrong, f"{len(origins)} prices from {len(listed)} sources")


def _mentions(plan: Plan) -> Iterator[tuple[str, str, Hashable]]:
    """(where, kind of thing, its id) for every reference of a row to another."""
    for name in (
        "demand",
        "hourly_demand",
        "purchases",
        "kept",
        "capacity",
        "held",
        "sales",
        "configs",
        "replicas",
        "flows",
        "api",
        "costs",
        "cash",
        "energy",
        "unserved",
        "excess",
        "standby",
    ):
        for row in getattr(plan, name):
            for kind in ("period", "block", "pool", "workload", "demand_class", "config"):
                if getattr(row, kind, None) is not None:
                    yield name, kind, getattr(row, kind)
    for option in plan.options:
        yield "options", "pool", option.pool
    for bought in plan.purchases:
        yield "purchases", "option", (bought.pool, bought.form)
    for sale in plan.sales:
        yield "sales", "option", (sale.pool, sale.form)
    for held in plan.held:
        yield "held", "option", (held.pool, held.form)
    for kept in plan.kept:
        yield "kept", "option", (kept.pool, "existing")
    for row in plan.capacity:
        yield from (
            ("capacity", "option", (row.pool, form))
            for form, n in (("on_demand", row.on_demand_nodes), ("spot", row.spot_nodes))
            if n
        )
    for flow in plan.flows:
        yield "flows", "way", (flow.config, flow.demand_class)
    for sent in plan.api:
        yield "api", "api", (sent.api, sent.demand_class)


def _keys(plan: Plan) -> Iterator[tuple[str, Iterable[Hashable]]]:
    """Rows by what makes each the only one of its kind."""
    yield "periods", [row.index for row in plan.periods]
    yield "blocks", [row.index for row in plan.blocks]
    yield "pools", [row.id for row in plan.pools]
    yield "options", [(row.pool, row.form) for row in plan.options]
    yield "workloads", [row.id for row in plan.workloads]
    yield "demand", [(row.demand_class, row.period, row.block) for row in plan.demand]
    yield "hourly_demand", [(row.demand_class, row.period) for row in plan.hourly_demand]
    yield "unserved", [(row.demand_class, row.period, row.block) for row in plan.unserved]
    yield "excess", [(row.limit, row.period, row.block) for row in plan.excess]
    yield "kept", [(row.pool, row.period) for row in plan.kept]
    yield "capacity", [(row.pool, row.period, row.block) for row in plan.capacity]
    yield "sales", [(row.pool, row.form, row.ordered, row.period) for row in plan.sales]
    yield "held", [(row.pool, row.form, row.period, row.hour) for row in plan.held]
    yield "configs", [(row.config, row.demand_class) for row in plan.configs]
    yield "replicas", [(row.workload, row.config, row.pool, row.kind, row.period, row.block) for row in plan.replicas]
    yield "sources", [row.id for row in plan.sources]
