"""The formulation's table of contents: decisions, constraint families, objective. Read this file first."""

from __future__ import annotations

from planner.milp import owning, starts, variables
from planner.milp.constraints.balance_halves import define_balance_halves
from planner.milp.constraints.bear_tail import define_bear_tail
from planner.milp.constraints.bear_worst import define_bear_worst
from planner.milp.constraints.bill_minimum_hours import define_bill_minimum_hours
from planner.milp.constraints.count_starts import define_count_starts
from planner.milp.constraints.count_switches import define_count_switches
from planner.milp.constraints.do_work import define_do_work
from planner.milp.constraints.fill_nodes import define_fill_nodes
from planner.milp.constraints.keep_buckets_whole import define_keep_buckets_whole
from planner.milp.constraints.keep_commitments import define_keep_commitments
from planner.milp.constraints.keep_mean_quality import define_keep_mean_quality
from planner.milp.constraints.keep_running import define_keep_running
from planner.milp.constraints.keep_spares import define_keep_spares
from planner.milp.constraints.limit_configurations import define_limit_configurations
from planner.milp.constraints.limit_spot_share import define_limit_spot_share
from planner.milp.constraints.meet_deadlines import define_meet_deadlines
from planner.milp.constraints.order_at_once import define_order_at_once
from planner.milp.constraints.respect_budgets import define_respect_budgets
from planner.milp.constraints.respect_carbon import define_respect_carbon
from planner.milp.constraints.respect_ceilings import define_respect_ceilings
from planner.milp.constraints.respect_gpu_limit import define_respect_gpu_limit
from planner.milp.constraints.respect_node_limits import define_respect_node_limits
from planner.milp.constraints.respect_power import define_respect_power
from planner.milp.constraints.respect_priorities import define_respect_priorities
from planner.milp.constraints.respect_provider_shares import define_respect_provider_shares
from planner.milp.constraints.respect_quotas import define_respect_quotas
from planner.milp.constraints.retire_for_good import define_retire_for_good
from planner.milp.constraints.sell_once import define_sell_once
from planner.milp.constraints.serve_demand import define_serve_demand
from planner.milp.constraints.share_replicas import define_share_replicas
from planner.milp.constraints.staff_systems import define_staff_systems
from planner.milp.constraints.survive_loss import define_survive_loss
from planner.milp.instance import Instance
from planner.milp.model import Model
from planner.milp.objective import objective_terms, risk_terms
from planner.milp.two_stage import Stack, Together


def build(p: Instance) -> Model:
    """The whole MILP."""
    m = formulate(p)
    m.minimise(term for terms in objective_terms(m, p, p.objective).values() for term in terms)
    return m


def build_together(p: Together) -> Stack:
    """The whole MILP of every scenario on shared commitments, and what is to be best over all of them."""
    m = Stack("fleets")
    for name, instance in p.instances.items():
        m.add(name, build(instance))
    m.leave_out_what_some_lack()

    define_bear_worst(m, p)
    define_bear_tail(m, p)

    m.minimise(risk_terms(m, p))
    return m


def formulate(p: Instance, *, relaxed: frozenset[str] = frozenset(), may_fall_short: bool = False) -> Model:
    """All but the objective; for the diagnosis `relaxed` limits may be breached and demand may fall short."""
    m = Model("fleet", relaxed, may_fall_short)
    _define_decisions(m, p)
    _define_constraints(m, p)
    return m


def _define_decisions(m: Model, p: Instance) -> None:
    variables.define_bought(m, p)  # nodes signed or ordered
    variables.define_kept(m, p)  # existing nodes kept
    owning.define_sold(m, p)  # owned nodes sold again
    owning.define_persons(m, p)  # people who look after owned nodes
    variables.define_rented(m, p)  # nodes by the hour, on demand and on spot
    variables.define_working(m, p)  # replicas that carry load
    variables.define_active(m, p)  # where spares are due
    variables.define_served(m, p)  # who serves which request size
    variables.define_api(m, p)  # requests sent to hosted APIs
    variables.define_chosen(m, p)  # who takes a request size whole
    variables.define_work(m, p)  # deferrable work done
    variables.define_unserved(m, p)  # demand left unserved for its price
    variables.define_reached(m, p)  # priorities down to which demand may be
    variables.define_standby(m, p)  # what is left when a zone, region or provider is lost
    variables.define_excess(m, p)  # caps broken for their price
    starts.define_running(m, p)  # replicas that are on, loaded or not
    starts.define_switched(m, p)  # replicas started
    starts.define_held(m, p)  # nodes billed for their least hours only
    starts.define_started(m, p)  # nodes started
    variables.define_used(m, p)  # configurations in the plan


def _define_constraints(m: Model, p: Instance) -> None:
    define_serve_demand(m, p)
    define_do_work(m, p)
    define_meet_deadlines(m, p)
    define_share_replicas(m, p)
    define_keep_buckets_whole(m, p)
    define_balance_halves(m, p)
    define_keep_mean_quality(m, p)
    define_keep_spares(m, p)
    define_keep_running(m, p)
    define_count_switches(m, p)
    define_fill_nodes(m, p)
    define_count_starts(m, p)
    define_bill_minimum_hours(m, p)
    define_survive_loss(m, p)
    define_respect_priorities(m, p)
    define_limit_spot_share(m, p)
    define_respect_quotas(m, p)
    define_respect_gpu_limit(m, p)
    define_respect_power(m, p)
    define_respect_budgets(m, p)
    define_respect_carbon(m, p)
    define_respect_provider_shares(m, p)
    define_respect_ceilings(m, p)
    define_respect_node_limits(m, p)
    define_order_at_once(m, p)
    define_retire_for_good(m, p)
    define_sell_once(m, p)
    define_staff_systems(m, p)
    define_limit_configurations(m, p)
    define_keep_commitments(m, p)
