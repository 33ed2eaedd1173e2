"""The same question with something changed, answered no further than the explanations need."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from planner.again import Question
from planner.errors import InfeasibleError, InputError, NoCandidateError, OutOfTimeError
from planner.explain.carry import Known, bound_at_prices, carried, highest_bound
from planner.explain.fleet import Fleet, fleet_found, gpus_found
from planner.explain.keep import keeping
from planner.explain.pose import Poser
from planner.explain.reply import Reply, better
from planner.milp.brief import Brief, solve_briefly
from planner.milp.diagnose import NO_FLEET
from planner.milp.easier import is_no_harder
from planner.milp.highs import Search
from planner.milp.instance import Instance
from planner.milp.optimise import optimise_instance, search_for

_CLOSER = 0.1
_BRIEFLY = 0.5
_LEAST_S = 1.0
_TIMES_FIRST = 3.0


class TimeIsUpError(Exception):
    """The seconds that explaining may take are used up."""


@dataclass
class Asker:
    """Asks variants of one question, each once, until the time is up.

    What is proven of one question is used for every other for which it holds as well. With `brief_s` no search takes
    longer than so many seconds: it begins from what the plans known run, and its gap is what it is.
    """

    question: Question
    time_limit_s: float
    brief_s: float | None = None
    began: float = field(default_factory=time.monotonic)
    replies: dict[str, Reply] = field(default_factory=dict)
    longest_s: float = 0.0
    """Of a search, set from the first one."""
    _known: list[Known] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._poser = Poser(self.question)

    @property
    def seconds(self) -> float:
        """Time used so far."""
        return time.monotonic() - self.began

    def ask(self, changes: Mapping[str, Any]) -> Reply:
        """The answer with dotted keys changed; raises TimeIsUpError instead of beginning too late."""
        return self._once(json.dumps(changes, sort_keys=True), changes, None)

    def ask_keeping(self, fleet: Fleet, changes: Mapping[str, Any]) -> Reply:
        """The same with nothing on offer but what this fleet has."""
        return self._once(json.dumps([fleet, changes], sort_keys=True), changes, fleet)

    def told(self, changes: Mapping[str, Any]) -> Reply:
        """The same; raises TimeIsUpError also where a search found neither a fleet nor that there is none."""
        reply = self.ask(changes)
        if reply.verdict == "unknown":
            raise TimeIsUpError
        return reply

    def take(self, changes: Mapping[str, Any], reply: Reply) -> None:
        """Take a reply found elsewhere for that of a question: it is not asked again."""
        self.replies[json.dumps(changes, sort_keys=True)] = reply

    def remember(self, reply: Reply) -> None:
        """Take a reply for that of the question as it is."""
        self._known.insert(0, Known(self._poser.posed({}), reply))
        self.replies["{}"] = reply

    def sharpened(self) -> Reply:
        """The question as it is, searched more closely from what is remembered of it."""
        p, known = self._known[0].instance, self._known[0].reply
        seconds = _TIMES_FIRST * (self.brief_s or _LEAST_S)
        asked = search_for(self.question.problem)
        search = replace(asked, mip_gap=_CLOSER * asked.mip_gap, time_limit_s=seconds)
        return better(self._brief(p, search, known.bound), known).proven(known.bound)

    def _once(self, said: str, changes: Mapping[str, Any], fleet: Fleet | None) -> Reply:
        if said not in self.replies:
            if self.replies and self.seconds >= self.time_limit_s:
                raise TimeIsUpError
            self.replies[said] = self._asked(changes, fleet)
        return self.replies[said]

    def _asked(self, changes: Mapping[str, Any], fleet: Fleet | None) -> Reply:
        try:
            p = self._poser.posed(changes)
            p = p if fleet is None else keeping(p, fleet)
            reply = self._found(p, changes)
            self._known.append(Known(p, reply))
            return self._compared(p, reply)
        except InputError as error:
            return Reply("wrong", text=str(error))
        except (InfeasibleError, NoCandidateError) as error:
            return Reply("none", text=str(error).strip().splitlines()[0])
        except OutOfTimeError as error:
            return Reply("unknown", text=str(error))

    def _found(self, p: Instance, changes: Mapping[str, Any]) -> Reply:
        """From what is known already where that is close enough; else by a search."""
        base = self._known[0] if self._known else None
        bound = bound_at_prices(base, self.question.problem.prices, changes)
        bound = max(bound, highest_bound(self._known, p))
        reply = carried(self._known, p)
        if reply is not None:
            reply = reply.proven(bound)
            if reply.objective - reply.bound <= self._gap() * abs(reply.objective):
                return reply
        return better(self._searched(p, bound), reply).proven(bound)

    def _gap(self) -> float:
        """Closer to the optimum than the problem asks."""
        return (_CLOSER if self.brief_s is None else _BRIEFLY) * self.question.problem.solve.mip_gap

    def _compared(self, p: Instance, reply: Reply) -> Reply:
        first = self._known[0].instance
        return replace(reply, is_easier=is_no_harder(p, first), is_harder=is_no_harder(first, p))

    def _searched(self, p: Instance, floor: float) -> Reply:
        """As closely as takes not much longer than the question's own search, or briefly."""
        asked = search_for(self.question.problem)
        if self.brief_s is not None and p.goals == ("cost",):
            return self._brief(p, replace(asked, mip_gap=self._gap(), time_limit_s=self.brief_s), floor)
        if not self.longest_s:
            began = time.monotonic()
            first = self._answer(p, asked)
            self.longest_s = max(_LEAST_S, _TIMES_FIRST * (time.monotonic() - began))
            if first.objective - first.bound <= self._gap() * abs(first.objective):
                return first
        brief = min(asked.time_limit_s, self.longest_s)
        return self._answer(p, replace(asked, mip_gap=self._gap(), time_limit_s=brief))

    def _answer(self, p: Instance, search: Search) -> Reply:
        solution = optimise_instance(p, self.question.problem.solve.solver, search)
        proof = solution.certificate
        fleet, gpus = fleet_found(p, solution.values), gpus_found(p, solution.values)
        return Reply("found", proof.objective, min(proof.bound, proof.objective), fleet, gpus=gpus)

    def _brief(self, p: Instance, search: Search, floor: float) -> Reply:
        plans = [one.reply.counts for one in self._known]
        found = solve_briefly(p, [*plans[:1], *plans[:0:-1]], search, floor)
        if isinstance(found, Brief):
            fleet, gpus = fleet_found(p, found.values), gpus_found(p, found.values)
            return Reply("found", found.objective, found.bound, fleet, gpus=gpus, counts=found.counts)
        if found.status == "infeasible":
            raise InfeasibleError(NO_FLEET)  # what stands in the way takes longer to find than that something does
        raise OutOfTimeError(f"no fleet found within {search.time_limit_s:.3g} s")
