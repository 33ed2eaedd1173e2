"""Hour by hour of the typical week: capacity against what the load needs, and how busy replicas are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from planner.plan.plan import FlowRow
from planner.report import format as f
from planner.report.commitments import gpus_by_form
from planner.report.lookup import FORM_NAMES, FORMS, NODE_FORMS, Lookup, gpus_at_work
from planner.report.shapes import Cell, Column, Figure, Table, gauge, number, numbers, text
from planner.units import HOURS_PER_DAY, HOURS_PER_WEEK

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Week = list[float]
SHOWN = FORMS | {"committed": FORM_NAMES["committed"]}
"""Kinds of capacity in a week's picture, in the order they are stacked."""


@dataclass(frozen=True)
class Hours:
    """One typical week of the busiest period."""

    period: str
    nodes: Table | None
    load: Table
    figures: tuple[Figure, ...]


def hours(look: Lookup) -> Hours:
    """Tables and charts by hour of the week."""
    t = look.busiest_period
    nodes = any(row.period == t for row in look.plan.capacity)
    figures = [gpus_figure(look)] if nodes else []
    figures.append(requests_figure(look))
    if any(row.period == t for row in look.plan.replicas):
        figures.append(utilisation_figure(look))
    return Hours(look.periods[t].label, nodes_by_block(look) if nodes else None, load_by_block(look), tuple(figures))


def nodes_by_block(look: Lookup) -> Table:
    """GPUs at work in each block of the busiest period, by form."""
    at_work, t = gpus_at_work(look), look.busiest_period
    forms = [form for form in NODE_FORMS if any(counts[form] for slot, counts in at_work.items() if slot[0] == t)]
    lines = []
    for block in look.plan.blocks:
        length = len(block.hours_of_week)
        gpus = [at_work.get((t, block.index), {}).get(form, 0) for form in forms]
        lines.append((text(block.label), *(number(f.count(n), n) for n in (length, *gpus, sum(gpus)))))
    heads = ("Hours a week", *(FORM_NAMES[form] for form in forms), "GPUs in all")
    return Table("GPUs at work by typical-hour block", (Column("Hours"), *numbers(*heads)), tuple(lines))


def load_by_block(look: Lookup) -> Table:
    """Each workload's demand, replicas and utilisation in each block of the busiest period."""
    t = look.busiest_period
    lines = []
    for workload in look.plan.workloads:
        for block in look.plan.blocks:
            rate = sum(
                row.planned_requests_per_s
                for row in look.plan.demand
                if (row.workload, row.period, row.block) == (workload.id, t, block.index)
            )
            count = replicas_in(look, workload.id, t, block.index)
            lines.append(
                (
                    text(workload.id),
                    text(block.label),
                    number(f.figure(rate), rate),
                    number(f.count(count), count),
                    _busy(utilisation(look, workload.id, t, block.index)),
                )
            )
    columns = (Column("Workload"), Column("Hours"), *numbers("Requests/s planned", "Replicas", "Busy"))
    return Table("Load by workload and typical-hour block", columns, tuple(lines))


def replicas_in(look: Lookup, workload: str, period: int, block: int) -> int:
    """Replicas of a workload in a block, all configurations and pools together."""
    slot = (workload, period, block)
    return sum(row.replicas for row in look.plan.replicas if (row.workload, row.period, row.block) == slot)


def _busy(value: float | None) -> Cell:
    return text("–", "muted") if value is None else gauge(f.share(value), value)


def utilisation(look: Lookup, workload: str, period: int, block: int) -> float | None:
    """Planned load of a workload's replicas as a share of the most they may carry; None where none runs."""
    replicas = replicas_in(look, workload, period, block)
    load = sum(
        row.requests_per_s / look.configs[row.config, row.demand_class].max_requests_per_s
        for row in look.plan.flows
        if (look.workload_of[row.demand_class], row.period, row.block) == (workload, period, block)
    )
    return load / replicas if replicas else None


def hourly_utilisation(look: Lookup, workload: str, period: int) -> list[float | None]:
    """Utilisation in each of the 168 hours: a block's load scaled by each hour's demand, batch as planned."""
    replicas: dict[int, int] = defaultdict(int)
    for row in look.plan.replicas:
        if (row.workload, row.period) == (workload, period):
            replicas[row.block] += row.replicas
    rates = {key: config.max_requests_per_s for key, config in look.configs.items()}
    week = _weekly(look, workload, period, lambda row: 1 / rates[row.config, row.demand_class])
    in_block = [replicas[block] for block in look.block_of_hour()]
    return [load / count if count else None for load, count in zip(week, in_block, strict=True)]


def gpus_needed(look: Lookup, period: int) -> Week:
    """GPUs that the load of each hour keeps busy, if replicas could be had in fractions."""

    def weight(row: FlowRow) -> float:
        config = look.configs[row.config, row.demand_class]
        return look.gpus_of(config) / config.max_requests_per_s

    names = [workload.id for workload in look.plan.workloads]
    weeks = [_weekly(look, name, period, weight) for name in names]
    return [sum(values) for values in zip(*weeks, strict=True)]


def _weekly(look: Lookup, workload: str, period: int, weight: Callable[[FlowRow], float]) -> Week:
    """Σ flow × weight in each hour of the week, a block's flow following its hours' demand."""
    rows: dict[int, list[FlowRow]] = defaultdict(list)
    for row in look.plan.flows:
        if look.workload_of[row.demand_class] == workload and row.period == period:
            rows[row.block].append(row)
    shape = {row.demand_class: row.requests_per_s for row in look.plan.hourly_demand if row.period == period}
    demand = [row for row in look.plan.demand if row.period == period]
    planned = {(row.demand_class, row.block): row.planned_requests_per_s for row in demand}
    batch = {one.id for one in look.plan.workloads if one.kind == "batch"}
    week = []
    for hour, block in enumerate(look.block_of_hour()):
        total = 0.0
        for row in rows[block]:
            most = planned[row.demand_class, block]
            follows = 1.0 if workload in batch or not most else shape[row.demand_class][hour] / most
            total += row.requests_per_s * follows * weight(row)
        week.append(total)
    return week


def gpus_figure(look: Lookup) -> Figure:
    """GPUs at work by purchase form over the week, with what the load needs."""
    t = look.busiest_period
    here = {block: counts for (period, block), counts in gpus_by_form(look).items() if period == t}
    used = {form: name for form, name in SHOWN.items() if any(counts.get(form) for counts in here.values())}
    week = [here.get(block, {}) for block in look.block_of_hour()]
    rows: list[dict[str, float | str]] = [
        {"hour": hour, "form": form, "order": order, "gpus": week[min(hour, 167)].get(form, 0)}
        for order, form in enumerate(used)
        for hour in range(HOURS_PER_WEEK + 1)
    ]
    need = gpus_needed(look, t)
    rows += [{"hour": hour, "need": need[min(hour, 167)]} for hour in range(HOURS_PER_WEEK + 1)]
    for hour, counts in enumerate(week):
        said = [f"{f.count(counts[form])} {name.lower()}" for form, name in used.items() if counts.get(form)]
        at_work = f.plural(sum(counts.values()), "GPU") + (f" ({', '.join(said)})" if said else "")
        rows.append(_band(hour, f"{at_work}; the load needs {f.figure(need[hour])}"))
    most = max(sum(counts.values()) for counts in here.values())
    says = f"{most} GPUs at the peak; the load itself needs {f.figure(max(need))} at its busiest hour."
    title = f"Demand against capacity: GPUs at work by hour of the week, {look.periods[t].label}"
    return Figure("gpus-by-hour", title, says, "gpus_by_hour", tuple(rows))


def hour_name(hour: int) -> str:
    """ "Mon 09:00"."""
    return f"{DAYS[hour // HOURS_PER_DAY]} {hour % HOURS_PER_DAY:02d}:00"


def _band(hour: int, said: str, **more: float | str) -> dict[str, float | str]:
    """What is said of an hour where a reader points at it."""
    return {"hour": hour, "until": hour + 1, "tip": f"{hour_name(hour)}: {said}", **more}


def requests_figure(look: Lookup) -> Figure:
    """Requests/s a workload's capacity can take against its demand, hour by hour."""
    t = look.busiest_period
    rows: list[dict[str, float | str]] = []
    for workload in look.plan.workloads:
        rows += _requests(look, workload.id, t)
    batch = any(workload.kind == "batch" for workload in look.plan.workloads)
    waits = " Batch work may wait: it runs within its deadline, not when it is asked." if batch else ""
    says = f"Areas are what replicas and hosted APIs can take, the line is what is asked.{waits}"
    title = f"Requests against capacity by hour of the week, by workload, {look.periods[t].label}"
    return Figure("requests-by-hour", title, says, "requests_by_hour", tuple(rows))


def _requests(look: Lookup, workload: str, period: int) -> list[dict[str, float | str]]:
    capacity = {form: _capacity(look, workload, period, form) for form in ("firm", "spot", "api")}
    demand = [0.0] * HOURS_PER_WEEK
    for row in look.plan.hourly_demand:
        if (row.workload, row.period) == (workload, period):
            demand = [a + b for a, b in zip(demand, row.requests_per_s, strict=True)]
    week = look.block_of_hour()
    name = f.plain(workload)
    rows: list[dict[str, float | str]] = []
    for order, (form, by_block) in enumerate(capacity.items()):
        if any(by_block.values()):
            rows += [
                {"workload": name, "hour": hour, "form": form, "order": order, "rate": by_block[week[min(hour, 167)]]}
                for hour in range(HOURS_PER_WEEK + 1)
            ]
    rows += [{"workload": name, "hour": hour, "demand": demand[min(hour, 167)]} for hour in range(HOURS_PER_WEEK + 1)]
    for hour, block in enumerate(week):
        parts = [f"{f.figure(by_block[block])} {form}" for form, by_block in capacity.items() if by_block[block]]
        said = f"{name}, {f.rate(demand[hour])} asked, {' + '.join(parts) or 'none'} can be taken"
        rows.append(_band(hour, said, workload=name))
    return rows


def _capacity(look: Lookup, workload: str, period: int, form: str) -> dict[int, float]:
    """Block → requests/s: what the replicas could take at the mix they serve, or what the API is sent."""
    found = dict.fromkeys(look.blocks, 0.0)
    if form == "api":
        for row in look.plan.api:
            if look.workload_of[row.demand_class] == workload and row.period == period:
                found[row.block] += row.requests_per_s
        return found
    per_load = _rate_at_full_load(look, workload, form, period)
    for run in look.plan.replicas:
        if (run.workload, run.kind, run.period) == (workload, form, period):
            found[run.block] += run.replicas * per_load.get((run.config, run.pool, run.block), 0.0)
    return found


def _rate_at_full_load(look: Lookup, workload: str, kind: str, period: int) -> dict[tuple[str, str, int], float]:
    """Requests/s of one replica by configuration, pool and block, at the mix of classes served there."""
    served: dict[tuple[str, str, int], tuple[float, float]] = {}
    for row in look.plan.finished:
        if (look.workload_of[row.demand_class], row.kind, row.period) == (workload, kind, period):
            flow, load = served.get((row.config, row.pool, row.block), (0.0, 0.0))
            each = look.configs[row.config, row.demand_class].max_requests_per_s
            served[row.config, row.pool, row.block] = flow + row.requests_per_s, load + row.requests_per_s / each
    return {place: flow / load for place, (flow, load) in served.items() if load}


def utilisation_figure(look: Lookup) -> Figure:
    """Weekday × hour for each workload."""
    t = look.busiest_period
    rows: list[dict[str, float | str]] = []
    peaks = []
    for workload in look.plan.workloads:
        if not any(row.workload == workload.id for row in look.plan.replicas):
            continue
        week = hourly_utilisation(look, workload.id, t)
        for hour, value in enumerate(week):
            said = "not running" if value is None else f.share(value)
            tip = f"{f.plain(workload.id)}, {hour_name(hour)}: {said}"
            place: dict[str, float | str] = {"day": DAYS[hour // HOURS_PER_DAY], "hour": hour % HOURS_PER_DAY}
            rows.append({"workload": f.plain(workload.id), "step": step(value), "tip": tip, **place})
        peaks.append(f"{workload.id} {f.share(max((v for v in week if v is not None), default=0.0))}")
    says = f"Share of what the replicas at work may carry; at most: {f.listed(peaks)}."
    title = f"Load of the replicas at work by weekday and hour, {look.periods[t].label}"
    return Figure("utilisation", title, says, "utilisation", tuple(rows))


STEPS = ("not running", "under 20 %", "20–40 %", "40–60 %", "60–80 %", "80–100 %")


def step(value: float | None) -> str:
    """The colour step of a utilisation."""
    if value is None:
        return STEPS[0]
    return STEPS[1 + min(4, int(value * 5))]
