"""What may turn the answer: one figure each, its range, and the changes of the problem that set it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.again import Question
from planner.candidates.owned import SiteFigures
from planner.candidates.price_trends import FIGURE
from planner.demand.build import build_demand
from planner.explain.levers import demands
from planner.inputs.problem import Problem
from planner.invest.shapes import Load, load_of
from planner.units import HOURS_PER_DAY, HOURS_PER_WEEK, MONTHS_PER_PERIOD, MONTHS_PER_TERM, SECONDS_PER_HOUR

Changes = Mapping[str, Any]
LEAST_UTILISATION = 0.02
LONGEST_MONTHS = 60
FASTEST = 0.6
"""The fastest that cloud prices are taken to fall or rise [1/year]."""
RENTED = ("on_demand", "spot", "reserved_1y", "reserved_3y")


@dataclass(frozen=True)
class Lever:
    """One figure: where it stands and how far it is looked at; `whole` steps are tried where it has no others."""

    id: str
    subject: str
    unit: str
    at: float
    low: float
    high: float
    changes: Callable[[float], Changes]
    says: str = ""
    whole: bool = False
    even: bool = False
    """Whether it is looked at in even steps, not in even factors."""


def levers(question: Question) -> list[Lever]:
    """Those whose break-even is told, the most telling first."""
    found = [*_load(question), *_demand(question), *_horizon(question), *_site(question), *_prices(question)]
    return [one for one in found if one.low < one.high]


def swinging(question: Question) -> list[Lever]:
    """Those that only say how far the answer moves: what the rule of thumb leaves out."""
    problem, figures = question.problem, SiteFigures(question.problem.supply.own.site, question.catalog.ownership)
    site = problem.supply.own.site
    found = [
        ("staff", "staff_usd_per_system_year", "USD a system a year"),
        ("colocation rent", "colocation_usd_per_kw_month", "USD/kW/month"),
        ("maintenance", "maintenance_share_per_year", "of the price a year"),
        ("PUE", "pue", ""),
        ("power draw", "average_power_share", "of the maximum"),
        ("network", "network_share", "of the price"),
        ("installation", "installation_share", "of the price"),
        ("spares", "spares_share", "of the price"),
        ("failed parts", "failures_share_per_year", "of the price a year"),
        ("useful life", "life_years", "years"),
    ]
    left_out = {"staff_usd_per_system_year"} if site.systems_per_person is not None else set()
    left_out |= {"colocation_usd_per_kw_month"} if site.own_room else set()
    left_out |= {"average_power_share"} if site.idle_power_share is not None else set()
    levers_of = [
        _plain(subject, f"supply.own.site.{key}", unit, figures[key])
        for subject, key, unit in found
        if key not in left_out
    ]
    if site.usd_per_person_year is not None:
        key = "supply.own.site.usd_per_person_year"
        levers_of.append(_plain("staff", key, "USD a person a year", site.usd_per_person_year))
    rate = problem.horizon.discount_rate_per_year
    levers_of.append(_plain("discount rate", "horizon.discount_rate_per_year", "a year", rate))
    return [one for one in levers_of if one.at]


def _plain(subject: str, key: str, unit: str, at: float, most: float = math.inf) -> Lever:
    least = 1.0 if key.endswith(".pue") else 0.0
    return Lever(key, subject, unit, at, least, min(most, 10 * at), lambda value: {key: max(least, value)})


def _load(question: Question) -> Iterator[Lever]:
    load: Load | None = load_of(question)
    if load is None:
        return
    hour = 1 / HOURS_PER_WEEK
    if load.never_rests:
        says, least = "same rate while it works, in fewer hours of the week, office hours first", hour
    else:
        says, least = "same peak, quieter hours emptied first or filled up", LEAST_UTILISATION
    unit, whole = "mean over peak demand", load.never_rests
    yield Lever(
        "utilisation", "utilisation", unit, load.utilisation, least, 1.0, load.changes, says, whole=whole, even=True
    )


def _demand(question: Question) -> Iterator[Lever]:
    """All demand together, in tokens a day over the horizon."""
    every = demands(question.problem)
    if not every:
        return
    tokens = tokens_per_day(question)

    def changes(value: float) -> Changes:
        if every[-1].key == "workloads.*":
            return every[-1].to(value / tokens)
        return every[0].to(every[0].at * value / tokens)

    says = "same hours and same growth, more or fewer requests"
    yield Lever("volume", "demand", "tokens a day", tokens, tokens / 20, 20 * tokens, changes, says)


def tokens_per_day(question: Question) -> float:
    """Input and output tokens expected on a mean day of the horizon."""
    demand = build_demand(question.problem, question.catalog, question.base)
    line, total = demand.timeline, 0.0
    for one in demand.classes:
        each = one.lengths.mean_input + one.lengths.mean_output
        for t, period in enumerate(line.periods):
            for b, block in enumerate(line.blocks):
                total += one.mean_requests_per_s[t][b] * each * line.hours(period, block) * SECONDS_PER_HOUR
    return float(total / sum(period.hours / HOURS_PER_DAY for period in line.periods))


def _horizon(question: Question) -> Iterator[Lever]:
    problem = question.problem
    step = MONTHS_PER_PERIOD[problem.horizon.period]
    most = max(LONGEST_MONTHS // step, problem.horizon.periods)

    def changes(value: float) -> Changes:
        return horizon_of(problem, max(1, round(value / step)))

    says = "demand after the horizon goes on as in its last period; terms that no longer fit are not offered"
    yield Lever(
        "horizon", "horizon", "months", problem.horizon.months, step, most * step, changes, says, whole=True, even=True
    )


def horizon_of(problem: Problem, periods: int) -> Changes:
    """The changes under which the plan covers so many periods: lists are cut or go on as they ended."""
    changes: dict[str, Any] = {"horizon.periods": periods}
    months = periods * MONTHS_PER_PERIOD[problem.horizon.period]
    for name, workload in problem.workloads.items():
        for kind in ("traffic", "batch"):
            growth = getattr(getattr(workload, kind), "growth_per_month", 0.0)
            if isinstance(growth, list):
                longer = [*growth, *[growth[-1]] * max(0, periods - len(growth))]
                changes[f"workloads.{name}.{kind}.growth_per_month"] = longer[:periods]
    least = problem.horizon.commitment_share_inside
    if problem.supply.rent:
        forms = [form for form in problem.supply.rent.forms if months >= least * MONTHS_PER_TERM.get(form, 0)]
        changes["supply.rent.forms"] = forms or ["on_demand"]
    quotas, blocks = problem.supply.quotas, problem.supply.capacity_blocks
    if any((quota.first_period or 1) > periods for quota in quotas):
        kept = [quota for quota in quotas if (quota.first_period or 1) <= periods]
        changes["supply.quotas"] = [quota.model_dump(mode="json", exclude_none=True) for quota in kept]
    if any(block.last_period > periods for block in blocks):
        there = [block for block in blocks if block.last_period <= periods]
        changes["supply.capacity_blocks"] = [block.model_dump(mode="json", exclude_none=True) for block in there]
    return changes


def _site(question: Question) -> Iterator[Lever]:
    figures = SiteFigures(question.problem.supply.own.site, question.catalog.ownership)
    key = "supply.own.site.usd_per_kwh"
    at = figures["usd_per_kwh"]
    yield Lever(
        "electricity", "electricity price", "USD/kWh", at, 0.0, max(1.0, 10 * at), lambda v: {key: v}, even=True
    )
    key_of = "supply.own.site.residual_share"
    if not question.problem.supply.own.site.value_curve:
        yield Lever(
            "resale", "resale value", "of the price at the end of its life", figures["residual_share"], 0.0, 1.0,
            lambda v: {key_of: v}, even=True,
        )  # fmt: skip


def _prices(question: Question) -> Iterator[Lever]:
    problem = question.problem

    def times(*names: str) -> Callable[[float], Changes]:
        return lambda value: {"prices": {**problem.prices, **{n: value * problem.prices.get(n, 1.0) for n in names}}}

    systems = problem.supply.own.systems
    if len(systems) == 1:
        usd = question.catalog.systems[systems[0]].usd * problem.prices.get("owned", 1.0)
        yield Lever(
            "hardware", f"price of one {systems[0]}", "USD", usd, 0.1 * usd, 10 * usd, lambda v: times("owned")(v / usd)
        )
    else:
        yield Lever("hardware", "hardware prices", "times today's", 1.0, 0.1, 10.0, times("owned"))
    yield Lever("cloud", "prices of rented GPUs", "times today's", 1.0, 0.1, 10.0, times(*RENTED))

    def trend(value: float) -> Changes:
        return {"price_trends": {**problem.price_trends, **dict.fromkeys(RENTED, value)}}

    known = question.catalog.ownership.get(f"{FIGURE}on_demand")
    at = problem.price_trends.get("on_demand", known.value if known else 0.0)
    says = "of themselves a year; what is signed keeps the price of its day"
    yield Lever("decline", "cloud prices", "a year", at, -FASTEST, FASTEST, trend, says, even=True)
