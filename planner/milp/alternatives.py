"""Other fleets almost as good: the best without some GPU type, and so on from there.

Whatever fleet avoids one of the types the plan uses is found below the branch that forbids that type, so going
through the branches cheapest first meets the mixes in order of cost. A branch is a whole optimisation with its
own bound; hosted APIs count as a type of their own.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace

from planner.errors import InfeasibleError, OutOfTimeError
from planner.inputs.alternatives import Alternatives
from planner.milp.highs import Search
from planner.milp.instance import Instance
from planner.milp.optimise import optimise_instance
from planner.milp.solution import Solution

HOSTED = "hosted API"
_SHARE_OF_TIME = 0.5
_NODES = ("bought", "kept", "on_demand", "spot")


@dataclass(frozen=True)
class Alternative:
    """The best fleet without some GPU types."""

    without: frozenset[str]
    solution: Solution


def alternatives(p: Instance, best: Solution, wanted: Alternatives, solver: str, search: Search) -> list[Alternative]:
    """Fleets of other GPU mixes than that of `best`, the optimum, as many and as near it as wanted.

    Cheapest first as far as each search proved it; each has half the time of the first search.
    """
    most = best.certificate.objective * (1 + wanted.within)
    brief = replace(search, time_limit_s=_SHARE_OF_TIME * search.time_limit_s)
    found: list[Alternative] = []
    mixes = {used_types(p, best)}
    tried = {frozenset[str]()}
    branches: list[tuple[float, list[str]]] = [(best.certificate.objective, [])]
    answers = {frozenset[str](): best}
    while branches and len(found) < wanted.count:
        _, without = heapq.heappop(branches)
        here = answers[frozenset(without)]
        if (mix := used_types(p, here)) not in mixes:
            mixes.add(mix)
            found.append(Alternative(frozenset(without), here))
        for gone in _one_more(p, here, frozenset(without), tried):
            tried.add(gone)
            answer = _best_without(p, gone, solver, brief)
            if answer and answer.certificate.objective <= most:
                answers[gone] = answer
                heapq.heappush(branches, (answer.certificate.objective, sorted(gone)))
    return found


def used_types(p: Instance, solution: Solution) -> frozenset[str]:
    """GPU types of the nodes at work or paid for, and whether hosted APIs serve."""
    pools = {str(key[0]) for family in _NODES for key in solution.values.get(family, ())}
    hosted = {HOSTED} if solution.values.get("api") else set()
    return frozenset({p.pools[pool].gpu for pool in pools} | hosted)


def _one_more(
    p: Instance, here: Solution, without: frozenset[str], tried: set[frozenset[str]]
) -> Iterator[frozenset[str]]:
    for name in sorted(used_types(p, here)):
        if (gone := without | {name}) not in tried:
            yield gone


def _best_without(p: Instance, gone: frozenset[str], solver: str, search: Search) -> Solution | None:
    """The best fleet without some types; None where there is none, or none in time."""
    pools = {name: pool for name, pool in p.pools.items() if pool.gpu not in gone}
    less = replace(
        p,
        pools=pools,
        deployments=tuple(one for one in p.deployments if one.pool in pools),
        apis=() if HOSTED in gone else p.apis,
        quotas=tuple(
            replace(quota, members=frozenset(member for member in quota.members if member[0] in pools))
            for quota in p.quotas
        ),
    )
    try:
        return optimise_instance(less, solver, search)
    except (InfeasibleError, OutOfTimeError):
        return None
