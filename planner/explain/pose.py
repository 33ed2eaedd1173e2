"""A question's optimisation problem with keys changed, reckoning anew only what the keys have to do with.

What configurations can do depends on sizes, targets and what is on offer, not on how much arrives, what nodes cost or
what caps there are. So candidates are generated once for all changes of these, demand once for all changes of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import numpy as np

from planner.again import Question
from planner.candidates.candidate import CandidateSet
from planner.candidates.generate import generate_candidates
from planner.candidates.price_factors import repriced, repriced_api
from planner.demand.build import build_demand
from planner.demand.types import Demand, DemandClass
from planner.explain.levers import DEMANDS
from planner.milp.gather import instance_from
from planner.milp.instance import Instance

_LIMITS = ("max_gpus", "max_distinct_configurations", "power_kw", "carbon_kg_per_period", "budget", "provider_shares")
CAPS = (*(f"limits.{name}" for name in _LIMITS), "supply.quotas")
"""Keys that neither demand nor candidates depend on."""
AMOUNTS = tuple(f"workloads.*.{part}.{way}" for part in ("traffic", "batch") for way in DEMANDS)
"""Keys that say how much arrives."""


class Poser:
    """Of one question: demand and candidates are kept for changes that are no business of theirs."""

    def __init__(self, question: Question) -> None:
        self._question = question

    def posed(self, changes: Mapping[str, Any]) -> Instance:
        """The optimisation problem with dotted keys changed; raises the `PlannerError` of one that has none."""
        asked = self._question.changed(changes) if changes else self._question
        demand = self._demand(asked, changes)
        candidates = self._candidates(asked, changes, demand)
        return instance_from(asked.problem, demand, candidates)

    @cached_property
    def _base(self) -> tuple[Demand, CandidateSet]:
        demand = _demand(self._question)
        return demand, _generated(self._question, demand)

    def _demand(self, asked: Question, changes: Mapping[str, Any]) -> Demand:
        return self._base[0] if _are_among(changes, (*CAPS, "prices")) else _demand(asked)

    def _candidates(self, asked: Question, changes: Mapping[str, Any], demand: Demand) -> CandidateSet:
        """Prices that change may be put on candidates that have none of the problem's own yet."""
        free = (*CAPS, *AMOUNTS, *(() if self._question.problem.prices else ("prices",)))
        if not _are_among(changes, free) or not _are_alike(demand.classes, self._base[0].classes):
            return _generated(asked, demand)
        if self._question.problem.prices:  # they are in the candidates already
            return self._base[1]
        return _at_prices(self._base[1], asked.problem.prices)


def _are_among(changes: Iterable[str], keys: Iterable[str]) -> bool:
    """Whether every key that changes is one of these, or inside one."""
    return all(any(fnmatchcase(key, one) or fnmatchcase(key, f"{one}.*") for one in keys) for key in changes)


def _are_alike(some: tuple[DemandClass, ...], others: tuple[DemandClass, ...]) -> bool:
    """Whether demand classes differ in how much arrives at most."""
    return len(some) == len(others) and all(map(_is_alike, some, others))


def _is_alike(one: DemandClass, other: DemandClass) -> bool:
    cells = ("input_tokens", "output_tokens", "share")
    return (
        (one.id, one.workload, one.prefix_hit, one.burstiness_cv, one.slo, one.batch_deadline_h)
        == (other.id, other.workload, other.prefix_hit, other.burstiness_cv, other.slo, other.batch_deadline_h)
    ) and all(np.array_equal(getattr(one.lengths, name), getattr(other.lengths, name)) for name in cells)


def _demand(asked: Question) -> Demand:
    return build_demand(asked.problem, asked.catalog, asked.base)


def _generated(asked: Question, demand: Demand) -> CandidateSet:
    return generate_candidates(asked.problem, asked.catalog, demand, asked.base)


def _at_prices(candidates: CandidateSet, prices: Mapping[str, float]) -> CandidateSet:
    pools = {name: repriced(pool, prices) for name, pool in candidates.pools.items()}
    return replace(candidates, pools=pools, apis=tuple(repriced_api(api, prices) for api in candidates.apis))
