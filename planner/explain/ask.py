"""The same question with something changed, answered no further than the explanations need."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from planner.again import Question
from planner.candidates.generate import generate_candidates
from planner.demand.build import build_demand
from planner.errors import InfeasibleError, InputError, NoCandidateError, OutOfTimeError
from planner.explain.fleet import Fleet, fleet_found
from planner.milp.gather import instance_from
from planner.milp.highs import Search
from planner.milp.optimise import optimise_instance, search_for

_CLOSER = 0.1
_LEAST_S = 1.0
_TIMES_FIRST = 3.0


class TimeIsUpError(Exception):
    """The seconds that explaining may take are used up."""


@dataclass(frozen=True)
class Reply:
    """The least objective found and what is proven below it, or why there is none.

    `none`: no fleet serves it; `unknown`: none was found in time; `wrong`: it cannot be asked.
    """

    verdict: Literal["found", "none", "unknown", "wrong"]
    objective: float = float("nan")
    bound: float = float("nan")
    fleet: Fleet = ()
    text: str = ""

    @property
    def found(self) -> bool:
        """Whether there is a fleet."""
        return self.verdict == "found"


@dataclass
class Asker:
    """Asks variants of one question, each once, until the time is up."""

    question: Question
    time_limit_s: float
    began: float = field(default_factory=time.monotonic)
    replies: dict[str, Reply] = field(default_factory=dict)
    longest_s: float = 0.0
    """Of a search, set from the first one."""

    @property
    def seconds(self) -> float:
        """Time used so far."""
        return time.monotonic() - self.began

    def ask(self, changes: Mapping[str, Any]) -> Reply:
        """The answer with dotted keys changed; raises TimeIsUpError instead of beginning too late."""
        said = json.dumps(changes, sort_keys=True)
        if said not in self.replies:
            if self.replies and self.seconds >= self.time_limit_s:
                raise TimeIsUpError
            self.replies[said] = self._asked(changes)
        return self.replies[said]

    def _asked(self, changes: Mapping[str, Any]) -> Reply:
        try:
            changed = self.question.changed(changes) if changes else self.question
            return self._searched(changed)
        except InputError as error:
            return Reply("wrong", text=str(error))
        except (InfeasibleError, NoCandidateError) as error:
            return Reply("none", text=str(error).strip().splitlines()[0])
        except OutOfTimeError as error:
            return Reply("unknown", text=str(error))

    def _searched(self, question: Question) -> Reply:
        """Closer to the optimum than the problem asks, where that takes not much longer than its own search."""
        asked = search_for(question.problem)
        if not self.longest_s:
            began = time.monotonic()
            first = _answer(question, asked)
            self.longest_s = max(_LEAST_S, _TIMES_FIRST * (time.monotonic() - began))
            if first.objective - first.bound <= _CLOSER * asked.mip_gap * abs(first.objective):
                return first
        brief = min(asked.time_limit_s, self.longest_s)
        return _answer(question, replace(asked, mip_gap=_CLOSER * asked.mip_gap, time_limit_s=brief))


def _answer(question: Question, search: Search) -> Reply:
    problem = question.problem
    demand = build_demand(problem, question.catalog, question.base)
    candidates = generate_candidates(problem, question.catalog, demand, question.base)
    p = instance_from(problem, demand, candidates)
    solution = optimise_instance(p, problem.solve.solver, search)
    proof = solution.certificate
    return Reply("found", proof.objective, min(proof.bound, proof.objective), fleet_found(p, solution))
