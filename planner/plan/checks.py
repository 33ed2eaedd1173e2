"""Every plan is checked before anybody sees it, by arithmetic that believes neither solver nor assembler.

The checks read the plan alone: caps come from the problem it carries, everything else from its own rows.
"""

from __future__ import annotations

from collections.abc import Callable

from planner.plan.plan import Finding, Plan
from planner.plan.proofs.acceptance import mean_quality_holds, suppliers_are_accepted
from planner.plan.proofs.blocks import capacity_blocks_hold
from planner.plan.proofs.book import Book
from planner.plan.proofs.caps import (
    budgets_hold,
    carbon_holds,
    configurations_hold,
    max_gpus_holds,
    max_systems_hold,
    power_holds,
    quotas_hold,
)
from planner.plan.proofs.carbon import carbon_adds_up
from planner.plan.proofs.chargeback import chargeback_adds_up
from planner.plan.proofs.decided import enough_systems_are_ordered, signatures_are_kept
from planner.plan.proofs.energy import energy_use_adds_up
from planner.plan.proofs.investment import investment_adds_up
from planner.plan.proofs.money import (
    bill_is_shared_out,
    cash_adds_up,
    cost_adds_up,
    energy_adds_up,
    objective_is_met,
    purchases_add_up,
)
from planner.plan.proofs.nodes import (
    commitments_are_there,
    counts_are_whole,
    replicas_carry_their_load,
    replicas_fit_nodes,
)
from planner.plan.proofs.others import alternatives_differ
from planner.plan.proofs.owning import sales_hold
from planner.plan.proofs.papers import calendar_adds_up, rows_refer_to_rows, sources_exist
from planner.plan.proofs.promises import busiest_is_busiest, memory_fits, slo_holds, spares_suffice
from planner.plan.proofs.resilience import losses_are_survived, provider_shares_hold
from planner.plan.proofs.routing import buckets_stay_whole, halves_balance
from planner.plan.proofs.scenarios import scenarios_are_weighed
from planner.plan.proofs.service import api_share_is_kept, batch_meets_deadline, demand_is_served, spot_is_allowed
from planner.plan.proofs.shortage import excess_adds_up, unserved_is_allowed
from planner.plan.proofs.statements import statements_add_up, statements_balance
from planner.plan.proofs.week import minimum_hours_hold

Check = Callable[[Book], Finding]

FOUNDATIONS: tuple[Check, ...] = (rows_refer_to_rows, counts_are_whole, calendar_adds_up)
CHECKS: tuple[Check, ...] = (
    cost_adds_up,
    objective_is_met,
    purchases_add_up,
    cash_adds_up,
    bill_is_shared_out,
    chargeback_adds_up,
    statements_add_up,
    statements_balance,
    energy_adds_up,
    energy_use_adds_up,
    carbon_adds_up,
    demand_is_served,
    batch_meets_deadline,
    buckets_stay_whole,
    halves_balance,
    suppliers_are_accepted,
    mean_quality_holds,
    replicas_carry_their_load,
    replicas_fit_nodes,
    commitments_are_there,
    slo_holds,
    busiest_is_busiest,
    memory_fits,
    spares_suffice,
    spot_is_allowed,
    api_share_is_kept,
    quotas_hold,
    budgets_hold,
    power_holds,
    carbon_holds,
    max_gpus_holds,
    max_systems_hold,
    enough_systems_are_ordered,
    signatures_are_kept,
    capacity_blocks_hold,
    minimum_hours_hold,
    sales_hold,
    configurations_hold,
    provider_shares_hold,
    losses_are_survived,
    unserved_is_allowed,
    excess_adds_up,
    alternatives_differ,
    scenarios_are_weighed,
    investment_adds_up,
    sources_exist,
)


def check(plan: Plan) -> list[Finding]:
    """One finding a check. Where the foundations fail nothing else can be derived, and only they are returned."""
    book = Book(plan)
    foundations = [one(book) for one in FOUNDATIONS]
    if not all(finding.ok for finding in foundations):
        return foundations
    return [*foundations, *(one(book) for one in CHECKS)]
