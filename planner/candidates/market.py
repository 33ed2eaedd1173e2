"""Which pools a workload may use, and for each GPU it may not have: because of region, price, or choice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from planner.candidates.acceptance import lacking
from planner.candidates.candidate import Pool
from planner.candidates.pools import is_modelled
from planner.candidates.regions import satisfies
from planner.candidates.resolve import Names
from planner.candidates.trials import Refusal, refuse
from planner.catalog.specs import Catalog, GpuSpec
from planner.inputs.problem import Problem, Workload


def usable_pools(
    workload: Workload, gpus: frozenset[str], pools: Sequence[Pool], catalog: Catalog, problem: Problem
) -> list[Pool]:
    """Pools whose GPU, region, provider and purchase forms suit the workload."""
    return [
        pool
        for pool in pools
        if is_modelled(catalog.gpus[pool.gpu])
        and (not gpus or pool.gpu in gpus)
        and satisfies(workload.regions, pool.region, pool.geography)
        and not lacking(workload, pool.provider, problem)
        and has_form(workload, pool)
    ]


def has_form(workload: Workload, pool: Pool) -> bool:
    """Whether some way to pay for the pool suits the workload: spot needs one that may be interrupted."""
    return workload.interruptible or any(option.form != "spot" for option in pool.options)


def market_refusals(problem: Problem, names: Names, catalog: Catalog, pools: Sequence[Pool]) -> Iterator[Refusal]:
    """One refusal for each workload and GPU without a usable pool."""
    for name, workload in problem.workloads.items():
        if not names.models[name]:
            continue
        usable = {pool.gpu for pool in usable_pools(workload, names.gpus[name], pools, catalog, problem)}
        for gpu in catalog.gpus.values():
            if gpu.id not in usable and (refusal := _why(name, workload, gpu, (problem, names, catalog, pools))):
                yield refusal


def _why(
    name: str, workload: Workload, gpu: GpuSpec, world: tuple[Problem, Names, Catalog, Sequence[Pool]]
) -> Refusal | None:
    """Why the workload cannot have the GPU; None where nobody could have expected it."""
    problem, names, catalog, pools = world
    here = [pool for pool in pools if pool.gpu == gpu.id]
    rented = problem.supply.rent is not None and (not names.rent_gpus or gpu.id in names.rent_gpus)
    if gpu.id in names.excluded_gpus:
        return refuse(name, gpu.id, gpu.id, "excluded", "supply.rent.exclude_gpus names it")
    if not is_modelled(gpu) and rented:
        return refuse(
            name, gpu.id, gpu.id, "excluded", f"the performance model does not cover {gpu.architecture} ({gpu.kind})"
        )
    if names.gpus[name] and gpu.id not in names.gpus[name]:
        return refuse(name, gpu.id, gpu.id, "excluded", f"workloads.{name}.gpus leaves it out") if here else None
    if not here:
        return refuse(name, gpu.id, gpu.id, "price", _no_offer(problem, catalog, gpu)) if rented else None
    allowed = [pool for pool in here if satisfies(workload.regions, pool.region, pool.geography)]
    if not allowed:
        places = ", ".join(sorted({pool.geography for pool in here}))
        detail = f"may run in {', '.join(workload.regions)}; {gpu.id} is to be had in {places}"
        return refuse(name, gpu.id, gpu.id, "region", detail)
    shown = [pool for pool in allowed if not lacking(workload, pool.provider, problem)]
    if not shown:
        return refuse(name, gpu.id, gpu.id, "compliance", _lacks(workload, allowed, problem))
    return refuse(
        name, gpu.id, gpu.id, "availability", "only spot capacity is to be had, and the workload is not interruptible"
    )


def _lacks(workload: Workload, pools: Sequence[Pool], problem: Problem) -> str:
    """Who of the providers lacks which tags, said once for each set of tags."""
    tags: dict[str, list[str]] = defaultdict(list)
    for provider in sorted({pool.provider for pool in pools}):
        tags[" and ".join(lacking(workload, provider, problem))].append(provider)
    lacks = [f"{', '.join(who)} {'have' if len(who) > 1 else 'has'} no {what}" for what, who in tags.items()]
    return f"asks for {', '.join(workload.compliance)}: under supply.compliance {'; '.join(lacks)}"


def _no_offer(problem: Problem, catalog: Catalog, gpu: GpuSpec) -> str:
    rent = problem.supply.rent
    known = [offer for offer in catalog.offers.values() if offer.gpu == gpu.id]
    if not known or rent is None:
        return "the catalogue has no offer of it"
    asked = [", ".join(rent.forms), *([f"in {', '.join(rent.regions)}"] if rent.regions else [])]
    asked += [f"from {', '.join(rent.providers)}"] if rent.providers else []
    offers = "its one offer is not" if len(known) == 1 else f"none of its {len(known)} offers is"
    return f"{offers} {' '.join(asked)}"
