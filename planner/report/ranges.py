"""How far off predictions may be: the factors, the targets at stake, and what guards against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.plan.plan import ConfigRow
from planner.report import format as f
from planner.report.configurations import config_name, replica_name
from planner.report.lookup import Lookup
from planner.report.shapes import Table, number, numbers, text, words
from planner.report.targets import slow_end, target_name, target_text

NAMES = {"tpot": "TPOT", "ttft": "TTFT", "e2e": "End to end", "throughput": "Tokens/s", "rate": "Largest rate"}
_LONGEST = 6  # lines before the rest is counted


def factors(look: Lookup) -> Table | None:
    """By which factor each prediction may be off, up or down, and what that rests on; None where nothing is known."""
    rows = {config_name(row): row for row in look.plan.configs if row.intervals}
    if not rows:
        return None
    lines = tuple(
        (
            text(name),
            *(number(f"{row.intervals[key].high_factor:.2f}", row.intervals[key].high_factor) for key in NAMES),
            text(row.intervals["rate"].label),
        )
        for name, row in rows.items()
    )
    columns = (*words("Replica"), *numbers(*NAMES.values()), *words("Rests on"))
    return Table("How far off predictions may be, four times in five: the factor up or down", columns, lines)


def ranges(look: Lookup) -> tuple[str, ...]:
    """What that does to the targets, and what would guard against it."""
    rows = [row for row in look.plan.configs if row.intervals]
    return (*_targets(look, rows), *_guard(look, rows)) if rows else ()


def _targets(look: Lookup, rows: list[ConfigRow]) -> Iterator[str]:
    """Targets that the slow end of the range misses."""
    asked = {workload.id: workload.slo for workload in look.plan.workloads}
    missed: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    """What is missed, on what and by how much → by whose requests."""
    total = 0
    for row in rows:
        for target in row.latency:
            total += 1
            slow, most = slow_end(row, target), asked[row.workload][target]
            if slow > most:
                far = f"{target_text(target, slow)} of {target_text(target, most)}"
                missed[target_name(target), replica_name(row), far].append(row.demand_class)
    if total and not missed:
        yield "Every latency target holds at the slow end of its range too."
    elif missed:
        told = [f"{f.listed(whose)}, {where}: {what} {far}" for (what, where, far), whose in missed.items()]
        more = f" and {len(told) - _LONGEST} more" if len(told) > _LONGEST else ""
        yield (
            f"At the slow end of their range {sum(map(len, missed.values()))} of "
            f"{f.plural(total, 'predicted latency target')} would be missed at the busiest hour: "
            f"{'; '.join(told[:_LONGEST])}{more}."
        )


def _guard(look: Lookup, rows: list[ConfigRow]) -> Iterator[str]:
    """The margin that plans for the low end of every largest rate, if the plan does not keep it yet."""
    needed = 1 - min(row.intervals["rate"].low_factor for row in rows)
    if look.problem("limits").get("plan_for") == "cautious":
        yield "Every largest rate is planned at the low end of its range (limits.plan_for: cautious)."
        return
    kept = look.problem("limits")["throughput_margin"]
    if kept >= needed:
        yield f"The margin of {f.exact_share(kept)} on predicted rates covers the low end of every largest rate."
        return
    yield (
        f"limits.throughput_margin: {needed:.2f} would plan for the low end of every largest rate, enough "
        "nine times in ten; three benchmark runs of a deployment, given to planner calibrate, narrow its range instead."
    )
