"""The plan on a terminal: what to do, what it costs, how sure that is, in at most 25 lines of 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from planner.plan.plan import Plan
from planner.report import format as f
from planner.report.answer import fleet, horizon
from planner.report.certainty import doubts
from planner.report.configurations import config_name, replica_range
from planner.report.deeds import deeds
from planner.report.lookup import Lookup, total_by
from planner.report.opinions import second_opinion
from planner.report.proven import certainty

WIDTH = 100
LINES = 25
_MOST = 4


def summary_text(plan: Plan) -> str:
    """The answer as plain text."""
    look = Lookup(plan)
    failed = [f"FAILED CHECK  {finding.check}: {finding.detail}" for finding in plan.findings if not finding.ok]
    lines = [
        *_few(failed, 3),
        f.plain(str(look.problem("title"))),
        f"{f.money(plan.total_usd)} over {horizon(look)}{_worth(plan)}",
        certainty(look),
        "",
        f"Fleet  {fleet(look)}",
        *_few([f"Do     {line}" for line in deeds(look)]),
        "",
        *_few(_runs(look)),
        "",
        *_few(_tokens(look), _MOST + 1),
        *(f"Also   {line}" for line in second_opinion(look).says[:1]),
        *_few([f"Weak   {doubt}" for doubt in doubts(look)], 3),
    ]
    return "\n".join(_fitting(lines))


def _worth(plan: Plan) -> str:
    discounted = any(period.discount != 1 for period in plan.periods)
    return f", {f.money(plan.total_npv_usd)} at present value" if discounted else ""


def _runs(look: Lookup) -> list[str]:
    lines: dict[tuple[str, str], str] = {}
    for row in look.plan.configs:
        most = replica_range(look, row.workload, row.config)[1]
        lines.setdefault((row.workload, row.config), f"Run    {row.workload}: up to {most} × {config_name(row)}")
    return list(lines.values())


def _tokens(look: Lookup) -> list[str]:
    usd = total_by(look.plan.workload_costs, lambda row: row.workload, lambda row: row.usd)
    tokens = total_by(look.plan.workload_costs, lambda row: row.workload, lambda row: row.million_tokens)
    return [
        f"Cost   {name}: {f.money(usd[name])}"
        + (f", {f.unit_price(usd[name] / tokens[name])} per million tokens" if tokens[name] else "")
        for name in usd
    ]


def _few(lines: list[str], most: int = _MOST) -> list[str]:
    """The first lines, and how many were left out."""
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"{lines[most - 1][:7]}… and {len(lines) - most + 1} more, see the report"]


def _fitting(lines: Iterable[str]) -> list[str]:
    """Wrapped at the width and cut at the length: the first lines matter most."""
    fitted: list[str] = []
    for line in lines:
        said = f.printable(line).replace(f.NBSP, " ")
        fitted += textwrap.wrap(said, WIDTH, subsequent_indent="       ", break_long_words=True) or [""]
    return fitted if len(fitted) <= LINES else [*fitted[: LINES - 1], "… the report has the rest"]
