"""A name the user types to what it stands for, and everything there is to ask about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from planner.candidates.candidate import FormName
from planner.candidates.precision import FORMATS
from planner.candidates.price_factors import HOSTED
from planner.candidates.regions import OWN
from planner.catalog.hints import did_you_mean
from planner.catalog.names import find_gpu, find_model
from planner.errors import InputError
from planner.explain.why_not_world import Subject, World

FORMS = (*(name for name in get_args(FormName) if name != "existing"), HOSTED)
CACHES = {"kv-fp8": "fp8", "kv-bf16": "bf16"}


def subject_named(name: str, world: World) -> Subject:
    """What a name stands for: a GPU type, purchase form, provider, number format, cache format or model.

    Raises InputError with the nearest names.
    """
    catalog, plain = world.question.catalog, name.strip()
    short = plain.lower().replace(" ", "_").replace("-", "_")
    if short in FORMS:
        return Subject("form", short)
    if plain.lower() in FORMATS:
        return Subject("precision", plain.lower())
    if (cache := CACHES.get(plain.lower().replace(" ", "-"))) is not None:
        return Subject("cache", cache)
    providers = {one.lower(): one for one in known_providers(world)}
    if plain.lower() in providers:
        return Subject("provider", providers[plain.lower()])
    if (gpu := find_gpu(catalog, plain)) is not None:
        return Subject("gpu", gpu.id)
    asked = [one for workload in world.question.problem.workloads.values() for one in workload.model_any_of or []]
    model = find_model(catalog, plain)
    ours = {one: (found.id if (found := find_model(catalog, one)) else one) for one in asked}
    for one, known in ours.items():
        if plain == one or (model is not None and model.id == known):
            return Subject("model", known)
    if model is not None:
        raise InputError(f"{plain!r} is a model that no workload allows; name it under model_any_of to have it tried")
    every = [*FORMS, *FORMATS, *CACHES, *providers.values(), *catalog.gpus, *ours]
    raise InputError(
        f"{plain!r} is no GPU type, purchase form, provider, number format or model of this problem"
        f"{did_you_mean(plain, every)}"
    )


def known_providers(world: World) -> list[str]:
    """Everybody who rents out GPUs or sells tokens, and the own site where there is one."""
    problem, catalog = world.question.problem, world.question.catalog
    sellers = {offer.provider for offer in catalog.offers.values()}
    sellers |= {api.provider for api in world.candidates.apis} | {one.provider for one in catalog.apis.values()}
    own = {OWN} if problem.supply.own.systems or problem.supply.own.existing else set()
    return sorted(sellers | own)


def every_subject(world: World) -> Iterator[Subject]:
    """GPU types, purchase forms and providers of GPUs that there are."""
    problem, catalog = world.question.problem, world.question.catalog
    offered = {offer.gpu for offer in catalog.offers.values()} | {pool.gpu for pool in world.candidates.pools.values()}
    yield from (Subject("gpu", name) for name in catalog.gpus if name in offered)
    yield from (Subject("form", name) for name in FORMS)
    hosts = {api.provider for api in world.candidates.apis}
    rented = {offer.provider for offer in catalog.offers.values()} if problem.supply.rent else set()
    own = {OWN} if problem.supply.own.systems or problem.supply.own.existing else set()
    yield from (Subject("provider", name) for name in sorted(rented | hosts | own))
