"""Names in the problem → things in the catalogue; every unknown name is reported at once, with its key."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from planner.candidates.blocks import block_complaints
from planner.candidates.price_factors import price_complaints
from planner.candidates.regions import GEOGRAPHIES, OWN
from planner.catalog.hints import did_you_mean
from planner.catalog.names import find_gpu, find_model, model_key
from planner.catalog.specs import ApiPrice, Catalog, ModelSpec
from planner.errors import InputError
from planner.inputs.problem import Api, Problem, Workload


@dataclass(frozen=True)
class OfferedApi:
    """A hosted API as the problem names it, with its price."""

    asked: Api
    price: ApiPrice


@dataclass(frozen=True)
class Names:
    """What the problem's names stand for."""

    models: dict[str, tuple[ModelSpec, ...]]  # workload → models a replica may run
    asked_models: dict[str, frozenset[str]]  # workload → all names it goes by, for matching hosted APIs
    gpus: dict[str, frozenset[str]]  # workload → GPU ids it may use; empty for all
    rent_gpus: frozenset[str]
    excluded_gpus: frozenset[str]
    apis: tuple[OfferedApi, ...]


@dataclass
class Unknown:
    """Collects complaints; `raise_if_any` is called once at the end."""

    complaints: list[str] = field(default_factory=list)

    def add(self, key: str, name: str, kind: str, known: Iterable[str]) -> None:
        """One unknown name."""
        self.complaints.append(f"  {key}: unknown {kind} '{name}'{did_you_mean(name, known)}")

    def check(self, key: str, names: Iterable[str], kind: str, known: Collection[str]) -> None:
        """Complain about each name that is not known exactly."""
        for name in names:
            if name not in known:
                self.add(key, name, kind, known)

    def raise_if_any(self) -> None:
        """One InputError with every complaint."""
        if self.complaints:
            raise InputError(f"{len(self.complaints)} name(s) not found:\n" + "\n".join(self.complaints))


def resolve_names(problem: Problem, catalog: Catalog, base: Path) -> Names:
    """Look every name up; `base` is the folder that paths of config.json files are relative to.

    Raises InputError listing all unknown names, CatalogError for a config.json it cannot use.
    """
    unknown = Unknown()
    apis = _apis(problem, catalog, unknown)
    finder = _ModelFinder(catalog, base, frozenset(name for api in apis for name in _api_names(api)), unknown)
    models = {name: finder.find_all(name, workload) for name, workload in problem.workloads.items()}
    rent = problem.supply.rent
    names = Names(
        models=models,
        asked_models={name: _all_names(problem.workloads[name], found) for name, found in models.items()},
        gpus={
            name: _gpus(f"workloads.{name}.gpus", workload.gpus, catalog, unknown)
            for name, workload in problem.workloads.items()
        },
        rent_gpus=_gpus("supply.rent.gpus", rent.gpus if rent else [], catalog, unknown),
        excluded_gpus=_gpus("supply.rent.exclude_gpus", rent.exclude_gpus if rent else [], catalog, unknown),
        apis=apis,
    )
    _check_places(problem, catalog, unknown)
    _check_quotas(problem, catalog, unknown)
    _check_systems(problem, catalog, unknown)
    hosts = {price.provider for price in catalog.apis.values()}
    unknown.check("supply.compliance", problem.supply.compliance, "provider", _providers(catalog) | hosts | {OWN})
    shares = [asked.provider for asked in problem.limits.provider_shares]
    unknown.check("limits.provider_shares", shares, "provider", _providers(catalog) | {OWN})
    unknown.complaints += block_complaints(problem, catalog)
    unknown.complaints += price_complaints(problem, catalog)
    unknown.raise_if_any()
    return names


def _gpus(key: str, asked: Iterable[str], catalog: Catalog, unknown: Unknown) -> frozenset[str]:
    found = set()
    for name in asked:
        gpu = find_gpu(catalog, name)
        if gpu is None:
            unknown.add(key, name, "GPU", catalog.gpus)
        else:
            found.add(gpu.id)
    return frozenset(found)


@dataclass(frozen=True)
class _ModelFinder:
    catalog: Catalog
    base: Path
    hosted: frozenset[str]  # names the listed APIs go by: such a model needs no replica
    unknown: Unknown

    def find_all(self, workload: str, asked: Workload) -> tuple[ModelSpec, ...]:
        """Models of a workload that a replica may run; those only an API offers are left out."""
        several = asked.model_any_of is not None
        names = asked.model_any_of or ([asked.model] if asked.model else [])
        key = f"workloads.{workload}.{'model_any_of' if several else 'model'}"
        found = (self._find(key, name) for name in names)
        return tuple(model for model in found if model is not None)

    def _find(self, key: str, name: str) -> ModelSpec | None:
        if name.endswith(".json"):
            return self._read(key, self.base / name)
        model = find_model(self.catalog, name)
        if model is None and name not in self.hosted:
            self._complain(key, name)
        return model

    def _read(self, key: str, path: Path) -> ModelSpec | None:
        if path.is_file():
            from planner.catalog.huggingface import model_from_config

            return model_from_config(path)
        self.unknown.complaints.append(f"  {key}: there is no file {path}")
        return None

    def _complain(self, key: str, name: str) -> None:
        sold_by = sorted(price.provider for price in self.catalog.apis.values() if price.model == name)
        if sold_by:
            text = f"'{name}' is no open-weight model we know, but a hosted API; add it to supply.api"
            self.unknown.complaints.append(f"  {key}: {text} (sold by {', '.join(sold_by)})")
        else:
            self.unknown.add(key, name, "model", [*self.catalog.models, *self.hosted])


def _all_names(asked: Workload, models: Iterable[ModelSpec]) -> frozenset[str]:
    named = {asked.model} if asked.model else set(asked.model_any_of or [])
    return frozenset(named | {model.id for model in models})


def _api_names(api: OfferedApi) -> set[str]:
    """Names a workload may use to ask for this API's model."""
    return {name for name in (api.asked.model, api.price.model, api.price.our_model) if name}


def _apis(problem: Problem, catalog: Catalog, unknown: Unknown) -> tuple[OfferedApi, ...]:
    found = []
    for index, asked in enumerate(problem.supply.api):
        key = f"supply.api[{index}]"
        unknown.check(f"{key}.workloads", asked.workloads, "workload", problem.workloads)
        price = _price(key, asked, catalog, unknown)
        if price is not None:
            found.append(OfferedApi(asked, price))
    return tuple(found)


def _price(key: str, asked: Api, catalog: Catalog, unknown: Unknown) -> ApiPrice | None:
    """The provider's own model name wins, then our model id, then a name that differs in writing only."""
    sold = [price for price in catalog.apis.values() if price.provider == asked.provider]
    if not sold:
        unknown.add(f"{key}.provider", asked.provider, "API provider", {p.provider for p in catalog.apis.values()})
        return None
    ours = find_model(catalog, asked.model)
    tests = (
        [price for price in sold if price.model == asked.model],
        [price for price in sold if ours is not None and price.our_model == ours.id],
        [price for price in sold if model_key(price.model) == model_key(asked.model)],
    )
    matches = next((match for match in tests if match), [])
    if not matches:
        unknown.add(f"{key}.model", asked.model, f"model of {asked.provider}", [price.model for price in sold])
    elif len(matches) > 1:
        several = ", ".join(f"'{price.model}'" for price in matches)
        unknown.complaints.append(
            f"  {key}.model: {asked.provider} sells '{asked.model}' as {several}; name one of them"
        )
    return matches[0] if len(matches) == 1 else None


def _check_places(problem: Problem, catalog: Catalog, unknown: Unknown) -> None:
    places = {*GEOGRAPHIES, *(offer.region for offer in catalog.offers.values())}
    for name, workload in problem.workloads.items():
        unknown.check(f"workloads.{name}.regions", workload.regions, "region", places | {OWN})
    if rent := problem.supply.rent:
        unknown.check("supply.rent.regions", rent.regions, "region", places)
        unknown.check("supply.rent.providers", rent.providers, "provider", _providers(catalog))


def _check_quotas(problem: Problem, catalog: Catalog, unknown: Unknown) -> None:
    """Quotas are matched by exact id later on: a cap on a misspelt name would silently never bind."""
    regions = {offer.region for offer in catalog.offers.values()}
    for index, quota in enumerate(problem.supply.quotas):
        key = f"supply.quotas[{index}]"
        gpu = find_gpu(catalog, quota.gpu)
        if gpu is not None and gpu.id != quota.gpu:
            unknown.complaints.append(f"  {key}.gpu: write '{gpu.id}' for '{quota.gpu}'")
        elif gpu is None:
            unknown.add(f"{key}.gpu", quota.gpu, "GPU", catalog.gpus)
        unknown.check(f"{key}.provider", [quota.provider] if quota.provider else [], "provider", _providers(catalog))
        unknown.check(f"{key}.region", [quota.region] if quota.region else [], "region", regions)


def _check_systems(problem: Problem, catalog: Catalog, unknown: Unknown) -> None:
    own = problem.supply.own
    unknown.check("supply.own.systems", own.systems, "system", catalog.systems)
    unknown.check("supply.own.max_systems", own.max_systems, "system", catalog.systems)
    unknown.check("supply.own.existing", [item.system for item in own.existing], "system", catalog.systems)


def _providers(catalog: Catalog) -> set[str]:
    return {offer.provider for offer in catalog.offers.values()}
