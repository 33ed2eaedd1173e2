"""Why something is not in the plan: rejected, dominated, too dear, or there after all."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

from planner.again import Question
from planner.errors import InfeasibleError, PlannerError
from planner.explain import why_not_words as words
from planner.explain.breakeven import SAME, BreakEven, Priced, break_even
from planner.explain.breakeven_solve import Best, Clock, Repriced, cheaper, cheapest, offers_of, with_it
from planner.explain.effort import brief_s, is_of_today
from planner.explain.fleet import counts_of
from planner.explain.why_not_allowed import allowing
from planner.explain.why_not_chosen import chosen_words, is_chosen
from planner.explain.why_not_dominated import dominating
from planner.explain.why_not_names import every_subject, subject_named
from planner.explain.why_not_offers import Quote, cheapest_quote
from planner.explain.why_not_rejected import Rejected, rejected
from planner.explain.why_not_world import MARKET, Subject, World, world_of
from planner.milp.instance import Instance
from planner.plan.plan import Plan, WhyNotRow

_SHARE_OF_TIME = 0.25
_SHARE_OF_CHOSEN = 0.2
_LEAST_S = 1.0
_SEARCHES_FOR_ALL, _SEARCHES_FOR_ONE = 40, 6
_BRIEF_STEPS = 4
_CLOSER, _BRIEFLY = 0.15, 0.5
"""Of the gap asked for: the best fleet of all, to which the others are compared, is searched for more closely."""
_AS_GOOD = 1 - 1e-4


def why_not(question: Question, plan: Plan, name: str, seconds: float) -> WhyNotRow:
    """Everything about one name; raises InputError where nothing goes by it, else the plan's own `PlannerError`."""
    answerer = _answerer(question, plan, seconds, _SEARCHES_FOR_ONE)
    return answerer.whole(subject_named(name, answerer.world))


def why_not_rows(question: Question, plan: Plan, seconds: float) -> list[WhyNotRow]:
    """Every GPU type, purchase form and provider that the plan has none of.

    What needs no solve comes first, then prices of the nearest by their price at full load, until the time is up.
    """
    answerer = _answerer_for_all(question, plan, seconds)
    return answerer.others()[0] if answerer else []


def _answerer(question: Question, plan: Plan, seconds: float, searches: int) -> _Answerer:
    """Searches as far as the time allows; brief ones from the plan where its own search took long."""
    ends = time.monotonic() + seconds
    brief = brief_s(plan, seconds, searches)
    world = world_of(question, brief or max(_LEAST_S, seconds * _SHARE_OF_TIME))
    asked = replace(world.search, mip_gap=_BRIEFLY * question.problem.solve.mip_gap) if brief else world.search
    clock = Clock(asked, ends, brief is not None, [counts_of(plan)])
    return _Answerer(world, plan, clock)


def _answerer_for_all(question: Question, plan: Plan, seconds: float) -> _Answerer | None:
    try:
        return _answerer(question, plan, seconds, _SEARCHES_FOR_ALL)
    except PlannerError:
        return None


def chosen_rows(question: Question, plan: Plan, seconds: float) -> list[WhyNotRow]:
    """Each GPU type of the plan with what the best fleet without it costs more, until the time is up."""
    answerer = _answerer_for_all(question, plan, seconds)
    return answerer.chosen() if answerer else []


def with_why_not(plan: Plan, question: Question, whole: float) -> tuple[Plan, list[str]]:
    """The plan with why it has none of everything else and what it is worth to have what it has.

    Found within so many seconds: prices at which more things enter come before worths of what is there. Also the names
    of things whose price was not reached.
    """
    answerer, ends = _answerer_for_all(question, plan, whole), time.monotonic() + whole
    if answerer is None:
        return plan.model_copy(update={"why_not": []}), []
    answerer.clock = answerer.clock.until(ends - whole * _SHARE_OF_CHOSEN)
    others, late = answerer.others()
    answerer.clock = answerer.clock.until(ends)
    return plan.model_copy(update={"why_not": [*answerer.chosen(), *others]}), late


def with_prices_of(late: Collection[str], plan: Plan, question: Question, seconds: float) -> tuple[Plan, list[str]]:
    """An explained plan with prices of things that were not reached before, as far as so many seconds go."""
    answerer = _answerer_for_all(question, plan, seconds)
    if answerer is None:
        return plan, list(late)
    others, late = answerer.others(late)
    found = {(row.kind, row.name): row for row in others}
    rows = [found.get((row.kind, row.name), row) for row in plan.why_not]
    chosen_first = sorted(rows, key=lambda row: (row.verdict != "chosen", words.order(row)))
    return plan.model_copy(update={"why_not": chosen_first}), late


@dataclass
class _Answerer:
    world: World
    plan: Plan
    clock: Clock

    def others(self, only: Collection[str] | None = None) -> tuple[list[WhyNotRow], list[str]]:
        """Everything that the plan has none of, priced until the time is up, and the names that were not reached."""
        subjects = [one for one in every_subject(self.world) if not is_chosen(self.plan, one)]
        subjects = [one for one in subjects if only is None or one.name in only]
        rows = {subject: self.at_once(subject) for subject in subjects}
        late = []
        for subject in words.nearest_first([one for one, row in rows.items() if row.verdict != "rejected"], self.plan):
            if self.clock.is_over:
                late.append(subject.name)
            else:
                rows[subject] = self.priced(subject, rows[subject])
        return sorted(rows.values(), key=words.order), late

    def chosen(self) -> list[WhyNotRow]:
        """Each GPU type of the plan, until the time is up."""
        mine = [one for one in every_subject(self.world) if one.kind == "gpu" and is_chosen(self.plan, one)]
        return [self.whole(subject) for subject in mine if not self.clock.is_over]

    @cached_property
    def best(self) -> Best | None:
        """The best fleet of all, if it is found in time: the plan itself, where a brief search finds no better."""
        try:
            found = cheapest(self.world.instance, self.clock.closer(_CLOSER / _BRIEFLY))
        except InfeasibleError:
            return None
        if not (self.clock.is_brief and is_of_today(self.plan, self.world.question)):
            return found
        proof = self.plan.certificate
        planned = Best(Priced(proof.objective, min(proof.bound, proof.objective), 0.0), offers_of(self.plan))
        return planned if found is None else cheaper(planned, found)

    def best_without(self, subject: Subject) -> Priced | None:
        """The best fleet without the thing: the best of all, where that has none of it. Raises InfeasibleError."""
        if subject.kind in MARKET and self.best is not None:
            thing, uses = self.world.offers(subject), self.best.uses
            if not thing.options & uses.options and not thing.apis & uses.apis:
                return self.best.cost
        found = cheapest(self.world.without(subject), self.clock.closer(1.0))
        return found.cost if found else None

    def whole(self, subject: Subject) -> WhyNotRow:
        """With every figure that a solve can give."""
        if is_chosen(self.plan, subject):
            return self._chosen(subject)
        row = self.at_once(subject)
        return self._if_allowed(subject, row) if row.verdict == "rejected" else self.priced(subject, row)

    def _if_allowed(self, subject: Subject, row: WhyNotRow) -> WhyNotRow:
        """A rejection by the user's own choice, with what the choice costs."""
        changes = allowing(self.world, subject)
        if not changes:
            return row
        try:
            wider = world_of(self.world.question.changed(changes), self.clock.asked.time_limit_s)
            there = cheapest(wider.instance, self.clock)
        except PlannerError:
            return row
        if still := rejected(wider, subject):
            return row.model_copy(update={"reason": f"{row.reason}, and {still.reason}", "details": still.details})
        if self.best is None or there is None:
            return row
        here, less = self.best.cost.cost, self.best.cost.cost - there.cost.cost
        if less > SAME * abs(here):
            told = words.saves(less, here)
        else:
            told = words.if_allowed(_Answerer(wider, self.plan, self.clock).at_a_price(subject))
        return row.model_copy(update={"reason": f"{words.sentence(row.reason)} {told}"})

    def at_a_price(self, subject: Subject) -> WhyNotRow:
        """Of what is to be had: when it enters."""
        return self.priced(subject, self.at_once(subject))

    def at_once(self, subject: Subject) -> WhyNotRow:
        """What can be said without solving anything."""
        refusal: Rejected | None = rejected(self.world, subject)
        if refusal:
            row = WhyNotRow(kind=subject.kind, name=subject.name, verdict="rejected", reason=refusal.reason)
            return row.model_copy(update={"details": refusal.details})
        quote = cheapest_quote(self.world, subject)
        row = WhyNotRow(kind=subject.kind, name=subject.name, verdict="open", reason=words.unsolved(quote))
        row = row.model_copy(update={"details": words.rejections_of(self.world, subject), **_quoted(quote)})
        found = dominating(self.world, subject)
        if found is None:
            return row
        return row.model_copy(update={"verdict": "dominated", "by": found.by, "reason": found.words})

    def priced(self, subject: Subject, row: WhyNotRow) -> WhyNotRow:
        """The same with the price at which it enters and the cost of having it anyway."""
        if self.plan.certificate.objective_name != "cost":
            return row.model_copy(update={"reason": words.no_price(self.plan, row)})
        world = self.world
        ways = None if subject.kind in MARKET else world.ways(subject)
        try:
            best = self.best_without(subject)
        except InfeasibleError:
            best = None
        if best is None:
            return row
        return self._told(subject, row, self._break_even(world.at(subject, ways), best), best)

    def _break_even(self, at: Callable[[float], Instance], best: Priced) -> BreakEven:
        if not self.clock.is_brief:
            return break_even(Repriced(at, self.clock).solved, best)
        closely = Repriced(at, self.clock.closer(1.0)).solved
        return break_even(Repriced(at, self.clock).solved, best, closely=closely, steps=_BRIEF_STEPS)

    def _told(self, subject: Subject, row: WhyNotRow, found: BreakEven, best: Priced) -> WhyNotRow:
        forced = self._forced(subject, best)
        figures: dict[str, float]
        if found.found is None:
            verdict, figures = ("useless" if found.high <= found.tried else row.verdict), {}
        elif found.low <= 0:
            verdict, figures = row.verdict, {}
        else:
            today = row.today or 0.0
            verdict = "as_good" if found.low >= _AS_GOOD else row.verdict if row.verdict == "dominated" else "too_dear"
            low, high = min(found.low, 1.0), min(found.high, 1.0)
            figures = {"enters_low": low * today, "enters_high": high * today, "enters_share": low}
        if not found.is_exact and found.floor > -inf:
            figures |= {"floor_usd": found.floor, "saves_most_usd": max(0.0, best.cost - found.floor)}
        row = row.model_copy(update={"verdict": verdict, "forced_usd": forced, "tried_share": found.tried, **figures})
        return row.model_copy(update={"reason": words.reason(row, found, best.cost)})

    def _forced(self, subject: Subject, best: Priced) -> float | None:
        if subject.kind not in MARKET or self.clock.is_brief:
            return None
        found = with_it(self.world.instance, self.world.offers(subject), self.clock.search)
        return None if found is None else max(0.0, found.cost - best.cost)

    def _chosen(self, subject: Subject) -> WhyNotRow:
        """Where and how much of it there is, and what the best fleet without it costs more."""
        details = list(chosen_words(self.plan, subject))
        row = WhyNotRow(kind=subject.kind, name=subject.name, verdict="chosen", reason="", details=details)
        try:
            found = self.best_without(subject)
        except InfeasibleError as error:
            return row.model_copy(update={"reason": words.needed(row, str(error).splitlines()[0])})
        if found is None or self.best is None:
            return row.model_copy(update={"reason": words.chosen(self.plan, row, None, None)})
        more, least = (max(0.0, usd - self.best.cost.cost) for usd in (found.cost, found.bound))
        told = words.chosen(self.plan, row, more, least)
        return row.model_copy(update={"reason": told, "without_usd": more, "without_least_usd": least})


def _quoted(quote: Quote | None) -> dict[str, object]:
    return {} if quote is None else {"offer": quote.offer, "unit": quote.unit, "today": quote.usd}
