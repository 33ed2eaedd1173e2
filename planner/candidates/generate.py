"""Who could serve what, and why others cannot: the problem and the catalogue → CandidateSet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from planner.candidates.acceptance import accepted_apis, good_models, poor_models, quality_by_taker
from planner.candidates.apis import api_options
from planner.candidates.candidate import CandidateSet, Placement, Pool, Rate, ReplicaConfig
from planner.candidates.constants import constants_for
from planner.candidates.dominance import undominated
from planner.candidates.halves import aggregated, half_candidates, paired
from planner.candidates.judge import judge
from planner.candidates.layouts import SPANNED_NODES
from planner.candidates.market import market_refusals, usable_pools
from planner.candidates.measured import NOTHING_MEASURED, Measured, measured_candidates
from planner.candidates.measured_table import World, read_measured
from planner.candidates.own_ground import calibration_notes
from planner.candidates.pools import pools_for, unfounded_prices
from planner.candidates.price_factors import price_notes
from planner.candidates.price_trends import api_with_trend, price_trends, trend_notes
from planner.candidates.refusals import merged, require_candidates
from planner.candidates.resolve import Names, resolve_names
from planner.candidates.spanning import Judged, fits, spanning_trials
from planner.candidates.spares import replica_availability
from planner.candidates.storage import weights_by_config
from planner.candidates.trials import Case, Facts, Refusal, Trial, link_domain, trials_for
from planner.catalog.specs import Catalog
from planner.demand.types import Demand
from planner.inputs.problem import Limits, Problem


def generate_candidates(
    problem: Problem, catalog: Catalog, demand: Demand, base: Path, held: Collection[str] | None = None
) -> CandidateSet:
    """Every configuration that works, with its rate; every other with the reason.

    Of a fleet that is `held`, its configurations stay though others replace them, and nothing need be served at all.
    Raises InputError for unknown names, NoCandidateError where a demand class can be served by nothing.
    """
    names = resolve_names(problem, catalog, base)
    pools = pools_for(problem, catalog, names)
    engine = problem.performance.engine or ""
    facts = Facts(catalog, constants_for(catalog.calibration, engine), engine)
    cases = _cases(problem, names, demand, (pools, catalog))
    measured = _measured(cases, (problem, names, demand, base), catalog)
    trials, refusals = _all_trials([case for case in cases if case.name not in measured.workloads], facts)
    judged = _judged(cases, trials, facts, problem.limits)
    halves = half_candidates(cases, judged.trials, facts, problem.limits)
    configs = {trial.config.id: trial.config for trial in judged.trials} | halves.configs | measured.configs
    working = [*aggregated(cases, judged.rates), *halves.rates]
    useful = undominated(working, configs).union(held or ())
    rates = [rate for rate in working if rate.config in useful] + measured.rates
    apis, no_api = api_options(problem, names, demand.classes)
    trends = price_trends(problem, catalog)
    apis = [api_with_trend(one, trends) for one in apis]
    apis, poor = accepted_apis(apis, problem, demand, catalog)
    refusals += [*judged.refusals, *halves.refusals, *measured.refusals, *no_api]
    refusals += [Refusal(one, float("inf")) for one in (*poor, *poor_models(problem, names, catalog))]
    refusals += market_refusals(problem, names, catalog, list(pools.values()))
    placements = tuple(paired(_placements(cases, rates, configs, catalog), configs, pools))
    if held is None:
        served = {place.demand_class for place in placements} | {api.demand_class for api in apis}
        require_candidates(demand.classes, served, refusals)
    used_pools = {place.pool for place in placements}
    used_configs = {place.config for place in placements}
    return CandidateSet(
        configs={name: config for name, config in configs.items() if name in used_configs},
        rates={(rate.config, rate.demand_class): rate for rate in rates},
        pools={name: pool for name, pool in pools.items() if name in used_pools},
        placements=placements,
        apis=tuple(apis),
        rejections=merged(refusals),
        spare_availability={name: replica_availability(configs[name].gpus, facts.k) for name in used_configs},
        weights_gib=weights_by_config({name: configs[name] for name in used_configs}, catalog),
        notes=(
            *price_notes(problem),
            *trend_notes(problem),
            *_notes(problem, catalog, pools),
            *_left_out({rate.config for rate in working}, useful),
            *calibration_notes(catalog),
            *measured.notes,
        ),
        quality=quality_by_taker(problem, names, apis, demand, catalog),
    )


def _cases(problem: Problem, names: Names, demand: Demand, supply: tuple[Mapping[str, Pool], Catalog]) -> list[Case]:
    pools, catalog = supply
    return [
        Case(
            name=name,
            asked=workload,
            models=good_models(workload, names.models[name], catalog),
            classes=[item for item in demand.classes if item.workload == name],
            pools=usable_pools(workload, names.gpus[name], list(pools.values()), catalog, problem),
        )
        for name, workload in problem.workloads.items()
    ]


def _measured(cases: Sequence[Case], asked: tuple[Problem, Names, Demand, Path], catalog: Catalog) -> Measured:
    """What the problem's own table of rates gives; nothing where it names none."""
    problem, names, demand, base = asked
    if problem.performance.table is None:
        return NOTHING_MEASURED
    rows = read_measured(base / problem.performance.table, World(names, catalog, demand))
    return measured_candidates(rows, cases, catalog, problem)


def _all_trials(cases: Sequence[Case], facts: Facts) -> tuple[list[Trial], list[Refusal]]:
    trials: list[Trial] = []
    refusals: list[Refusal] = []
    for case in cases:
        found, refused = trials_for(case, facts)
        trials += found
        refusals += refused
    return trials, refusals


def _judged(cases: Sequence[Case], trials: list[Trial], facts: Facts, limits: Limits) -> Judged:
    """Trials inside one node, then those over several where fewer are too small."""
    step = whole = Judged(trials, *judge(trials, facts, limits))
    for nodes in SPANNED_NODES:
        spanning, no_network = spanning_trials(cases, step, nodes, facts)
        rates, failed = judge(spanning, facts, limits)
        step = Judged(spanning, rates, [*no_network, *failed])
        whole = Judged([*whole.trials, *step.trials], [*whole.rates, *step.rates], [*whole.refusals, *step.refusals])
    return whole


def _placements(
    cases: Sequence[Case], rates: Sequence[Rate], configs: Mapping[str, ReplicaConfig], catalog: Catalog
) -> Iterator[Placement]:
    """Every pool whose nodes hold a configuration that works for a class."""
    by_class: dict[str, list[ReplicaConfig]] = defaultdict(list)
    for rate in rates:
        by_class[rate.demand_class].append(configs[rate.config])
    for case in cases:
        homes = _homes(case.pools, catalog)
        for demand_class in case.classes:
            for config in by_class[demand_class.id]:
                domain = config.link_domain_gpus or catalog.gpus[config.gpu].link_domain_gpus
                for pool in homes.get((config.gpu, domain), ()):
                    if fits(config, pool):
                        yield Placement(config.id, pool.id, demand_class.id, spot_allowed=case.asked.interruptible)


def _homes(pools: Sequence[Pool], catalog: Catalog) -> Mapping[tuple[str, int], list[Pool]]:
    """Pools by GPU and link domain."""
    homes: dict[tuple[str, int], list[Pool]] = defaultdict(list)
    for pool in pools:
        homes[pool.gpu, link_domain(pool, catalog)].append(pool)
    return homes


def _left_out(working: set[str], useful: set[str]) -> Iterator[str]:
    if len(working) > len(useful):
        yield (
            f"{len(working) - len(useful)} of {len(working)} configurations that work were left out: "
            "another layout on the same GPUs serves every size of request at least as fast."
        )


def _notes(problem: Problem, catalog: Catalog, pools: Mapping[str, Pool]) -> Iterator[str]:
    spot = [option for pool in pools.values() for option in pool.options if option.form == "spot"]
    unknown = sum(option.interruptions_per_hour == 0 for option in spot)
    if unknown:
        availability = problem.supply.spot.availability
        yield (
            f"No interruption rate is known for {unknown} of {len(spot)} spot offers; "
            f"they count with the availability of {availability:.0%} alone."
        )
    if problem.supply.rent and (weak := unfounded_prices(catalog, problem.supply.rent)):
        yield (
            f"{weak} prices of the catalogue rest on less than supply.rent.worst_basis "
            f"({problem.supply.rent.worst_basis}) and were not planned with."
        )
