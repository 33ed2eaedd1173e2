"""Whether a changed question has any fleet, and what a cheap one uses: asked fast, again and again."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from planner.again import Question
from planner.candidates.generate import generate_candidates
from planner.demand.build import build_demand
from planner.errors import CatalogError, InfeasibleError, InputError, NoCandidateError
from planner.milp.arrays import arrays_from
from planner.milp.build import build, formulate
from planner.milp.gather import instance_from
from planner.milp.highs import Search, solve_arrays
from planner.milp.instance import Instance
from planner.milp.optimise import search_for
from planner.milp.prune import prune
from planner.milp.refuse import refuse_unserved
from planner.milp.solve import solve

_SHARE_OF_TIME = 0.1
_LEAST_S = 1.0
_ROUGH_GAP = 0.02
_LEAST = 1e-9


class TimeIsUpError(Exception):
    """No more questions can be asked."""


@dataclass(frozen=True)
class Uses:
    """What a fleet uses."""

    usd: float
    """What it costs over the horizon, discounted, at most 2 % above the least where time sufficed."""
    gpus: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    """Geographies, or regions of unspecified geography."""
    forms: frozenset[str] = frozenset()


@dataclass
class Oracle:
    """Answers variants of one question, each once, until the time is up."""

    question: Question
    ends: float
    known: dict[str, bool | None] = field(default_factory=dict)
    asked: int = 0

    def has_fleet(self, changes: Mapping[str, Any]) -> bool | None:
        """Whether there is a fleet with keys changed; None where neither was proven in time."""
        said = json.dumps(changes, sort_keys=True)
        if said not in self.known:
            if time.monotonic() >= self.ends:
                raise TimeIsUpError
            self.asked += 1
            self.known[said] = self._solved(changes)
        return self.known[said]

    def cheap_fleet(self, changes: Mapping[str, Any]) -> Uses | None:
        """What a cheap fleet uses with keys changed; None where none was found in time."""
        if time.monotonic() >= self.ends:
            raise TimeIsUpError
        self.asked += 1
        try:
            p, pools = self._posed(changes)
            small = prune(p)
            m = build(small)
            search = replace(self._search(small), mip_gap=_ROUGH_GAP)
            answer = solve(small, m, "highs", search)
        except (InputError, NoCandidateError, InfeasibleError):
            return None
        if answer.values is None:
            return None
        at_work = [
            (str(column.key[0]), column.family if column.family != "bought" else str(column.key[1]))
            for column, value in zip(m.columns, answer.values.tolist(), strict=True)
            if value > _LEAST and column.family in {"on_demand", "spot", "bought", "kept"}
        ]
        return Uses(
            answer.objective,
            gpus=frozenset(pools[name].gpu for name, _ in at_work),
            providers=frozenset(pools[name].provider for name, _ in at_work),
            places=frozenset(pools[name].geography or pools[name].region for name, _ in at_work),
            forms=frozenset(form for _, form in at_work if form != "kept"),
        )

    def _solved(self, changes: Mapping[str, Any]) -> bool | None:
        try:
            small = prune(self._posed(changes)[0])
            m = formulate(small)
        except (InputError, NoCandidateError, InfeasibleError, CatalogError, ValueError):
            return False
        m.minimise([])
        answer = solve_arrays(arrays_from(m), self._search(small))
        return True if answer.values is not None else False if answer.status == "infeasible" else None

    def _posed(self, changes: Mapping[str, Any]) -> tuple[Instance, Any]:
        question = self.question.changed(changes) if changes else self.question
        problem = question.problem.base_case
        demand = build_demand(problem, question.catalog, question.base)
        candidates = generate_candidates(problem, question.catalog, demand, question.base)
        p = instance_from(problem, demand, candidates)
        refuse_unserved(p)
        return p, candidates.pools

    def _search(self, p: Instance) -> Search:
        left = max(_LEAST_S, self.ends - time.monotonic())
        asked = search_for(self.question.problem)
        return replace(asked, time_limit_s=max(_LEAST_S, _SHARE_OF_TIME * left), mip_gap=0.5, fidelity="replicas")
