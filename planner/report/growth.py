"""What happens if demand doubles: what the plan's own figures say of it, and the command that plans for it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from planner.plan.plan import LimitRow, ScenarioRow, TwiceRow
from planner.report import format as f
from planner.report.answer import types
from planner.report.lookup import Lookup
from planner.report.refusal import heart

TWICE = 2.0
_TRAFFIC = ("traffic.requests_per_s", "traffic.users", "traffic.concurrent_requests")
_BATCH = ("batch.requests_per_day", "batch.input_tokens_per_day")
_MOST_CAPS = 4


def doubled(look: Lookup) -> tuple[str, ...]:
    """Sentences on twice the demand; what was planned comes before what follows from the fleet."""
    if look.plan.twice is not None:
        return tuple(_planned(look, look.plan.twice))
    solved = [row for row in look.plan.scenarios if _is_twice(look, row)]
    return tuple(_solved(look, solved[0])) if solved else tuple(_bounded(look))


def _planned(look: Lookup, row: TwiceRow) -> Iterator[str]:
    plan = look.plan
    if row.npv_usd is None:
        yield f"Twice the demand was planned too and cannot be served: {heart(row.refusal)}"
        return
    whole, first = sum(row.usd_by_period), plan.periods[0]
    more = f" ({f.change(whole / plan.total_usd - 1)})" if plan.total_usd else ""
    part = f", of which {f.money(row.usd_by_period[0])} in {first.label}" if len(plan.periods) > 1 else ""
    on = f", on up to {types(row.gpus)}" if row.gpus else ", on hosted APIs alone"
    proven = f"; {f.gap_text(row.gap)}" if row.gap is not None else ""
    yield (
        f"Twice the demand from the first day was planned too: {f.money(whole)} instead of {f.money(plan.total_usd)}"
        f"{more}{part}{on}{proven}. Every cap of the problem holds there as well."
    )
    if row.signed_nodes:
        yield f"It would have {f.plural(row.signed_nodes, 'node')} signed or bought."
    yield _bound_to(look)


def _bound_to(look: Lookup) -> str:
    if look.plan.purchases:
        return "What this plan signs now is paid for however demand turns out."
    return "This plan signs nothing, so the fleet can grow or shrink on any day."


def to_plan(look: Lookup) -> str:
    """What `command` is for."""
    if look.plan.twice is None:
        return "To have it planned:"
    return "To see why:" if look.plan.twice.npv_usd is None else "That plan in full:"


def command(look: Lookup) -> str:
    """Plans one variant with twice the demand of every workload; "" where the plan does not say how much there is."""
    changes = ",".join(f"{key}=x2" for key in volume_keys(look))
    return f"planner whatif {shlex.quote(_problem_file(look))} --set {shlex.quote(changes)}" if changes else ""


def _problem_file(look: Lookup) -> str:
    """The problem file as the command that made the plan names it."""
    words = shlex.split(look.plan.made.command)
    return words[2] if words[:2] == ["planner", "plan"] else look.plan.made.problem_file


def volume_keys(look: Lookup) -> list[str]:
    """The dotted keys of the problem that say how much each workload asks."""
    found = []
    for name, asked in look.plan.problem.get("workloads", {}).items():
        for key in (*_TRAFFIC, *_BATCH):
            part, field = key.split(".")
            if (asked.get(part) or {}).get(field) is not None:
                found.append(f"workloads.{name}.{key}")
    return found


def _is_twice(look: Lookup, row: ScenarioRow) -> bool:
    """Whether a scenario is twice the demand of every workload, and nothing else."""
    keys = volume_keys(look)
    return bool(keys) and set(row.changes) == set(keys) and all(map(_twice, row.changes.values()))


def _twice(value: object) -> bool:
    said = str(value).replace(" ", "").lower()
    return said.startswith("x") and said[1:].replace(".", "", 1).isdigit() and float(said[1:]) == TWICE


def _solved(look: Lookup, row: ScenarioRow) -> Iterator[str]:
    now = look.plan.total_npv_usd
    if row.npv_usd is None:
        yield f"Twice the demand was tried (scenario {row.name}) and cannot be served: {heart(row.refusal)}"
        return
    yield (
        f"Twice the demand was planned too (scenario {row.name}): {f.money(row.npv_usd)} instead of {f.money(now)} at "
        f"present value ({f.change(row.npv_usd / now - 1) if now else f.NOT_A_NUMBER}), on up to "
        f"{f.plural(row.most_gpus, 'GPU')}."
    )


def _bounded(look: Lookup) -> Iterator[str]:
    """The same fleet twice over serves twice the demand: an upper bound, where all of it can be had twice."""
    kept = any(row.nodes for row in look.plan.kept)
    if kept:
        yield (
            "Twice the demand was not planned. What runs on systems already owned would need as much capacity again "
            "from elsewhere; everything rented, signed or sent to APIs would at most about double."
        )
    else:
        yield (
            "Twice the demand was not planned, but this bounds it: the same fleet twice over serves it, for about "
            f"{f.money(TWICE * look.plan.total_usd)} at most, provided the machines can be had."
        )
    over = broken_by(look, TWICE)
    if over:
        more = len(over) - _MOST_CAPS
        named = [_cap(look, row) for row in over[:_MOST_CAPS]] + ([f"{more} more"] if more > 0 else [])
        yield f"Twice of what is used now is more than is allowed by {f.listed(named)}."
    elif any(_counts(row) for row in look.plan.limits):
        yield "Every cap of the problem would still hold."
    yield _bound_to(look)


def broken_by(look: Lookup, times: float) -> list[LimitRow]:
    """Caps that so many times the use of today would break, the tightest first; one row a cap."""
    over = [row for row in look.plan.limits if _counts(row) and row.used * times > row.cap * (1 + 1e-9)]
    over.sort(key=lambda row: -(row.used / row.cap) if row.cap else 0.0)
    return list({row.limit: row for row in reversed(over)}.values())[::-1]


def _counts(row: LimitRow) -> bool:
    """Caps on amounts; shares stay what they are."""
    return not row.at_least and row.unit != "share"


def _cap(look: Lookup, row: LimitRow) -> str:
    when = "" if row.period is None else f" in {look.periods[row.period].label}"
    used = f"{f.share(row.used / row.cap)} used now" if row.cap else "nothing allowed"
    return f"{row.limit}{when} ({used})"
