"""Strategies solved: each a whole plan that passed its checks, or why it has none."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from planner.again import Question
from planner.candidates.generate import generate_candidates
from planner.candidates.pools import is_modelled, is_wanted
from planner.candidates.resolve import resolve_names
from planner.demand.build import build_demand
from planner.errors import InfeasibleError, InputError, NoCandidateError, OutOfTimeError, PlannerError
from planner.invest.strategies import MEAN, OPTIMAL, STRATEGIES, Changes, ImpossibleError, Strategy, at_mean_demand
from planner.milp.optimise import optimise
from planner.milp.solution import Solution, Verdict
from planner.pipeline import checked
from planner.plan.assemble import assemble
from planner.plan.plan import Plan

_SAME = 1e-9


@dataclass(frozen=True)
class Tried:
    """A strategy with its own question, plan and solution; without a plan, why there is none."""

    strategy: Strategy
    question: Question | None = None
    plan: Plan | None = None
    solution: Solution | None = None
    refusal: str = ""

    @property
    def cost(self) -> float:
        """Discounted cost; infinite without a plan [USD]."""
        return self.plan.certificate.objective if self.plan else float("inf")


def compared(question: Question, say: Callable[[str], None], wanted: Collection[Strategy] = STRATEGIES) -> list[Tried]:
    """The wanted strategies on one demand, the best mix first.

    The best mix is never dearer than another strategy: where its search has ended with a dearer plan, it is the
    cheapest plan found, proven as far as its own bound says. Raises the `PlannerError` of the problem itself, where
    it has no plan at all.
    """
    base = asked_alone(question)
    gpus = rented_gpus(base)
    found = []
    for strategy in wanted:
        say(strategy.name)
        found.append(attempt(base, strategy, gpus))
    best, *others = found
    if best.strategy is not OPTIMAL:
        return found
    if best.plan is None:
        base.answered()  # says why, at length
        raise OutOfTimeError(best.refusal)
    cheapest = min(others, key=lambda one: one.cost, default=best)
    return [adopted(best, cheapest), *others] if cheapest.cost < best.cost * (1 - _SAME) else found


def asked_alone(question: Question) -> Question:
    """The question without its scenarios and alternatives, for money, and with all commitments open."""
    problem = question.problem.model_copy(update={"scenarios": {}, "robust": None, "alternatives": None})
    opened = {
        "objective": ("cost", problem.objective != "cost"),
        "supply.signed": (None, problem.supply.signed is not None),
        "supply.own.order_at_once": (0, problem.supply.own.order_at_once > 0),
    }
    changes = {key: value for key, (value, needed) in opened.items() if needed}
    alone = replace(question, problem=problem)
    return alone.changed(changes) if changes else alone


def rented_gpus(question: Question) -> set[str]:
    """GPU types that the problem may rent."""
    problem, catalog = question.problem, question.catalog
    rent = problem.supply.rent
    if rent is None:
        return set()
    names = resolve_names(problem, catalog, question.base)
    offers = [offer for offer in catalog.offers.values() if is_wanted(offer, rent, names)]
    return {offer.gpu for offer in offers if is_modelled(catalog.gpus[offer.gpu])}


def attempt(base: Question, strategy: Strategy, gpus: Collection[str]) -> Tried:
    """One strategy solved."""
    try:
        changes = strategy.changes(base.problem, gpus)
        if strategy is MEAN:
            changes = {**changes, **_signed_for_the_mean(base)}
        return _solved(strategy, base.changed(changes) if changes else base)
    except ImpossibleError as error:
        return Tried(strategy, refusal=str(error))
    except (InputError, InfeasibleError, NoCandidateError, OutOfTimeError) as error:
        return Tried(strategy, refusal=str(error))


def _signed_for_the_mean(base: Question) -> Changes:
    """The terms that the best plan for the mean demand signs."""
    mean = base.changed(at_mean_demand(base.problem)).answered()
    rows = [row.model_dump(include={"pool", "form", "nodes"}) | {"period": row.period + 1} for row in mean.purchases]
    return {"supply.signed": rows}


def _solved(strategy: Strategy, question: Question) -> Tried:
    problem, catalog = question.problem, question.catalog
    demand = build_demand(problem, catalog, question.base)
    candidates = generate_candidates(problem, catalog, demand, question.base)
    solution = optimise(problem, demand, candidates)
    plan = checked(assemble(problem, catalog, demand, candidates, solution, question.made))
    return Tried(strategy, question, plan, solution)


def adopted(best: Tried, cheaper: Tried) -> Tried:
    """The best mix with a cheaper strategy's fleet: that is a fleet of the whole problem, whose bound still holds."""
    question, fleet, own = best.question, cheaper.solution, best.solution
    if question is None or fleet is None or own is None:
        raise PlannerError("only a solved strategy can be adopted")
    problem, catalog = question.problem, question.catalog
    objective = fleet.certificate.objective
    bound = min(own.certificate.bound, objective)
    gap = (objective - bound) / max(abs(objective), _SAME)
    verdict = Verdict.OPTIMAL if gap <= max(own.certificate.gap_asked, 1e-6) else Verdict.FEASIBLE
    certificate = replace(own.certificate, verdict=verdict, objective=objective, bound=bound, gap=gap)
    solution = Solution(certificate, fleet.values)
    demand = build_demand(problem, catalog, question.base)
    held = {str(key[1]) for key in fleet.values.get("replicas", {})}
    candidates = generate_candidates(problem, catalog, demand, question.base, held)
    plan = checked(assemble(problem, catalog, demand, candidates, solution, question.made))
    return replace(best, plan=plan, solution=solution)
