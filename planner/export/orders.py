"""What to sign, order, rent and keep: one line each, and every dollar of the bill on exactly one of them."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from planner.errors import PlannerError
from planner.plan.plan import CapacityRow, OptionRow, PeriodRow, Plan, Provenance, PurchaseRow
from planner.units import HOURS_PER_DAY, HOURS_PER_MONTH, HOURS_PER_WEEK

SIGN, RENT, KEEP, OTHER = "Sign and order", "Rent as it runs", "Keep running", "Nothing to order"
SECTIONS = (SIGN, RENT, KEEP, OTHER)
FINANCE = "finance signs, platform orders"
PLATFORM = "platform orders"
OPERATIONS = "operations keeps running"
NOBODY = "nobody"
_PURCHASES = ("reserved_1y", "reserved_3y", "capacity_block", "owned")
_FORM_OF = {
    "on_demand": "on_demand",
    "on_demand_start_up": "on_demand",
    "on_demand_minimum_hours": "on_demand",
    "spot": "spot",
    "spot_start_up": "spot",
    "spot_minimum_hours": "spot",
    "owned_purchase": "owned",
    "owned_value_left": "owned",
    "owned_running": "owned",
    "owned_resale": "owned",
    "owned_retired": "owned",
    "owned_lease": "owned",
    "owned_loan": "owned",
    "owned_loan_left": "owned",
    "owned_tax": "owned",
    "owned_tax_left": "owned",
    "existing_running": "existing",
}
_ACTIONS = {
    "reserved_1y": "sign for 1 year",
    "reserved_3y": "sign for 3 years",
    "capacity_block": "book a capacity block of",
    "owned": "buy",
    "on_demand": "rent on demand",
    "spot": "rent on spot",
    "existing": "keep",
    "api": "call",
}
_NODES = {"on_demand": "on_demand_nodes", "spot": "spot_nodes"}
_DAYS_PER_MONTH = HOURS_PER_MONTH / HOURS_PER_DAY
_CENT = 0.005


@dataclass(frozen=True)
class Line:
    """One thing to do and what it costs within the horizon [USD]."""

    section: str
    action: str
    subject: str
    quantity: float
    unit: str
    by: date | None
    by_words: str
    serves: str
    terms: str
    unit_price: float | None
    price_unit: str
    usd: float
    usd_after: float
    who: str
    provenance: Provenance | None
    note: str = ""


@dataclass(frozen=True)
class Orders:
    """The lines of a plan, in the order in which they fall due."""

    plan: Plan
    lines: tuple[Line, ...]

    @property
    def usd(self) -> float:
        return sum(line.usd for line in self.lines)


def orders_of(plan: Plan) -> Orders:
    """Every line; raises PlannerError where a purchase has no price."""
    bill: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in plan.costs:
        bill[_FORM_OF.get(row.term, row.term), row.subject][row.period] += row.usd
    lines = [
        _purchase(plan, row) for row in sorted(plan.purchases, key=lambda row: (row.first_period, row.pool, row.form))
    ]
    for (form, subject), usd in bill.items():
        lines += _billed(plan, form, subject, dict(usd))
    far = date.max
    lines.sort(key=lambda line: (SECTIONS.index(line.section), line.by or far, line.subject, line.action, line.serves))
    return Orders(plan, tuple(lines))


def _billed(plan: Plan, form: str, subject: str, usd: dict[int, float]) -> list[Line]:
    """What a form of a pool or an API costs beyond what its purchases say of themselves."""
    if form in _NODES or form == "existing":
        return _running(plan, form, subject, usd)
    if form == "api":
        return [_api(plan, subject, usd)]
    said = sum(row.usd for row in plan.purchases if (row.form, row.pool) == (form, subject))
    rest = sum(usd.values()) - said
    if form in _PURCHASES and abs(rest) < _CENT:
        return []
    return [_other(plan, form, subject, rest, usd)]


def _purchase(plan: Plan, row: PurchaseRow) -> Line:
    option, period = _option(plan, row.pool, row.form), plan.periods[row.period]
    by, words = _deadline(plan, row, option)
    owned = row.form == "owned"
    hourly = f"USD a node and hour, every hour of {option.term_months} months"
    upfront = f"; {option.upfront_share:.0%} paid up front" if option.upfront_share else "; paid as it runs"
    lead = f"{option.lead_months:g} months to deliver" if option.lead_months else "no lead time"
    return Line(
        section=SIGN,
        action=_ACTIONS[row.form],
        subject=row.pool,
        quantity=row.nodes,
        unit=_of(row.nodes, "system" if owned else "node"),
        by=by,
        by_words=words,
        serves=_from_to(plan, row.first_period, row.last_period),
        terms=lead if owned else f"{option.term_months} months{upfront}; {lead}",
        unit_price=_paid_usd(plan, row) / row.nodes if owned else _usd_per_hour(plan, row, option),
        price_unit="USD a system, its network included" if owned else hourly,
        usd=row.usd,
        usd_after=row.usd_after_horizon,
        who=FINANCE,
        provenance=option.provenance,
        note=_purchase_note(plan, row, option, period),
    )


def _purchase_note(plan: Plan, row: PurchaseRow, option: OptionRow, period: PeriodRow) -> str:
    if row.form == "owned":
        price, running = _paid_usd(plan, row), option.fixed_usd_per_month * row.nodes
        sold = [one for one in plan.sales if (one.pool, one.form, one.ordered) == (row.pool, "owned", row.period)]
        sales = "".join(f" Sell {one.nodes} in {plan.periods[one.period].label} for ${one.usd:,.0f}." for one in sold)
        return (
            f"Pay ${price:,.0f} in {period.label}, then ${running:,.0f} a month to run.{sales}"
            " The total takes off what is sold and what is left at the end."
        )
    whole = _usd_per_hour(plan, row, option) * HOURS_PER_MONTH * option.term_months * row.nodes
    after = f", of which ${row.usd_after_horizon:,.0f} lies beyond the horizon" if row.usd_after_horizon > _CENT else ""
    return f"The whole contract is ${whole:,.0f}{after}."


def _paid_usd(plan: Plan, row: PurchaseRow) -> float:
    """What is paid for a purchase when it is ordered [USD]."""
    bought = ("owned_purchase", row.pool, row.period)
    return sum(one.usd for one in plan.costs if (one.term, one.subject, one.period) == bought)


def _usd_per_hour(plan: Plan, row: PurchaseRow, option: OptionRow) -> float:
    """A reserved node's price when it is signed [USD/h]."""
    months = sum(one.months for one in plan.periods if one.index < row.period)
    return option.usd_per_hour * float((1 + option.trend_per_year) ** (months / 12))


def _deadline(plan: Plan, row: PurchaseRow, option: OptionRow) -> tuple[date | None, str]:
    """The last day on which it still arrives in time, never before the plan pays for it."""
    if row.first_period < len(plan.periods):
        needed = plan.periods[row.first_period]
        if needed.start is None:
            ahead = f"{option.lead_months:g} months before " if option.lead_months else ""
            return None, f"{ahead}the start of {needed.label}"
        latest = months_earlier(needed.start, option.lead_months)
        return latest, "overdue" if latest < plan.made.as_of else ""
    return plan.periods[row.period].start, f"in {plan.periods[row.period].label}; serves only after the horizon"


def months_earlier(day: date, months: float) -> date:
    """So many months before a day; part of a month counts in days of a mean month."""
    whole, part = divmod(months, 1)
    index = day.year * 12 + day.month - 1 - int(whole)
    year, month = divmod(index, 12)
    back = date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    return back - timedelta(days=round(part * _DAYS_PER_MONTH))


def _running(plan: Plan, form: str, pool: str, usd: dict[int, float]) -> list[Line]:
    """Nodes rented or kept, a line for each run of periods with the same numbers."""
    counts = {period.index: _counts(plan, form, pool, period) for period in plan.periods if period.index in usd}
    return [_run(plan, form, pool, counts, periods, usd) for periods in _runs(counts)]


def _runs(counts: dict[int, tuple[int, float]]) -> list[list[int]]:
    """Periods in a row with the same most and mean nodes."""
    keyed = [(index - place, counts[index]) for place, index in enumerate(sorted(counts))]
    grouped = groupby(zip(sorted(counts), keyed, strict=True), key=lambda pair: pair[1])
    return [[index for index, _ in group] for _, group in grouped]


def _counts(plan: Plan, form: str, pool: str, period: PeriodRow) -> tuple[int, float]:
    """Most nodes at once, and the mean over the period's hours."""
    if form == "existing":
        nodes = sum(row.nodes for row in plan.kept if (row.pool, row.period) == (pool, period.index))
        return nodes, float(nodes)
    rows = [row for row in plan.capacity if (row.pool, row.period) == (pool, period.index)]
    mean = sum(_nodes(row, form) * len(plan.blocks[row.block].hours_of_week) for row in rows) / HOURS_PER_WEEK
    return max((_nodes(row, form) for row in rows), default=0), round(mean, 6)


def _nodes(row: CapacityRow, form: str) -> int:
    return int(getattr(row, _NODES[form]))


def _run(
    plan: Plan, form: str, pool: str, counts: dict[int, tuple[int, float]], periods: list[int], usd: dict[int, float]
) -> Line:
    option, first = _option(plan, pool, form), plan.periods[periods[0]]
    most, mean = counts[periods[0]]
    kept = form == "existing"
    hours = sum(plan.periods[index].hours for index in periods) * mean
    return Line(
        section=KEEP if kept else RENT,
        action=_ACTIONS[form],
        subject=pool,
        quantity=most,
        unit=_of(most, "system") if kept else f"{_of(most, 'node')} at most",
        by=first.start,
        by_words="" if first.start else f"the start of {first.label}",
        serves=_from_to(plan, periods[0], periods[-1]),
        terms="already owned" if kept else "by the hour, may be taken back" if form == "spot" else "by the hour",
        unit_price=option.fixed_usd_per_month if kept else option.usd_per_hour,
        price_unit="USD a system and month" if kept else "USD a node and hour",
        usd=sum(usd[index] for index in periods),
        usd_after=0.0,
        who=OPERATIONS if kept else PLATFORM,
        provenance=option.provenance,
        note="" if kept else f"{hours:,.0f} node-hours, {mean:.1f} nodes on average: see that the quota allows {most}.",
    )


def _api(plan: Plan, api: str, usd: dict[int, float]) -> Line:
    options = [row for row in plan.api_options if row.api == api]
    calls: dict[tuple[int, int], float] = defaultdict(float)
    for row in plan.api:
        if row.api == api:
            calls[row.period, row.block] += row.requests_per_s
    first = plan.periods[min(usd)]
    prices = {row.usd_per_request for row in options}
    return Line(
        section=RENT,
        action=_ACTIONS["api"],
        subject=api,
        quantity=round(max(calls.values(), default=0.0), 3),
        unit="requests/s at most",
        by=first.start,
        by_words="" if first.start else f"the start of {first.label}",
        serves=_from_to(plan, min(usd), max(usd)),
        terms="by the token",
        unit_price=min(prices) if len(prices) == 1 else None,
        price_unit="USD a request" if len(prices) == 1 else "differs by request size",
        usd=sum(usd.values()),
        usd_after=0.0,
        who=PLATFORM,
        provenance=options[0].provenance if options else None,
        note="See that the account's rate limit allows it.",
    )


def _other(plan: Plan, form: str, subject: str, rest: float, usd: dict[int, float]) -> Line:
    return Line(
        section=OTHER,
        action=form.replace("_", " "),
        subject=subject,
        quantity=1,
        unit="in all",
        by=None,
        by_words="",
        serves=_from_to(plan, min(usd), max(usd)),
        terms="part of the bill",
        unit_price=None,
        price_unit="",
        usd=rest,
        usd_after=0.0,
        who=NOBODY,
        provenance=None,
    )


def _of(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"


def _option(plan: Plan, pool: str, form: str) -> OptionRow:
    for option in plan.options:
        if (option.pool, option.form) == (pool, form):
            return option
    raise PlannerError(f"the plan pays for {form} in {pool}, but does not say at what price")


def _from_to(plan: Plan, first: int, last: int) -> str:
    labels = [period.label for period in plan.periods]
    if first >= len(labels):
        return "after the horizon"
    return labels[first] if last <= first else f"{labels[first]} to {labels[last]}"


def due_after(lines: Iterable[Line]) -> float:
    """What is owed beyond the horizon [USD]."""
    return sum(max(0.0, line.usd_after) for line in lines)
