"""A stored plan's fleet as candidates of another question: its own pools and configurations, priced and judged anew.

What is no longer on offer or no longer allowed keeps the plan's own price, so that the rest can still be judged; it
is told in `gone`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import get_args

from planner.again import Question
from planner.candidates.candidate import (
    ApiOption,
    CandidateSet,
    Electricity,
    FormName,
    Placement,
    Pool,
    PurchaseOption,
)
from planner.candidates.generate import generate_candidates
from planner.candidates.owned import lease_of, loan_of
from planner.candidates.pools import pools_for
from planner.candidates.purchase_option import Tax
from planner.candidates.resolve import resolve_names
from planner.catalog.specs import Basis, Catalog, Offer, Provenance
from planner.demand.types import Demand
from planner.inputs.problem import Problem
from planner.milp.hold import Counts
from planner.milp.solution import Key
from planner.plan.plan import OptionRow, Plan, PoolRow
from planner.plan.plan import Provenance as Origin

_FORMS: dict[str, FormName] = {name: name for name in get_args(FormName)}


@dataclass(frozen=True)
class Gone:
    """What the plan uses and cannot any more: a pool's form, or a configuration's place, with the reason."""

    subject: str
    text: str


@dataclass(frozen=True)
class Held:
    """The fleet's nodes and replicas, and the candidates they are of."""

    candidates: CandidateSet
    counts: Counts
    gone: tuple[Gone, ...]


def used_forms(plan: Plan) -> set[tuple[str, str]]:
    """(pool, form) of every node of the plan."""
    found = {(row.pool, str(row.form)) for row in plan.purchases} | {(row.pool, "existing") for row in plan.kept}
    for row in plan.capacity:
        found |= {(row.pool, form) for form in ("on_demand", "spot") if getattr(row, f"{form}_nodes")}
    return found | {(row.pool, str(row.form)) for row in plan.held}


def counts_of(plan: Plan) -> Counts:
    """The plan's nodes and replicas by family of a solution."""
    found: dict[str, dict[Key, float]] = defaultdict(dict)
    for bought in plan.purchases:
        found["bought"][bought.pool, bought.form, bought.period] = float(bought.nodes)
    for kept in plan.kept:
        found["kept"][kept.pool, kept.period] = float(kept.nodes)
    for sale in plan.sales:
        found["sold"][sale.pool, sale.form, sale.ordered or 0, sale.period] = float(sale.nodes)
    for row in plan.capacity:
        found["on_demand"][row.pool, row.period, row.block] = float(row.on_demand_nodes)
        found["spot"][row.pool, row.period, row.block] = float(row.spot_nodes)
    for held in plan.held:
        found["held"][held.pool, held.form, held.period, held.hour] = float(held.nodes)
    for run in plan.replicas:
        key = run.workload, run.config, run.pool, run.kind, run.period, run.block
        found["replicas"][key] = float(run.replicas)
    return found


def held_fleet(plan: Plan, question: Question, demand: Demand) -> Held:
    """The plan's fleet under a question whose demand is by the plan's blocks."""
    problem, catalog = question.problem, _with_offers_of(plan, question.catalog)
    configs = {row.config for row in plan.replicas}
    found = generate_candidates(problem, catalog, demand, question.base, held=configs)
    on_offer = pools_for(problem, catalog, resolve_names(problem, catalog, question.base))
    pools = {row.id: _pool(plan, row, on_offer.get(row.id), question) for row in plan.pools}
    workload_of = {one.id: one.workload for one in demand.classes}
    placements = tuple(_placements(plan, found, workload_of))
    used = {place.config for place in placements}
    candidates = replace(
        found,
        pools=pools,
        placements=placements,
        apis=tuple(_apis(plan, found.apis, workload_of)),
        configs={name: config for name, config in found.configs.items() if name in used},
    )
    gone = [
        *_gone_offers(plan, question.catalog, on_offer),
        *_gone_places(plan, found, on_offer, problem),
        *_interrupted(plan, problem),
    ]
    return Held(candidates, counts_of(plan), tuple(gone))


def _with_offers_of(plan: Plan, catalog: Catalog) -> Catalog:
    """The catalogue with offers the plan rents and that are no longer there, at the plan's own prices."""
    missing = {}
    for pool in plan.pools:
        options = {row.form: row for row in plan.options if row.pool == pool.id}
        rented = options.get("on_demand") or options.get("spot")
        if pool.id not in catalog.offers and rented is not None and pool.gpu in catalog.gpus:
            missing[pool.id] = _offer(pool, options)
    return replace(catalog, offers=catalog.offers | missing) if missing else catalog


def _offer(pool: PoolRow, options: dict[str, OptionRow]) -> Offer:
    on_demand, spot = options.get("on_demand"), options.get("spot")
    origin = _origin((on_demand or spot or next(iter(options.values()))).provenance)
    return Offer(
        id=pool.id,
        provider=pool.provider,
        region=pool.region,
        geography=pool.geography,
        instance_type=pool.instance_type,
        gpu=pool.gpu,
        gpus=pool.gpus_per_node,
        vcpus=None,
        ram_gib=None,
        on_demand_usd_per_hour=on_demand.usd_per_hour if on_demand else None,
        spot_usd_per_hour=spot.usd_per_hour if spot else None,
        on_demand_provenance=origin,
        spot_provenance=origin if spot else None,
    )


def _origin(row: Origin | None) -> Provenance:
    if row is None:
        return Provenance("plan", None, Basis.DERIVED, "the stored plan's own price")
    return Provenance(row.source, row.as_of, Basis(row.basis), row.note)


def _pool(plan: Plan, row: PoolRow, found: Pool | None, question: Question) -> Pool:
    """The pool as it is on offer, with what the plan pays for and is no longer there as the plan has it."""
    used = {form for pool, form in used_forms(plan) if pool == row.id}
    there = {option.form for option in found.options} if found else set()
    mine = [one for one in plan.options if one.pool == row.id and one.form in used]
    old = tuple(_option(one, question) for one in mine if one.form not in there)
    if found is not None:
        return replace(found, options=(*found.options, *old))
    return Pool(
        id=row.id,
        provider=row.provider,
        region=row.region,
        geography=row.geography,
        instance_type=row.instance_type,
        gpu=row.gpu,
        gpus_per_node=row.gpus_per_node,
        kw_per_node=row.kw_per_node,
        options=old,
        electricity=_electricity(row),
    )


def _electricity(row: PoolRow) -> Electricity | None:
    one = row.electricity
    if one is None:
        return None
    return Electricity(one.grid, one.g_co2_per_kwh, one.pue, _origin(one.provenance), _origin(one.pue_provenance))


def _option(row: OptionRow, question: Question) -> PurchaseOption:
    blocks, own = question.problem.supply.capacity_blocks, question.problem.supply.own
    asked = blocks[row.block] if row.block is not None and row.block < len(blocks) else None
    return PurchaseOption(
        form=_FORMS[row.form],
        usd_per_hour=row.usd_per_hour,
        term_months=row.term_months,
        lead_months=row.lead_months,
        upfront_share=row.upfront_share,
        capex_usd=row.capex_usd,
        fixed_usd_per_month=row.fixed_usd_per_month,
        life_months=row.life_months,
        residual_share=row.residual_share,
        age_months=row.age_months,
        max_nodes=row.max_nodes,
        usable_share=row.usable_share,
        interruptions_per_hour=row.interruptions_per_hour,
        provenance=_origin(row.provenance),
        block=row.block,
        first_period=asked.first_period - 1 if asked else None,
        cost_lines=tuple(row.cost_lines.items()),
        depreciation_per_year=row.depreciation_per_year,
        may_resell=question.problem.supply.own.may_resell,
        active_usd_per_gpu_hour=row.active_usd_per_gpu_hour,
        trend_per_year=row.trend_per_year,
        line_trends=tuple(row.line_trends.items()),
        value_curve=tuple(row.value_curve),
        room_usd=row.room_usd,
        room_life_months=row.room_life_months,
        service_months=row.service_months,
        loan=loan_of(own) if row.form == "owned" else None,
        lease=lease_of(own) if row.form == "owned" else None,
        tax=Tax(own.tax.rate, tuple(row.tax_shares)) if own.tax and row.tax_shares else None,
    )


def _places(plan: Plan) -> dict[tuple[str, str], set[str]]:
    """(workload, configuration) → pools in which the plan runs it."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in plan.replicas:
        found[row.workload, row.config].add(row.pool)
    return found


def _placements(plan: Plan, found: CandidateSet, workload_of: Mapping[str, str]) -> Iterator[Placement]:
    """Where the plan runs what, as far as that still works and is still allowed."""
    places = _places(plan)
    for place in found.placements:
        if place.pool in places.get((workload_of[place.demand_class], place.config), ()):
            yield place


def _apis(plan: Plan, apis: tuple[ApiOption, ...], workload_of: Mapping[str, str]) -> Iterator[ApiOption]:
    """Hosted APIs that the plan sends something of a workload to."""
    before = {row.demand_class: row.workload for row in plan.demand}
    used = {(before[row.demand_class], row.api) for row in plan.api}
    yield from (one for one in apis if (workload_of[one.demand_class], one.id) in used)


def _gone_offers(plan: Plan, catalog: Catalog, on_offer: Mapping[str, Pool]) -> Iterator[Gone]:
    """Forms the plan pays for that nobody offers, or that the problem no longer lets it have."""
    for pool, form in sorted(used_forms(plan)):
        there = on_offer.get(pool)
        listed = there is not None and any(option.form == form for option in there.options)
        known = pool in catalog.offers or form in ("owned", "existing", "capacity_block")
        if not listed:
            why = "the problem no longer allows it" if known and there is None else "no longer on offer"
            yield Gone(f"{pool} {form}", f"{why}; counted at the plan's own price")
        elif not known:
            yield Gone(f"{pool} {form}", "no longer on offer; counted at the plan's own price")
        elif form == "existing" and there is not None:
            yield from _missing_systems(plan, there)


def _missing_systems(plan: Plan, there: Pool) -> Iterator[Gone]:
    """Existing systems that the plan keeps and that are no longer there."""
    most = next(option.max_nodes for option in there.options if option.form == "existing")
    kept = max(row.nodes for row in plan.kept if row.pool == there.id)
    if most is not None and kept > most:
        yield Gone(f"{there.id} existing", f"{kept} are kept, {most} exist")


def _gone_places(plan: Plan, found: CandidateSet, on_offer: Mapping[str, Pool], problem: Problem) -> Iterator[Gone]:
    """Configurations that no longer work, or may no longer run where the plan runs them."""
    there = {(place.config, place.pool) for place in found.placements}
    working = {config for config, _ in found.rates}
    for (workload, config), pools in _places(plan).items():
        if workload not in problem.workloads:
            continue
        if config not in working:
            yield Gone(workload, f"{config} no longer works: {_why(plan, found, workload, config)}")
            continue
        for pool in sorted(pools & set(on_offer)):
            if (config, pool) not in there:
                yield Gone(workload, f"may no longer run on {pool} (its regions, GPUs, providers or compliance)")


def _interrupted(plan: Plan, problem: Problem) -> Iterator[Gone]:
    """Workloads that run on spot and may no longer be interrupted."""
    for workload in dict.fromkeys(row.workload for row in plan.replicas if row.kind == "spot"):
        if workload in problem.workloads and not problem.workloads[workload].interruptible:
            yield Gone(workload, "may no longer run on spot")


def _why(plan: Plan, found: CandidateSet, workload: str, config: str) -> str:
    """The rejection of the configuration's model and format on its GPU."""
    row = next(one for one in plan.configs if one.config == config)
    told = [one for one in found.rejections if one.workload == workload and one.gpu in (row.gpu, "")]
    mine = [one for one in told if one.subject.startswith(f"{row.model} {row.weights} ")] or told
    return f"{mine[0].subject}: {mine[0].detail}" if mine else "the problem no longer asks for it in this form"
