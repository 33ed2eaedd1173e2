"""A plan's question opened up: what is on offer, by name, and the same question without it or at other prices of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from planner.again import Question
from planner.candidates.candidate import ApiOption, CandidateSet, Placement, Pool
from planner.candidates.generate import generate_candidates
from planner.candidates.precision import default_formats
from planner.candidates.price_factors import HOSTED, repriced, repriced_api
from planner.catalog.names import find_model
from planner.demand.build import build_demand
from planner.demand.types import Demand
from planner.errors import InputError, NoCandidateError
from planner.explain.breakeven_solve import EXACT_GAP, Offers, without
from planner.milp.gather import instance_from
from planner.milp.highs import Search
from planner.milp.instance import Instance
from planner.milp.optimise import search_for

Kind = Literal["gpu", "form", "provider", "precision", "cache", "model"]
MARKET = frozenset({"gpu", "form", "provider"})
"""Kinds that have prices of their own; the others are ways to use nodes."""


@dataclass(frozen=True)
class Subject:
    """What is asked about."""

    kind: Kind
    name: str

    def sells(self, pool: Pool, form: str) -> bool:
        """Whether nodes of a pool under a form go by this name."""
        return self.name == {"gpu": pool.gpu, "provider": pool.provider, "form": form}.get(self.kind)

    def hosts(self, api: ApiOption) -> bool:
        """Whether a hosted API goes by this name."""
        return self.name == {"provider": api.provider, "form": HOSTED, "model": api.model}.get(self.kind)


@dataclass(frozen=True)
class World:
    """The question of a plan without its scenarios, its candidates and how closely to search."""

    question: Question
    demand: Demand
    candidates: CandidateSet
    search: Search

    @cached_property
    def instance(self) -> Instance:
        return self.posed(self.candidates)

    def posed(self, candidates: CandidateSet) -> Instance:
        """The optimisation problem of some candidates."""
        return instance_from(self.question.problem, self.demand, candidates)

    def offers(self, subject: Subject) -> Offers:
        """Everything on offer by the name, for kinds that have prices."""
        pools = self.instance.pools
        options = frozenset(
            (pool.id, option.form)
            for pool in self.candidates.pools.values()
            for option in pool.options
            if pool.id in pools and subject.sells(pool, option.form) and _is_there(self.instance, pool.id, option.form)
        )
        apis = frozenset((api.id, api.demand_class) for api in self.candidates.apis if subject.hosts(api))
        return Offers(options, apis)

    def without(self, subject: Subject) -> Instance:
        """The question with nothing of that name."""
        if subject.kind in MARKET:
            return without(self.instance, self.offers(subject))
        kept = tuple(place for place in self.candidates.placements if not self.runs(subject, place.config))
        apis = tuple(api for api in self.candidates.apis if not subject.hosts(api))
        return self.posed(replace(self.candidates, placements=kept, apis=apis))

    def runs(self, subject: Subject, config: str) -> bool:
        """Whether a configuration goes by the name."""
        one = self.candidates.configs[config]
        return subject.name == {"precision": one.weights, "cache": one.kv, "model": one.model}.get(subject.kind)

    def at(self, subject: Subject, ways: CandidateSet | None) -> Callable[[float], Instance]:
        """The question as a function of the factor on all prices of the subject.

        A way to use nodes has the prices of the nodes that it is used on: these are offered a second time, for it
        alone, at the factor.
        """
        if ways is None:
            return lambda factor: self.posed(self._repriced(subject.name, factor))
        joined, again = self._joined(subject, ways)
        return lambda factor: self.posed(_at(joined, again, subject, factor))

    def _repriced(self, name: str, factor: float) -> CandidateSet:
        prices = {name: factor}
        return replace(
            self.candidates,
            pools={key: repriced(pool, prices) for key, pool in self.candidates.pools.items()},
            apis=tuple(repriced_api(api, prices) for api in self.candidates.apis),
        )

    def ways(self, subject: Subject) -> CandidateSet | None:
        """Candidates that go by the name, of every workload that may; None where there are none.

        Workload by workload, everything else about it left as it is.
        """
        found: list[CandidateSet] = []
        for changes in only(self.question, subject):
            try:
                asked = self.question.changed(changes)
                found.append(generate_candidates(asked.problem, asked.catalog, self.demand, asked.base))
            except (InputError, NoCandidateError):
                continue
        return _merged(found, subject) if any(_is_way(one, subject) for one in found) else None

    def _joined(self, subject: Subject, ways: CandidateSet) -> tuple[CandidateSet, frozenset[str]]:
        """The candidates with the ways on nodes offered a second time, and the names of these."""
        mark = f" for {subject.name}"
        mine = [place for place in ways.placements if _goes_by(ways, subject, place)]
        pools = {
            f"{name}{mark}": replace(ways.pools[name], id=f"{name}{mark}", options=options)
            for name in dict.fromkeys(place.pool for place in mine)
            if (options := tuple(one for one in ways.pools[name].options if one.form != "existing"))
        }
        again = tuple(replace(place, pool=f"{place.pool}{mark}") for place in mine if f"{place.pool}{mark}" in pools)
        kept = tuple(place for place in self.candidates.placements if not self.runs(subject, place.config))
        apis = (*(api for api in self.candidates.apis if not subject.hosts(api)), *filter(subject.hosts, ways.apis))
        return replace(
            self.candidates,
            configs=ways.configs | self.candidates.configs,
            rates=ways.rates | self.candidates.rates,
            pools=self.candidates.pools | pools,
            placements=(*kept, *again),
            apis=apis,
            spare_availability=ways.spare_availability | self.candidates.spare_availability,
            quality=ways.quality | self.candidates.quality,
        ), frozenset(pools)


def world_of(question: Question, seconds_each: float) -> World:
    """Raises the `PlannerError` of a question that has no candidates."""
    base = replace(question, problem=question.problem.base_case)
    demand = build_demand(base.problem, base.catalog, base.base)
    candidates = generate_candidates(base.problem, base.catalog, demand, base.base)
    asked = search_for(base.problem)
    search = replace(asked, mip_gap=EXACT_GAP, time_limit_s=seconds_each, fidelity="replicas")
    return World(base, demand, candidates, search)


def only(question: Question, subject: Subject) -> Iterable[dict[str, Any]]:
    """Changes that leave one workload nothing but the subject, for each that could have it."""
    for name, asked in question.problem.workloads.items():
        if subject.kind == "precision":
            yield {f"workloads.{name}.precision.weights": [subject.name]}
        elif subject.kind == "cache":
            yield {f"workloads.{name}.precision.kv": [subject.name]}
        else:
            for model in asked.model_any_of or []:
                found = find_model(question.catalog, model)
                if subject.name in {model, found.id if found else model}:
                    yield {f"workloads.{name}.model_any_of": [model]}


def allowed_formats(world: World) -> set[str]:
    """Weight formats that some workload allows."""
    found: set[str] = set()
    for asked in world.question.problem.workloads.values():
        found |= set(asked.precision.weights or [])
        if asked.precision.weights is None:
            catalog = world.question.catalog
            models = [find_model(catalog, name) for name in asked.model_any_of or [asked.model or ""]]
            gpus = [catalog.gpus[name] for name in {pool.gpu for pool in world.candidates.pools.values()}]
            found |= {one for model in models if model for gpu in gpus for one in default_formats(model, gpu)}
    return found


def _is_there(p: Instance, pool: str, form: str) -> bool:
    """Whether it is on offer and something may run on it."""
    there = p.pools[pool]
    if not p.housed.get((pool, "spot" if form == "spot" else "firm")):
        return False
    return form in there.rentals or form in there.commitments or (form == "existing" and there.existing is not None)


def _at(joined: CandidateSet, again: frozenset[str], subject: Subject, factor: float) -> CandidateSet:
    pools = {
        name: repriced(pool, {pool.provider: factor}) if name in again else pool for name, pool in joined.pools.items()
    }
    apis = tuple(repriced_api(api, {api.provider: factor}) if subject.hosts(api) else api for api in joined.apis)
    return replace(joined, pools=pools, apis=apis)


def _goes_by(candidates: CandidateSet, subject: Subject, place: Placement) -> bool:
    one = candidates.configs[place.config]
    return subject.name == {"precision": one.weights, "cache": one.kv, "model": one.model}[subject.kind]


def _is_way(candidates: CandidateSet, subject: Subject) -> bool:
    return any(_goes_by(candidates, subject, place) for place in candidates.placements) or any(
        map(subject.hosts, candidates.apis)
    )


def _merged(found: list[CandidateSet], subject: Subject) -> CandidateSet:
    """All of them together; only what goes by the subject's name is placed."""
    first, *rest = found
    placements = tuple(
        dict.fromkeys(place for one in found for place in one.placements if _goes_by(one, subject, place))
    )
    apis = tuple({(api.id, api.demand_class): api for one in found for api in one.apis}.values())
    whole = replace(first, placements=placements, apis=apis)
    for one in rest:
        whole = replace(
            whole,
            configs=whole.configs | one.configs,
            rates=whole.rates | one.rates,
            pools=whole.pools | one.pools,
            spare_availability=whole.spare_availability | one.spare_availability,
            quality=whole.quality | one.quality,
        )
    return whole
