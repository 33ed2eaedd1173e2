"""One model at one steady rate: the short answer for `planner cheapest`."""

from __future__ import annotations

from planner.plan.plan import Plan
from planner.report import format as f
from planner.report.configurations import config_name, replica_range
from planner.report.deeds import deeds
from planner.report.lookup import FORMS, Lookup
from planner.report.proven import certainty
from planner.report.targets import latency_range, rate_range, target_name, target_text

_MOST = 5


def cheapest_text(plan: Plan) -> str:
    """What to rent, how to run it, what it costs, what came next."""
    look = Lookup(plan)
    lines = [
        f"{f.plain(str(look.problem('title')))}: {f.money(plan.total_usd)} a month{_per_million(plan)}",
        *(f"  {line}" for line in deeds(look)),
        *_configs(look),
        *_brackets(look),
        *_second_opinion(look),
        certainty(look),
        *_others(look),
    ]
    return "\n".join(f.printable(line).replace(f.NBSP, " ") for line in lines)


def _second_opinion(look: Lookup) -> list[str]:
    """What another performance model says, where one was asked."""
    if not look.plan.opinions:
        return []
    from planner.report.opinions import second_opinion

    return [f"  {line}" for line in second_opinion(look).says]


def _per_million(plan: Plan) -> str:
    tokens = sum(row.million_tokens for row in plan.workload_costs)
    return f", {f.unit_price(plan.total_usd / tokens)} per million tokens" if tokens else ""


def _configs(look: Lookup) -> list[str]:
    lines = []
    for row in look.plan.configs:
        most = replica_range(look, row.workload, row.config)[1]
        each = f"{f.figure(row.max_requests_per_s)} requests/s each{_within(rate_range(row))}"
        lines.append(f"  run {most} × {config_name(row)}: {each}, limited by {row.limited_by}")
        latency = [
            f"{target_name(target)} {target_text(target, value)}{_within(latency_range(row, target))}"
            for target, value in row.latency.items()
        ]
        if latency:
            lines.append(f"  expect {', '.join(latency)}")
        lines += [f"  note: {f.plain(warning)}" for warning in row.warnings]
    return lines


def _within(span: str) -> str:
    """An 80 % range in brackets."""
    return f" ({span})" if span else ""


def _brackets(look: Lookup) -> list[str]:
    """What the brackets mean, where there are any."""
    known = any(row.intervals for row in look.plan.configs)
    return ["  In brackets: where the truth lies four times in five."] if known else []


def _others(look: Lookup) -> list[str]:
    """The next cheapest GPU types at full load, after the one that is chosen."""
    rows = sorted(look.plan.runners_up, key=lambda row: row.usd_per_million_tokens)
    chosen, rest = [row for row in rows if row.chosen][:1], [row for row in rows if not row.chosen][:_MOST]
    if not rest:
        return []
    width = max(len(row.gpu) for row in (*chosen, *rest))
    return [
        "Alone at full load, a million tokens cost",
        *(
            f"  {row.gpu:<{width}}  {f.unit_price(row.usd_per_million_tokens):>8}  {row.pool}, {_form(row.form)}"
            + ("  ← chosen" if row.chosen else "")
            for row in (*chosen, *rest)
        ),
    ]


def _form(form: str) -> str:
    return FORMS.get(form, form).lower()
