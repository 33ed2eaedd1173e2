"""If things go otherwise: the same question in every scenario, and what is signed now for all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.candidates.candidate import CandidateSet
from planner.candidates.generate import generate_candidates
from planner.catalog.specs import Catalog
from planner.demand.build import build_demand
from planner.demand.types import Demand
from planner.errors import CatalogError, InputError, NoCandidateError, PlannerError
from planner.inputs.overrides import changed, written_in
from planner.inputs.problem import Problem, Robust
from planner.inputs.scenarios import BASE_CASE, probabilities
from planner.milp.gather import instance_from
from planner.milp.instance import Instance
from planner.milp.optimise import search_for
from planner.milp.scenarios import Aim, Decision, Trial, best_alone, decide_together, tried
from planner.milp.solution import Solution
from planner.milp.two_stage import Together, signed_in

Question = tuple[Problem, Catalog, Demand, CandidateSet]


@dataclass(frozen=True)
class Outlook:
    """Every scenario, the base case first: its question, its own best plan, and the plan's commitments tried there.

    `alone` and `decision` are None where the plan is for the base case alone.
    """

    questions: Mapping[str, Question]
    shares: Mapping[str, float]
    changes: Mapping[str, Mapping[str, Any]]
    own: Mapping[str, Solution | PlannerError]
    trial: Trial
    alone: Trial | None
    decision: Decision | None

    @property
    def solution(self) -> Solution:
        """The plan for the base case."""
        return self.trial.solutions[BASE_CASE]

    @property
    def best(self) -> dict[str, float]:
        """The least cost found for every scenario that can be served [USD]."""
        trials = [self.trial] + ([self.alone] if self.alone else [])
        known = dict(self.decision.best) if self.decision else {}
        for name, one in self.own.items():
            if isinstance(one, Solution):
                costs = [trial.costs[name] for trial in trials if name in trial.costs]
                known[name] = min([one.certificate.objective, *costs, *([known[name]] if name in known else [])])
        return known


def look_ahead(question: Question, solution: Solution, base: Path) -> Outlook:
    """All scenarios of a problem; `solution` is the best for the base case, `base` the folder of its paths.

    Raises InputError or CatalogError for a scenario that asks for what does not exist; where commitments are to be
    decided for all scenarios, InfeasibleError where none serve all of them.
    """
    problem = question[0]
    questions, refused = _questions(question, base)
    instances = {name: instance_from(one[0], *one[2:]) for name, one in questions.items()}
    solver, search = problem.solve.solver, search_for(problem)
    own: dict[str, Solution | PlannerError] = {BASE_CASE: solution}
    for name in problem.scenarios:
        own[name] = refused[name] if name in refused else best_alone(instances[name], solver, search)
    alone = _with_refused(tried(_others(instances, own), signed_in(solution), solver, search), own, solution)
    shares = probabilities({name: one.probability for name, one in problem.scenarios.items()})
    changes = {BASE_CASE: {}, **{name: one.set for name, one in problem.scenarios.items()}}
    if problem.robust is None:
        return Outlook(questions, shares, changes, own, alone, None, None)
    weighed = [name for name, share in shares.items() if share > 0 or name == BASE_CASE]
    plans = _all_served({name: own[name] for name in weighed})
    best = {name: one.certificate.objective for name, one in plans.items()}
    question_of_all = Together({name: instances[name] for name in weighed}, shares, aim_of(problem.robust), best)
    decision = decide_together(question_of_all, _among(alone, weighed), plans, solver, search)
    idle = {name: p for name, p in _others(instances, own).items() if name not in weighed}
    rest = _with_refused(tried(idle, decision.trial.signed, solver, search), own, decision.trial.solutions[BASE_CASE])
    return Outlook(questions, shares, changes, own, _merged(decision.trial, rest), alone, decision)


def aim_of(robust: Robust) -> Aim:
    """What the problem wants to be best over its scenarios."""
    return Aim(robust.objective, robust.cvar_share, robust.cvar_weight)


def _questions(question: Question, base: Path) -> tuple[dict[str, Question], dict[str, PlannerError]]:
    """The base case and every scenario that has candidates; why the others have none."""
    problem, catalog = question[:2]
    written = written_in(problem)
    questions = {BASE_CASE: question}
    refused: dict[str, PlannerError] = {}
    for name, scenario in problem.scenarios.items():
        variant, mistakes = changed(written, scenario.set, [])
        if variant is None:
            raise InputError(f"scenario {name}: " + "; ".join(text for _, text in mistakes))
        try:
            demand = build_demand(variant, catalog, base)
            questions[name] = (variant, catalog, demand, generate_candidates(variant, catalog, demand, base))
        except NoCandidateError as error:
            refused[name] = error
        except (InputError, CatalogError) as error:
            raise type(error)(f"scenario {name}: {error}") from None
    return questions, refused


def _others(instances: Mapping[str, Instance], own: Mapping[str, Solution | PlannerError]) -> dict[str, Instance]:
    """The scenarios that some fleet serves, the base case left out: its solution is known."""
    return {name: p for name, p in instances.items() if name != BASE_CASE and isinstance(own[name], Solution)}


def _with_refused(trial: Trial, own: Mapping[str, Solution | PlannerError], solution: Solution) -> Trial:
    """The trial with the base case, and with the scenarios that nothing serves."""
    nothing = {name: str(one) for name, one in own.items() if not isinstance(one, Solution)}
    return Trial(trial.signed, {BASE_CASE: solution, **trial.solutions}, {**trial.refusals, **nothing})


def _among(trial: Trial, names: Collection[str]) -> Trial:
    """Of a trial some scenarios."""
    return Trial(
        trial.signed,
        {name: one for name, one in trial.solutions.items() if name in names},
        {name: text for name, text in trial.refusals.items() if name in names},
    )


def _merged(trial: Trial, rest: Trial) -> Trial:
    """Two trials of the same commitments in different scenarios."""
    return Trial(trial.signed, {**rest.solutions, **trial.solutions}, {**rest.refusals, **trial.refusals})


def _all_served(own: Mapping[str, Solution | PlannerError]) -> dict[str, Solution]:
    """The plans of all scenarios; raises the error of the first that has none."""
    for name, one in own.items():
        if not isinstance(one, Solution):
            raise type(one)(f"scenario {name}: {one}")
    return {name: one for name, one in own.items() if isinstance(one, Solution)}
