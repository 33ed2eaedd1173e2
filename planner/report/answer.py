"""The first thing a reader sees: the answer in three sentences, and six figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite

from planner.plan.peaks import busiest_gpus, most_gpus, most_gpus_by_type
from planner.plan.plan import Plan
from planner.report import format as f
from planner.report.deeds import decision, due, retirements
from planner.report.lookup import Lookup
from planner.report.proven import certainty, is_best_for_all
from planner.report.shapes import Tone
from planner.report.shortage import alerts

_MOST_DECISIONS = 4
_MOST_TYPES = 4
_MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class Tile:
    """One figure with its name and a line of context."""

    name: str
    value: str
    context: str


@dataclass(frozen=True)
class Answer:
    """Heading, three sentences, figures, and what must be said before anything else."""

    title: str
    question: str
    horizon: str
    as_of: str
    verdict: str
    tone: Tone
    sentences: tuple[str, ...]
    tiles: tuple[Tile, ...]
    alerts: tuple[str, ...]


def answer(look: Lookup) -> Answer:
    """What to do, what it costs, how sure that is."""
    plan = look.plan
    failed = [finding for finding in plan.findings if not finding.ok]
    proven = plan.certificate.verdict == "optimal" and is_best_for_all(plan.hedge)
    return Answer(
        title=str(look.problem("title")),
        question=str(look.problem("question")),
        horizon=horizon(look),
        as_of=f.day(plan.made.as_of),
        verdict=_verdict(plan),
        tone="warn" if failed or not proven else "good",
        sentences=(what(look), decisions(look), certainty(look)),
        tiles=_tiles(look),
        alerts=(*(f"Check failed: {finding.check} ({finding.detail})" for finding in failed), *alerts(look)),
    )


def horizon(look: Lookup) -> str:
    """The time the plan covers: "January to June 2027 (6 months)", or its length where it has no dates."""
    first, last = look.plan.periods[0], look.plan.periods[-1]
    months = f.plural(look.months, "month")
    if first.start is None:
        return months
    if first.start.day != 1:
        return f"{first.label if first.index == last.index else f'{first.label} to {last.label}'} ({months})"
    months_on = first.start.month - 1 + look.months - 1
    end = date(first.start.year + months_on // 12, months_on % 12 + 1, 1)
    if look.months == 1:
        return f"{end:%B} {end.year}"
    begin = f"{first.start:%B}" if first.start.year == end.year else f"{first.start:%B} {first.start.year}"
    return f"{begin} to {end:%B} {end.year} ({months})"


def what(look: Lookup) -> str:
    """Sentence one: who is served, on what, for how much."""
    total = look.plan.total_usd
    month = f", or {f.money(total / look.months)} a month" if look.months > 1 else ""
    return f"Run {_served(look)} on {fleet(look)}: {f.money(total)} over {horizon(look)}{month}."


def _served(look: Lookup) -> str:
    names = [workload.id for workload in look.plan.workloads]
    return f.listed(names) if len(names) <= 4 else f"all {len(names)} workloads"


def fleet(look: Lookup) -> str:
    """The most GPUs of each type, how many that is at once where it is fewer, and what goes to hosted APIs."""
    peak, at_once = most_gpus_by_type(look.plan), most_gpus(look.plan)
    fewer = f" ({at_once:,} at once)" if at_once < sum(peak.values()) else ""
    owned = f"up to {types(peak)}{fewer}" if peak else ""
    sent = api_share(look)
    if not sent:
        return owned or "nothing"
    return f"{owned}, with {f.share(sent)} of the requests sent to hosted APIs" if owned else "hosted APIs alone"


def types(gpus: Mapping[str, int]) -> str:
    """42 × B200-SXM and 8 × H200-SXM; of many types the rest is counted."""
    shown = len(gpus) if len(gpus) == _MOST_TYPES + 1 else _MOST_TYPES
    parts = [f"{count:,}{f.NBSP}×{f.NBSP}{gpu}" for gpu, count in list(gpus.items())[:shown]]
    more = len(gpus) - shown
    return f.listed([*parts, *([f.plural(more, "other GPU type")] if more > 0 else [])])


def api_share(look: Lookup) -> float:
    """Share of all planned requests that goes to hosted APIs."""
    hosted = sum(row.requests_per_s * look.hours(row.period, row.block) for row in look.plan.api)
    own = sum(row.requests_per_s * look.hours(row.period, row.block) for row in look.plan.finished)
    return hosted / (hosted + own) if hosted else 0.0


def decisions(look: Lookup) -> str:
    """Sentence two: what has to be signed or ordered, and by when."""
    purchases = sorted(look.plan.purchases, key=lambda row: (row.period, -row.usd, row.pool))
    deeds = [*(decision(look, row) for row in purchases), *retirements(look)]
    rented = any(row.on_demand_nodes or row.spot_nodes for row in look.plan.capacity)
    if not deeds:
        if rented:
            quotas = f"arrange quotas for what is rented by the hour by {due(look, look.plan.periods[0].index)}"
            return f"Sign nothing; {quotas}. The plan can change on any day."
        return "Sign nothing and buy nothing: what is owned and hosted APIs carry the load."
    more = len(deeds) - _MOST_DECISIONS
    rest = f"; {f.plural(more, 'more decision')} in the table of purchases" if more > 0 else ""
    hourly = "; rent the rest by the hour" if rented else ""
    sentence = "; ".join(deeds[:_MOST_DECISIONS]) + rest + hourly
    return sentence[0].upper() + sentence[1:] + "."


def _verdict(plan: Plan) -> str:
    row = plan.certificate
    if plan.hedge:
        return "decided for all scenarios, " + ("proven" if is_best_for_all(plan.hedge) else "not proven")
    if row.verdict == "optimal":
        return f.gap_text(row.gap)
    return f"not proven: gap {f.gap(row.gap)}" if isfinite(row.gap) else "not proven"


def _first_period(look: Lookup) -> Tile:
    """What the next period costs; where there is only one, a month of the mean, and of a month the year."""
    first, plan = look.plan.periods[0], look.plan
    if look.months == 1:
        return Tile("A year", f.money_short(_MONTHS_PER_YEAR * plan.total_usd), "if all its months are like this one")
    if len(plan.periods) == 1:
        return Tile("A month", f.money_short(plan.total_usd / look.months), f"mean of {f.plural(look.months, 'month')}")
    usd = sum(row.usd for row in plan.costs if row.period == first.index)
    return Tile(f"Cost in {first.label}", f.money_short(usd), f"the first of {f.plural(len(plan.periods), 'period')}")


def _tiles(look: Lookup) -> tuple[Tile, ...]:
    plan = look.plan
    discounted = any(period.discount != 1 for period in plan.periods)
    total = f"{f.money(plan.total_npv_usd)} at today's value" if discounted else "no discounting"
    tokens = sum(row.million_tokens for row in plan.workload_costs)
    peak = busiest_gpus(plan)
    passed = sum(finding.ok for finding in plan.findings)
    return (
        Tile("Total cost", f.money_short(plan.total_usd), total),
        _first_period(look),
        Tile(
            "A million tokens",
            f.unit_price(plan.total_usd / tokens) if tokens else f.NOT_A_NUMBER,
            f"input and output, {f.tokens_millions(tokens)} expected",
        ),
        Tile("GPUs at the peak", f.count(sum(peak.values())), types(peak) or "none: hosted APIs only"),
        Tile("Optimality gap", f.gap(plan.certificate.gap), f"asked: {f.gap(plan.certificate.gap_asked)}"),
        Tile("Checks passed", f"{passed} of {len(plan.findings)}", "re-added from the plan alone"),
    )
