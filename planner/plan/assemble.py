"""Problem, facts, candidates and the solver's numbers become a plan: all counts whole, all money re-added."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

from planner.candidates.candidate import CandidateSet
from planner.catalog.specs import Catalog
from planner.demand.types import Demand
from planner.inputs.problem import Problem
from planner.milp.solution import Solution
from planner.plan.assumptions import assumption_lines
from planner.plan.bill import cash_rows, cost_rows
from planner.plan.capacity import capacity_rows, energy_rows, held_rows, option_rows, pool_rows
from planner.plan.carbon import carbon_rows
from planner.plan.case import Case
from planner.plan.configs import config_rows
from planner.plan.deployment import api_option_rows, api_rows, flow_rows, replica_rows, tidied
from planner.plan.energy_use import energy_use_rows
from planner.plan.fleet import fleet_from
from planner.plan.limits import limit_rows
from planner.plan.owning import sale_rows
from planner.plan.plan import CertificateRow, Made, Plan
from planner.plan.purchases import kept_rows, purchase_rows
from planner.plan.quotes import api_quote_rows
from planner.plan.rejections import rejection_rows
from planner.plan.runners_up import runner_up_rows
from planner.plan.serving import class_rows
from planner.plan.shares import workload_cost_rows
from planner.plan.shortage import excess_rows, shadow_rows, unserved_rows, with_excess
from planner.plan.sources import source_rows
from planner.plan.standby import standby_rows
from planner.plan.statements import statement_rows
from planner.plan.work import block_rows, demand_rows, hourly_demand_rows, period_rows, workload_rows


def case_from(
    problem: Problem, catalog: Catalog, demand: Demand, candidates: CandidateSet, solution: Solution, as_of: date
) -> Case:
    """All that a plan is made from, with whole counts; raises CheckError where the solver returned none."""
    solved = Case(problem, catalog, demand, candidates, fleet_from(solution), as_of)
    return replace(solved, fleet=tidied(solved))


def assemble(
    problem: Problem, catalog: Catalog, demand: Demand, candidates: CandidateSet, solution: Solution, made: Made
) -> Plan:
    """The plan, complete but for its findings; raises CheckError where the solver returned no whole counts."""
    case = case_from(problem, catalog, demand, candidates, solution, made.as_of)
    capacity, cash, purchases = capacity_rows(case), cash_rows(case), purchase_rows(case)
    unserved, excess = unserved_rows(case), excess_rows(case, capacity, cash)
    shadow = shadow_rows(case, unserved, excess)
    costs = [*cost_rows(case), *shadow]
    return Plan(
        made=made,
        problem=problem.model_dump(mode="json"),
        certificate=_certificate(problem, solution),
        periods=period_rows(case),
        blocks=block_rows(case),
        clustering_excess=demand.timeline.peak_over_mean_excess,
        workloads=workload_rows(case),
        demand=demand_rows(case),
        classes=class_rows(case),
        hourly_demand=hourly_demand_rows(case),
        pools=pool_rows(case),
        options=option_rows(case),
        purchases=purchases,
        kept=kept_rows(case),
        capacity=capacity,
        held=held_rows(case),
        sales=sale_rows(case),
        configs=config_rows(case),
        replicas=replica_rows(case),
        flows=flow_rows(case),
        api_options=api_option_rows(case),
        api=api_rows(case),
        api_quotes=api_quote_rows(case),
        costs=costs,
        cash=cash,
        workload_costs=workload_cost_rows(case, shadow),
        statements=statement_rows(case, costs, cash),
        energy=energy_rows(case, capacity),
        energy_use=energy_use_rows(case, capacity),
        carbon=carbon_rows(case, capacity),
        limits=with_excess(limit_rows(case, capacity, cash), excess, case.problem),
        unserved=unserved,
        excess=excess,
        standby=standby_rows(case),
        rejections=rejection_rows(case),
        runners_up=runner_up_rows(case),
        sources=source_rows(case),
        assumptions=assumption_lines(case, purchases),
    )


def _certificate(problem: Problem, solution: Solution) -> CertificateRow:
    certificate = asdict(solution.certificate)
    return CertificateRow.model_validate({**certificate, "objective_name": problem.goals[0]})
