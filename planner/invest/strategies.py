"""The ways to pay for one demand, each as the same problem with some keys changed.

A pure strategy allows one way to pay and nothing else, so its best plan is a plan of the whole problem too, and the
whole problem's best plan is never dearer. What a problem does not allow is no strategy of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from planner.inputs.problem import Problem
from planner.plan.rows.investment import StrategyId
from planner.units import MONTHS_PER_PERIOD, MONTHS_PER_TERM

Changes = Mapping[str, Any]
RESERVED = tuple(MONTHS_PER_TERM)
NO_HOURS = "nothing may be rented by the hour: supply.rent.forms lacks on_demand"


class ImpossibleError(Exception):
    """A strategy that a problem does not allow; the text says why."""


@dataclass(frozen=True)
class Strategy:
    """A way to pay: its name, what it means, and the changes of a problem that leave only it.

    `changes` take the problem and the GPU types that may be rented; they raise ImpossibleError.
    """

    id: StrategyId
    name: str
    says: str
    changes: Callable[[Problem, Collection[str]], Changes]


def _nothing(problem: Problem, gpus: Collection[str]) -> Changes:
    return {}


def renting(problem: Problem, gpus: Collection[str] = ()) -> Changes:
    """Buying nothing new; what is owned already stays, and everything else that is allowed."""
    if not problem.supply.own.systems:
        raise ImpossibleError("nothing may be bought anyway (supply.own.systems): it is the best plan itself")
    if not problem.supply.own.existing:
        return {"supply.own": {}}
    return {"supply.own.systems": [], "supply.own.max_systems": {}}


def buying(problem: Problem, gpus: Collection[str] = ()) -> Changes:
    """Ordering at least one system at once, whatever else there is."""
    if not problem.supply.own.systems:
        raise ImpossibleError("nothing may be bought: supply.own.systems names no system")
    return {"supply.own.order_at_once": 1}


def _on_demand(problem: Problem, gpus: Collection[str]) -> Changes:
    return _rented(problem, ["on_demand"])


def _spot(problem: Problem, gpus: Collection[str]) -> Changes:
    if not any(one.interruptible for one in problem.workloads.values()):
        raise ImpossibleError("no workload may run on spot: none says interruptible: true")
    forms = ["spot", *(form for form in ("on_demand",) if form in _forms(problem))]
    return _rented(problem, forms)


def _reserved_1y(problem: Problem, gpus: Collection[str]) -> Changes:
    return _rented(problem, ["reserved_1y"])


def _reserved_3y(problem: Problem, gpus: Collection[str]) -> Changes:
    return _rented(problem, ["reserved_3y"])


def _owned(problem: Problem, gpus: Collection[str]) -> Changes:
    own = problem.supply.own
    if not own.systems:
        raise ImpossibleError("nothing may be bought: supply.own.systems names no system")
    waits = math.ceil(own.site.lead_time_months / MONTHS_PER_PERIOD[problem.horizon.period] - 1e-9)
    if waits >= problem.horizon.periods:
        raise ImpossibleError("systems ordered at once arrive after the horizon (supply.own.site.lead_time_months)")
    if not waits:
        return {"supply.rent": None, "supply.quotas": [], **_alone()}
    if "on_demand" not in _forms(problem):
        raise ImpossibleError(f"systems arrive after {waits} period(s), and until then {NO_HOURS}")
    return {"supply.rent.forms": ["on_demand"], "supply.quotas": _quotas_until(problem, waits, gpus), **_alone()}


def _api(problem: Problem, gpus: Collection[str]) -> Changes:
    if not problem.supply.api:
        raise ImpossibleError("supply.api names no hosted API")
    return {"supply.rent": None, "supply.quotas": [], "supply.own": {}, "supply.capacity_blocks": []}


def _mean(problem: Problem, gpus: Collection[str]) -> Changes:
    forms = [form for form in RESERVED if form in _forms(problem)]
    if not forms:
        raise ImpossibleError("nothing may be reserved: supply.rent.forms has neither reserved_1y nor reserved_3y")
    return _rented(problem, ["on_demand", *forms])


def _current(problem: Problem, gpus: Collection[str]) -> Changes:
    own = problem.supply.own
    if not own.existing:
        raise ImpossibleError("no system is owned yet: supply.own.existing is empty")
    kept = {"supply.own.systems": [], "supply.own.max_systems": {}, **_alone()}
    if "on_demand" in _forms(problem):
        return {"supply.rent.forms": ["on_demand"], **kept}
    return {"supply.rent": None, "supply.quotas": [], **kept}


OPTIMAL = Strategy("optimal", "Best mix", "whatever is cheapest, all forms together", _nothing)
RENTING = Strategy("renting", "Best without buying", "everything that is allowed, but no system is bought", renting)
BUYING = Strategy("buying", "Buying now", "at least one system is ordered at once, all else as is cheapest", buying)
ON_DEMAND = Strategy("on_demand", "All on demand", "every node by the hour", _on_demand)
SPOT = Strategy(
    "spot", "Spot, on demand else", "spot where a workload allows it and it is cheaper, else on demand", _spot
)
RESERVED_1Y = Strategy("reserved_1y", "All reserved, 1 year", "every node on one-year terms", _reserved_1y)
RESERVED_3Y = Strategy("reserved_3y", "All reserved, 3 years", "every node on three-year terms", _reserved_3y)
OWNED = Strategy("owned", "All owned", "every node bought; on demand only until they have arrived", _owned)
API = Strategy("api", "All hosted API", "every request to a hosted API", _api)
MEAN = Strategy(
    "mean", "Reserve the mean, rent the peak", "terms for what the mean demand needs, on demand for the rest", _mean
)
CURRENT = Strategy("current", "Current fleet", "what is owned already, on demand for the rest", _current)

STRATEGIES = (OPTIMAL, RENTING, BUYING, ON_DEMAND, SPOT, RESERVED_1Y, RESERVED_3Y, OWNED, API, MEAN, CURRENT)
PURE = STRATEGIES[1:]
"""Strategies whose plans are plans of the whole problem."""


def at_mean_demand(problem: Problem) -> Changes:
    """The same requests arriving evenly, on reserved terms alone: what the mean needs."""
    forms = [form for form in _forms(problem) if form in RESERVED]
    flat = {f"workloads.{name}.traffic.profile": "flat" for name, one in problem.workloads.items() if one.traffic}
    return {**_rented(problem, forms), **flat}


def _forms(problem: Problem) -> list[str]:
    return list(problem.supply.rent.forms) if problem.supply.rent else []


def _rented(problem: Problem, forms: list[str]) -> Changes:
    """Renting in these forms and nothing else; ImpossibleError where one is not allowed."""
    if problem.supply.rent is None:
        raise ImpossibleError("nothing may be rented: supply.rent is null")
    for form in forms:
        if form not in _forms(problem):
            raise ImpossibleError(f"supply.rent.forms lacks {form}")
    return {"supply.rent.forms": forms, "supply.own": {}, **_alone()}


def _alone() -> dict[str, Any]:
    return {"supply.capacity_blocks": [], "supply.api": []}


def _quotas_until(problem: Problem, last: int, gpus: Collection[str]) -> list[dict[str, Any]]:
    """The problem's quotas, and from the period after `last` on nothing on demand."""
    kept = []
    for quota in problem.supply.quotas:
        written = quota.model_dump(mode="json", exclude_none=True)
        if (quota.provider, quota.region, quota.form) == (None, None, "on_demand"):
            if (quota.first_period or 1) > last:
                continue
            written["last_period"] = min(last, quota.last_period or last)
        kept.append(written)
    return kept + [{"gpu": gpu, "form": "on_demand", "max_gpus": 0, "first_period": last + 1} for gpu in sorted(gpus)]
