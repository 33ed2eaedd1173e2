"""Why this and not something else: what was rejected, what came second, which limits bind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from planner.plan.plan import LimitRow, RejectionRow, RunnerUpRow
from planner.report import format as f
from planner.report.alternatives import alternatives
from planner.report.lookup import FORMS, Lookup
from planner.report.shapes import Cell, Column, Figure, Table, gauge, number, numbers, text, words

REASONS = {
    "memory": "too little memory",
    "precision": "number format not computed",
    "slo": "latency target missed",
    "context": "context too long",
    "layout": "no valid layout",
    "price": "no price known",
    "region": "wrong region",
    "availability": "cannot be had",
    "quality": "quality too low",
    "compliance": "compliance not shown",
    "excluded": "excluded by the problem",
}
_EXAMPLES = 4
_DOZEN = 12


@dataclass(frozen=True)
class Reasons:
    """Rejections (in brief and by GPU), runners-up by workload, limits."""

    rejected: str
    brief: Table
    by_gpu: Table
    runners_up: tuple[Table, ...]
    hosted: Table | None
    figure: Figure | None
    limits: Table
    binding: str
    alternatives: Table | None


def reasons(look: Lookup) -> Reasons:
    """Why this plan and not another."""
    return Reasons(
        rejected=rejected(look),
        brief=brief(look),
        by_gpu=by_gpu(look),
        runners_up=tuple(runners_up(look, workload.id) for workload in look.plan.workloads if _runs(look, workload.id)),
        hosted=hosted(look) if look.plan.api_options else None,
        figure=runner_up_figure(look),
        limits=limits(look),
        binding=binding(look),
        alternatives=alternatives(look),
    )


def rejected(look: Lookup) -> str:
    """How much was ruled out before any optimisation."""
    total = len(look.plan.rejections)
    if not total:
        return "Nothing was ruled out before the search: every configuration tried could serve its workload."
    counts = Counter(row.reason for row in look.plan.rejections).most_common()
    reasons = f.listed([f"{REASONS.get(reason, reason)} ({count:,})" for reason, count in counts])
    verb = "was" if total == 1 else "were"
    return f"{f.plural(total, 'candidate')} {verb} ruled out before the search: {reasons}."


def brief(look: Lookup) -> Table:
    """By workload and reason, with one worked example."""
    groups: dict[tuple[str, str], list[RejectionRow]] = {}
    for row in look.plan.rejections:
        groups.setdefault((row.workload, row.reason), []).append(row)
    lines = []
    for (workload, reason), rows in sorted(groups.items(), key=lambda item: (item[0][0], -len(item[1]), item[0][1])):
        gpus = list(dict.fromkeys(row.gpu for row in rows if row.gpu))
        more = f" and {len(gpus) - _EXAMPLES} more" if len(gpus) > _EXAMPLES else ""
        lines.append(
            (
                text(workload),
                text(REASONS.get(reason, reason)),
                number(f.count(len(rows)), len(rows)),
                text(", ".join(gpus[:_EXAMPLES]) + more),
                text(f"{rows[0].subject}: {rows[0].detail}"),
            )
        )
    columns = (*words("Workload", "Why not"), *numbers("How many"), *words("On", "For example"))
    return Table("Ruled out, by workload and reason", columns, tuple(lines))


def by_gpu(look: Lookup) -> Table:
    """By workload, GPU and reason: the whole list, folded."""
    groups: dict[tuple[str, str, str], list[RejectionRow]] = {}
    for row in look.plan.rejections:
        groups.setdefault((row.workload, row.gpu, row.reason), []).append(row)
    lines = tuple(
        (
            text(workload),
            text(gpu or "any"),
            text(REASONS.get(reason, reason)),
            number(f.count(len(rows)), len(rows)),
            text(f"{rows[0].subject}: {rows[0].detail}"),
        )
        for (workload, gpu, reason), rows in groups.items()
    )
    columns = (*words("Workload", "GPU", "Why not"), *numbers("How many"), *words("For example"))
    return Table(f"By GPU: {f.plural(len(lines), 'line')}", columns, lines)


def _runs(look: Lookup, workload: str) -> bool:
    return any(row.workload == workload for row in look.plan.runners_up)


def _ranked(look: Lookup, workload: str) -> list[RunnerUpRow]:
    mine = [row for row in look.plan.runners_up if row.workload == workload]
    return sorted(mine, key=lambda row: (row.usd_per_million_tokens, row.gpu))


def runners_up(look: Lookup, workload: str) -> Table:
    """Each GPU type alone at full load, cheapest first, against the cheapest one the plan uses."""
    ranked = _ranked(look, workload)
    base = next((row.usd_per_million_tokens for row in ranked if row.chosen), ranked[0].usd_per_million_tokens)
    part = any(row.share_of_requests < 1 for row in ranked)
    peak = next(one.peak_requests_per_s for one in look.plan.workloads if one.id == workload)
    lines = []
    for row in ranked:
        dearer = row.usd_per_million_tokens / base - 1 if base else 0.0
        line = [
            text(row.gpu),
            text("in the plan" if row.chosen else "", "good" if row.chosen else ""),
            text(row.config),
            text(f"{row.pool}, {FORMS.get(row.form, row.form).lower()}"),
            number(f.unit_price(row.usd_per_hour), row.usd_per_hour),
            number(f.figure(row.requests_per_s), row.requests_per_s),
            _needed(peak * row.share_of_requests, row.requests_per_s),
            number(f.unit_price(row.usd_per_million_tokens), row.usd_per_million_tokens),
            number(f.change(dearer), dearer),
        ]
        if part:
            line.append(number(f.share(row.share_of_requests), row.share_of_requests))
        lines.append(tuple(line))
    figures = ["USD an hour", "Requests/s", "Replicas for the peak", "Per million tokens", "Against the plan's best"]
    figures += ["Requests it can serve"] if part else []
    columns = (*words("GPU", "Chosen", "Configuration", "Where and how paid"), *numbers(*figures))
    return Table(f"{workload}: each GPU type and way to pay alone, at full load", columns, tuple(lines))


def _needed(peak: float, each: float) -> Cell:
    """Replicas that the peak keeps busy; well below one, most of a replica is paid for nothing."""
    return number(f.figure(peak / each, 2), peak / each) if each else text("–", "muted")


def runner_up_figure(look: Lookup) -> Figure | None:
    """The dozen cheapest GPU types of each workload."""
    rows: list[dict[str, float | str]] = []
    for workload in look.plan.workloads:
        ranked = _ranked(look, workload.id)
        often = Counter(row.gpu for row in ranked)
        for row in ranked[:_DOZEN]:
            name = row.gpu if often[row.gpu] == 1 else f"{row.gpu}, {FORMS.get(row.form, row.form).lower()}"
            price, chosen = f.unit_price(row.usd_per_million_tokens), ", in the plan" if row.chosen else ""
            rows.append(
                {
                    "workload": f.plain(workload.id),
                    "name": f.plain(name),
                    "usd": row.usd_per_million_tokens,
                    "label": price,
                    "form": "owned" if row.chosen else "idle",
                    "tip": f.plain(f"{workload.id} on {name}: {price} for a million tokens{chosen} ({row.pool})"),
                }
            )
    if not rows:
        return None
    says = "Cheapest first, at most twelve a workload; the types in the plan stand out."
    title = "A million tokens on each GPU type, alone at full load"
    return Figure("runners-up", title, says, "prices", tuple(rows))


def hosted(look: Lookup) -> Table:
    """Hosted APIs on offer, used or not."""
    used = {(row.api, row.demand_class) for row in look.plan.api}
    lines = tuple(
        (
            text(row.provider),
            text(row.model),
            text(row.demand_class),
            text("in the plan" if (row.api, row.demand_class) in used else "not used"),
            number(f.unit_price(row.usd_per_million_tokens), row.usd_per_million_tokens),
        )
        for row in sorted(
            look.plan.api_options, key=lambda row: (row.demand_class, row.usd_per_million_tokens, row.api)
        )
    )
    columns = (*words("Provider", "Model", "Requests of", "Chosen"), *numbers("Per million tokens"))
    return Table("Hosted APIs on offer", columns, lines)


def limits(look: Lookup) -> Table:
    """Every cap, how close the plan comes, tightest first."""
    lines = tuple(_limit(look, row) for row in sorted(look.plan.limits, key=lambda row: (not row.binding, -_used(row))))
    columns = (Column("Limit"), Column("Period"), *numbers("Used", "Cap", "Used of it"), Column("Binds"))
    return Table("Limits and how close the plan comes", columns, lines)


def _limit(look: Lookup, row: LimitRow) -> tuple[Cell, ...]:
    used = _used(row)
    period = "all" if row.period is None else look.periods[row.period].label
    return (
        text(row.limit),
        text(period),
        number(_amount(row.used, row.unit), row.used),
        number(_amount(row.cap, row.unit), row.cap),
        gauge(f.share(used), used, "warn" if row.binding else ""),
        text(_binds(row), "warn" if row.binding else "muted"),
    )


def _binds(row: LimitRow) -> str:
    if row.excess_usd:
        return f"exceeded for {f.money(row.excess_usd)}"
    if row.at_least:
        return "binds from below" if row.binding else "no"
    return "binds" if row.binding else "no"


def _used(row: LimitRow) -> float:
    if row.cap:
        return row.used / row.cap
    return 1.0


def _amount(value: float, unit: str) -> str:
    if unit.upper() == "USD":
        return f.money(value)
    if unit == "share":
        return f.share(value)
    return f"{f.count(value) if float(value).is_integer() else f.figure(value, 4)}{f.NBSP}{unit}".rstrip()


def binding(look: Lookup) -> str:
    """Which caps shape the plan."""
    names = list(dict.fromkeys(row.limit for row in look.plan.limits if row.binding))
    if not look.plan.limits:
        return "The problem sets no caps."
    if not names:
        return "No cap is reached; one can still matter where the next machine would not fit under it."
    verb, them = ("binds", "it") if len(names) == 1 else ("bind", "them")
    move = "loosening" if any(row.at_least for row in look.plan.limits if row.binding) else "raising"
    return f"{f.listed(names)} {verb}: {move} {them} could make the plan better."
