"""What to buy, sign and rent: where, how many, which form, when, at which price and how good that price is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from planner.plan.plan import Provenance, PurchaseRow
from planner.report import format as f
from planner.report.deeds import due
from planner.report.lookup import FORM_NAMES, FORMS, NODE_FORMS, WEAK_BASES, Lookup, form_of, gpus_at_work, where_is
from planner.report.shapes import Cell, Table, number, numbers, text, words
from planner.units import HOURS_PER_MONTH

COUNT_OF = {"on_demand": "on_demand_nodes", "spot": "spot_nodes"}
Line = tuple[Cell, ...]


@dataclass(frozen=True)
class Fleet:
    """The shopping list, and how many GPUs of each form are at work over time."""

    purchases: Table
    hosted: Table | None
    by_period: Table | None


def fleet(look: Lookup) -> Fleet:
    """Everything that is paid for, line by line."""
    return Fleet(
        purchases=purchases(look),
        hosted=hosted(look) if look.plan.api else None,
        by_period=by_period(look) if len(look.plan.periods) > 1 else None,
    )


def purchases(look: Lookup) -> Table:
    """One line for each way a pool is paid for."""
    lines = [*_existing(look), *_bought(look), *_rented(look)]
    heads = ("Form", "Machine", "Where", "When", "Price")
    figures = ("Nodes", "GPUs", "Per GPU-hour", "Cost in the plan")
    columns = (*words(*heads), *numbers(*figures), *words("Price basis"))
    return Table("What is bought, signed and rented", columns, tuple(lines))


def _existing(look: Lookup) -> list[Line]:
    kept: dict[str, dict[int, int]] = defaultdict(dict)
    for row in look.plan.kept:
        kept[row.pool][row.period] = row.nodes
    lines = []
    for pool, nodes in kept.items():
        option = look.options[pool, "existing"]
        price = f"{f.money(option.fixed_usd_per_month)} a month to run"
        usd = _cost(look, pool, "existing")
        most, least = max(nodes.values()), min(nodes.get(t, 0) for t in look.periods)
        shown = f.count(most) if most == least else f"{least} to {most}"
        when = "in place" if most == least else f"in place, {least} at the end of the plan"
        each = option.fixed_usd_per_month / HOURS_PER_MONTH / look.pools[pool].gpus_per_node
        lines.append(_line(look, Paid(pool, "existing", when, shown, most, price, each, usd)))
    return lines


def _bought(look: Lookup) -> list[Line]:
    rows = sorted(look.plan.purchases, key=lambda row: (list(FORMS).index(row.form), row.period, row.pool))
    return [_purchase(look, row) for row in rows]


def _purchase(look: Lookup, row: PurchaseRow) -> Line:
    option = look.options[row.pool, row.form]
    gpus = look.pools[row.pool].gpus_per_node
    if row.form == "owned":
        price = f"{f.money(option.capex_usd)} once, {f.money(option.fixed_usd_per_month)} a month"
        served = _hours(look, row.first_period, row.last_period)
        each = row.usd / row.nodes / served / gpus if served else 0.0
    else:
        upfront = f", {f.share(option.upfront_share)} up front" if option.upfront_share else ""
        price = f"{f.unit_price(option.usd_per_hour)} an hour{upfront}"
        each = option.usd_per_hour / gpus
    when = f"{'order' if row.form == 'owned' else 'sign'} by {due(look, row.period)}, {_serves(look, row)}"
    return _line(look, Paid(row.pool, row.form, when, f.count(row.nodes), row.nodes, price, each, row.usd))


def _serves(look: Lookup, row: PurchaseRow) -> str:
    if row.first_period not in look.periods:
        return "serves after the horizon"
    first, last = look.periods[row.first_period].label, look.periods[row.last_period].label
    return f"serves {first}" if first == last else f"serves {first} to {last}"


def _hours(look: Lookup, first: int, last: int) -> float:
    return sum(period.hours for index, period in look.periods.items() if first <= index <= last)


def _rented(look: Lookup) -> list[Line]:
    lines = []
    for form, field in COUNT_OF.items():
        rows = [row for row in look.plan.capacity if getattr(row, field)]
        for pool in dict.fromkeys(row.pool for row in rows):
            mine = [row for row in rows if row.pool == pool]
            peak = max(getattr(row, field) for row in mine)
            node_hours = sum(getattr(row, field) * look.hours(row.period, row.block) for row in mine)
            whole = sum(period.hours for period in look.plan.periods)
            mean = node_hours / whole
            shown = f.count(peak) if abs(mean - peak) < 0.005 else f"up to {peak}, mean {f.figure(mean, 2)}"
            usd_per_hour = look.options[pool, form].usd_per_hour
            each = usd_per_hour / look.pools[pool].gpus_per_node
            when = f"{f.count(round(node_hours))} node-hours"
            price = f"{f.unit_price(usd_per_hour)} an hour"
            lines.append(_line(look, Paid(pool, form, when, shown, peak, price, each, _cost(look, pool, form))))
    return lines


@dataclass(frozen=True)
class Paid:
    """One way one pool is paid for."""

    pool: str
    form: str
    when: str
    nodes: str
    most_nodes: int
    price: str
    usd_per_gpu_hour: float
    usd: float


def _line(look: Lookup, paid: Paid) -> Line:
    row = look.pools[paid.pool]
    gpus = look.gpus(paid.pool, paid.most_nodes)
    return (
        text(FORMS[paid.form]),
        text(f"{row.instance_type}, {row.gpus_per_node}{f.NBSP}×{f.NBSP}{row.gpu}"),
        text(where_is(row)),
        text(paid.when),
        text(paid.price),
        number(paid.nodes, paid.most_nodes),
        number(f.count(gpus), gpus),
        number(f.unit_price(paid.usd_per_gpu_hour), paid.usd_per_gpu_hour),
        number(f.money(paid.usd), paid.usd),
        basis(look, look.options[paid.pool, paid.form].provenance),
    )


def _cost(look: Lookup, subject: str, form: str) -> float:
    return sum(row.usd for row in look.plan.costs if row.subject == subject and form_of(row.term) == form)


def basis(look: Lookup, provenance: Provenance | None) -> Cell:
    """How a price came to be and how old it is; weak ones ask for attention."""
    if provenance is None:
        return text("unstated", "warn")
    days = (look.plan.made.as_of - provenance.as_of).days if provenance.as_of else None
    old = "undated" if days is None else f"{f.age(days)} old"
    return text(f"{provenance.basis}, {old}", "warn" if provenance.basis in WEAK_BASES else "")


def hosted(look: Lookup) -> Table:
    """Requests sent to hosted APIs."""
    used = dict.fromkeys((row.api, row.demand_class) for row in look.plan.api)
    lines = []
    for api, demand_class in used:
        option = look.apis[api, demand_class]
        mine = [row for row in look.plan.api if (row.api, row.demand_class) == (api, demand_class)]
        sent = sum(row.requests_per_s * look.hours(row.period, row.block) for row in mine)
        asked = sum(
            row.planned_requests_per_s * look.hours(row.period, row.block)
            for row in look.plan.demand
            if row.demand_class == demand_class
        )
        peak = max(row.requests_per_s for row in mine)
        lines.append(
            (
                text(option.provider),
                text(option.model),
                text(demand_class),
                number(f.share(sent / asked), sent / asked),
                number(f.rate(peak), peak),
                number(f.unit_price(option.usd_per_million_tokens), option.usd_per_million_tokens),
                basis(look, option.provenance),
            )
        )
    columns = (
        *words("Provider", "Model", "Requests of"),
        *numbers("Share of them", "At most", "Per million tokens"),
        *words("Price basis"),
    )
    return Table("What goes to hosted APIs", columns, tuple(lines))


def by_period(look: Lookup) -> Table:
    """GPUs at work in the busiest block of each period, by form."""
    at_work = gpus_at_work(look)
    forms = [form for form in NODE_FORMS if any(counts[form] for counts in at_work.values())]
    lines = []
    for period in look.plan.periods:
        blocks = [at_work.get((period.index, block), {}) for block in look.blocks]
        most = max(blocks, key=lambda counts: sum(counts.values()))
        ends = (sum(most.values()), min(sum(counts.values()) for counts in blocks))
        lines.append(
            (text(period.label), *(number(f.count(n), n) for n in (*(most.get(form, 0) for form in forms), *ends)))
        )
    heads = (*(FORM_NAMES[form] for form in forms), "GPUs at the peak", "At the least")
    return Table("GPUs at work in the busiest hours of each period", (*words("Period"), *numbers(*heads)), tuple(lines))
