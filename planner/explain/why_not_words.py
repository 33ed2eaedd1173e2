"""What an answer says, in one or two sentences with figures."""

from __future__ import annotations

from collections.abc import Iterable

from planner.explain.breakeven import BreakEven
from planner.explain.why_not_offers import FORM_WORDS, Quote
from planner.explain.why_not_world import Subject, World
from planner.plan.plan import Plan, WhyNotRow

VERDICTS = ("as_good", "too_dear", "dominated", "useless", "open", "rejected", "chosen")
KINDS = ("gpu", "form", "provider", "precision", "cache", "model")
_MOST = 12


def order(row: WhyNotRow) -> tuple[int, int, float, str]:
    """By kind, then the nearest to entering first."""
    return KINDS.index(row.kind), VERDICTS.index(row.verdict), -(row.enters_share or 0.0), row.name


def nearest_first(subjects: Iterable[Subject], plan: Plan) -> list[Subject]:
    """Purchase forms, which are few, then by how little the price at full load is above what is paid; GPUs first."""
    best: dict[str, float] = {}
    for row in plan.runners_up:
        if row.chosen:
            best[row.workload] = min(best.get(row.workload, float("inf")), row.usd_per_million_tokens)
    providers = {pool.id: pool.provider for pool in plan.pools}

    def distance(subject: Subject) -> float:
        near = [float("inf")]
        for row in plan.runners_up:
            provider = providers.get(row.pool, row.pool.split("/", 1)[0])
            if subject.name in {"gpu": {row.gpu}, "form": {row.form}, "provider": {provider}}.get(subject.kind, set()):
                near.append(row.usd_per_million_tokens / best.get(row.workload, row.usd_per_million_tokens))
        return min(near)

    return sorted(subjects, key=lambda one: (one.kind != "form", distance(one), KINDS.index(one.kind), one.name))


def rejections_of(world: World, subject: Subject) -> list[str]:
    """What of the thing was refused, one line a workload and reason."""
    if subject.kind != "gpu":
        return []
    lines: dict[tuple[str, str], str] = {}
    for one in world.candidates.rejections:
        if one.gpu == subject.name:
            lines.setdefault((one.workload, one.reason), f"{one.workload}: {one.subject}: {one.detail} ({one.reason})")
    return list(lines.values())[:_MOST]


def unsolved(quote: Quote | None) -> str:
    """Before anything was solved."""
    price = f"; its cheapest offer is {price_of(quote.usd, quote.unit)} ({quote.offer})" if quote else ""
    return f"It could serve, but the plan does without it{price}. Its break-even was not looked for in time."


def no_price(plan: Plan, row: WhyNotRow) -> str:
    """Where money is not what is minimised."""
    told = f"{sentence(row.reason)} " if row.verdict == "dominated" else ""
    return f"{told}The plan minimises {plan.certificate.objective_name}, which no price changes."


def reason(row: WhyNotRow, found: BreakEven, cost: float) -> str:
    """What was found, exact or as an interval; `cost` is that of the best fleet without it [USD]."""
    told = f"Dominated: {row.reason}. " if row.verdict == "dominated" and row.by else ""
    forced = f" {_forced(row)}" if row.forced_usd is not None else ""
    if found.found is None:
        tried = f"Even at {found.tried:.0%} of today's prices no better fleet with it was found"
        limits = (
            "; a limit, or what it can serve, keeps it out"
            if row.verdict == "useless"
            else _at_most(row, cost) or " in time"
        )
        return f"{told}{tried}{limits}.{forced}"
    if found.low <= 0:
        spent = f"at {found.tried:.0%} of today's prices a fleet with it was found that costs less than the plan"
        return f"{told}{sentence(spent)[:-1]}, but by less than the proof leaves open{_at_most(row, cost)}.{forced}"
    if row.verdict == "as_good":
        return f"As good as the plan: a fleet with it costs no more at today's prices, within what is proven.{forced}"
    head = "" if told else "Too dear: "
    return f"{told}{head}{_enters(row, found, cost)}{forced}"


def _enters(row: WhyNotRow, found: BreakEven, cost: float) -> str:
    today, low, high = row.today, row.enters_low, row.enters_high
    if today is None or low is None or high is None:
        return f"It enters below {found.low:.1%} of today's prices."
    now, below = f"{price_of(today, row.unit)} today ({row.offer})", price_of(low, row.unit)
    if found.is_exact:
        return f"{now}; it enters below {below}, {found.low:.1%} of today's price."
    told = f"{now}; it enters for certain below {below}, {found.low:.1%} of today's price"
    if found.high < 1:
        told = f"{told}, and above {price_of(high, row.unit)} it does not"
    return f"{told}{_at_most(row, cost) or '; between the two nothing was proven in time'}."


def _at_most(row: WhyNotRow, cost: float) -> str:
    """What it saves at most from there on."""
    if row.saves_most_usd is None:
        return ""
    share = row.saves_most_usd / cost if cost else 0.0
    low = "there" if row.enters_low is None else f"at {price_of(row.enters_low, row.unit)}"
    return f"; {low} or above it saves at most {usd(row.saves_most_usd)} ({share:.2%})"


def _forced(row: WhyNotRow) -> str:
    if not row.forced_usd:
        return "Having some of it in every hour costs nothing more."
    return f"Having some of it in every hour costs {usd(row.forced_usd)} more over the horizon."


def chosen(plan: Plan, row: WhyNotRow, more: float | None, least: float | None) -> str:
    """Where it is, what the fleet found without it costs more, and what no fleet without it costs less than."""
    if more is None or least is None or plan.certificate.objective_name != "cost":
        return f"It is in the plan: {_where(row)}."
    whole = abs(plan.certificate.objective)
    if more <= 1e-6 * whole:
        return f"It is in the plan: {_where(row)}. The best fleet without it costs the same."
    told = f"costs {usd(more)} more ({more / whole if whole else 0.0:+.1%})"
    if more - least <= 1e-4 * more:
        return f"It is in the plan: {_where(row)}. The best fleet without it {told}."
    proven = f"none costs less than {usd(least)} more" if least > 0 else "whether another costs no more is not proven"
    return f"It is in the plan: {_where(row)}. The fleet found without it {told}; {proven}."


def needed(row: WhyNotRow, refusal: str) -> str:
    """Of what no fleet does without."""
    return f"It is in the plan: {_where(row)}. Without it there is no fleet: {sentence(refusal)}"


def _where(row: WhyNotRow) -> str:
    return "; ".join(row.details[:3]) + (f"; and {len(row.details) - 3} more" if len(row.details) > 3 else "")


def usd(amount: float) -> str:
    """Dollars, whole from a hundred up."""
    return f"${amount:,.0f}" if amount >= 99.5 else f"${amount:,.2f}"


def price_of(amount: float, unit: str) -> str:
    """A price with its unit."""
    digits = 0 if amount >= 1000 else 2 if amount >= 0.1 else 4
    return f"${amount:,.{digits}f} {unit.removeprefix('USD ')}"


def form_words(form: str) -> str:
    """A purchase form in words."""
    return FORM_WORDS.get(form, form)


def saves(less: float, cost: float) -> str:
    """What a choice of the user's costs."""
    return (
        f"Were it allowed, the best fleet would have it and cost {usd(less)} less over the horizon ({less / cost:.1%})."
    )


def if_allowed(row: WhyNotRow) -> str:
    """Of what would be had and still not be chosen."""
    if row.verdict == "as_good":
        return "Were it allowed, the best fleet would cost the same, with it or without."
    return f"Were it allowed, it would not be chosen at today's prices. {row.reason}"


def sentence(text: str) -> str:
    """The text as a sentence."""
    text = f"{text[:1].upper()}{text[1:]}"
    return text if text.endswith(".") else f"{text}."
