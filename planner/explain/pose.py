"""A question's optimisation problem with keys changed, reckoning anew only what the keys have to do with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from planner.again import Question
from planner.candidates.candidate import CandidateSet
from planner.candidates.generate import generate_candidates
from planner.candidates.price_factors import repriced, repriced_api
from planner.demand.build import build_demand
from planner.demand.types import Demand
from planner.milp.gather import instance_from
from planner.milp.instance import Instance

_LIMITS = ("max_gpus", "max_distinct_configurations", "power_kw", "carbon_kg_per_period", "budget", "provider_shares")
CAPS = (*(f"limits.{name}" for name in _LIMITS), "supply.quotas")
"""Keys that neither demand nor candidates depend on."""


class Poser:
    """Of one question: demand and candidates are kept for changes that are no business of theirs."""

    def __init__(self, question: Question) -> None:
        self._question = question

    def posed(self, changes: Mapping[str, Any]) -> Instance:
        """The optimisation problem with dotted keys changed; raises the `PlannerError` of one that has none."""
        asked = self._question.changed(changes) if changes else self._question
        if self._keeps_candidates(changes):
            demand, candidates = self._base
            if not self._question.problem.prices:  # else they are in the candidates already
                candidates = _at_prices(candidates, asked.problem.prices)
            return instance_from(asked.problem, demand, candidates)
        return instance_from(asked.problem, *_reckoned(asked))

    @cached_property
    def _base(self) -> tuple[Demand, CandidateSet]:
        return _reckoned(self._question)

    def _keeps_candidates(self, changes: Mapping[str, Any]) -> bool:
        """Prices that change may be put on candidates that have none of the problem's own yet."""
        free = (*CAPS, *(() if self._question.problem.prices else ("prices",)))
        return all(any(key == one or key.startswith(f"{one}.") for one in free) for key in changes)


def _reckoned(asked: Question) -> tuple[Demand, CandidateSet]:
    demand = build_demand(asked.problem, asked.catalog, asked.base)
    return demand, generate_candidates(asked.problem, asked.catalog, demand, asked.base)


def _at_prices(candidates: CandidateSet, prices: Mapping[str, float]) -> CandidateSet:
    pools = {name: repriced(pool, prices) for name, pool in candidates.pools.items()}
    return replace(candidates, pools=pools, apis=tuple(repriced_api(api, prices) for api in candidates.apis))
