"""A plan's fleet operated under another question."""

from __future__ import annotations

from dataclasses import dataclass

from planner.again import Question
from planner.catalog.specs import Catalog
from planner.compare.fleet import Held
from planner.demand.types import Demand
from planner.milp.gather import instance_from
from planner.milp.highs import Search
from planner.milp.hold import Strain, strain
from planner.milp.instance import Instance
from planner.milp.optimise import search_for
from planner.plan.assemble import assemble
from planner.plan.plan import Plan


@dataclass(frozen=True)
class Tried:
    """The plan, its fleet under the question, what that leaves short, and the plan that operating it so makes."""

    plan: Plan
    catalog: Catalog
    demand: Demand
    held: Held
    instance: Instance
    search: Search
    strain: Strain
    now: Plan


def tried(plan: Plan, question: Question, demand: Demand, held: Held) -> Tried:
    """Raises InfeasibleError where no routing at all keeps to the rules of the question."""
    problem = question.problem
    instance, search = instance_from(problem, demand, held.candidates), search_for(problem)
    found = strain(instance, held.counts, search)
    now = assemble(problem, question.catalog, demand, held.candidates, found.solution, question.made)
    return Tried(plan, question.catalog, demand, held, instance, search, found, now)
