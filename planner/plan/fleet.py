"""The solver's values as a fleet: keys get names, integers become exact, noise is dropped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from planner.errors import CheckError
from planner.milp.solution import Key, Solution

_WHOLE_WITHIN = 1e-4
_NO_FLOW = 1e-7  # requests/s; below this a solver means zero


class Buy(NamedTuple):
    """Nodes committed or ordered in a period."""

    pool: str
    form: str
    period: int


class Keep(NamedTuple):
    """Existing nodes kept in a period."""

    pool: str
    period: int


class Sell(NamedTuple):
    """Owned nodes ordered in a period (existing ones: 0) and sold when another starts."""

    pool: str
    form: str
    ordered: int
    period: int


class Slot(NamedTuple):
    """A pool in one block of one period."""

    pool: str
    period: int
    block: int


class Held(NamedTuple):
    """Nodes billed in an hour of the week although its block does not rent them."""

    pool: str
    form: str
    period: int
    hour: int


class Run(NamedTuple):
    """Replicas of a configuration for a workload in a pool and block; kind is "firm" or "spot"."""

    workload: str
    config: str
    pool: str
    kind: str
    period: int
    block: int


class Route(NamedTuple):
    """Requests of a demand class sent to a configuration in a pool and block."""

    demand_class: str
    config: str
    pool: str
    kind: str
    period: int
    block: int


class ApiRoute(NamedTuple):
    """Requests of a demand class sent to a hosted API in a block."""

    demand_class: str
    api: str
    period: int
    block: int


class LeftOut(NamedTuple):
    """Requests of a demand class left unserved in a block, or of deferrable work in a "week"."""

    demand_class: str
    period: int
    when: int | str


class Reroute(NamedTuple):
    """Requests of a demand class sent to a configuration in a pool and block when a place is lost."""

    lost: str
    demand_class: str
    config: str
    pool: str
    kind: str
    period: int
    block: int


Named = TypeVar("Named", Buy, Keep, Sell, Slot, Held, Run, Route, ApiRoute, LeftOut, Reroute)


@dataclass(frozen=True)
class Fleet:
    """What was decided: nodes and replicas are integers, flows are requests/s; zeros are left out."""

    bought: dict[Buy, int]
    kept: dict[Keep, int]
    on_demand: dict[Slot, int]
    spot: dict[Slot, int]
    replicas: dict[Run, int]
    flows: dict[Route, float]
    api: dict[ApiRoute, float]
    held: dict[Held, int] = field(default_factory=dict)
    sold: dict[Sell, int] = field(default_factory=dict)
    unserved: dict[LeftOut, float] = field(default_factory=dict)
    rerouted: dict[Reroute, float] = field(default_factory=dict)

    def pools(self) -> list[str]:
        """Pools with a node in any period, by id."""
        nodes: list[Buy | Keep | Sell | Slot] = [
            *self.bought, *self.kept, *self.sold, *self.on_demand, *self.spot
        ]  # fmt: skip
        return sorted({key.pool for key in nodes})


def fleet_from(solution: Solution) -> Fleet:
    """The solution's fleet; raises CheckError where a count is not a whole number of things."""
    values = solution.values
    return Fleet(
        bought=_counts(Buy, "bought", values),
        kept=_counts(Keep, "kept", values),
        on_demand=_counts(Slot, "on_demand", values),
        spot=_counts(Slot, "spot", values),
        replicas=_counts(Run, "replicas", values),
        flows=_flows(Route, "served", values),
        api=_flows(ApiRoute, "api", values),
        held=_counts(Held, "held", values),
        sold=_counts(Sell, "sold", values),
        unserved=_flows(LeftOut, "unserved", values),
        rerouted=_flows(Reroute, "rerouted", values),
    )


def _counts(kind: type[Named], family: str, values: dict[str, dict[Key, float]]) -> dict[Named, int]:
    found: dict[Named, int] = {}
    for key, value in sorted(values.get(family, {}).items()):
        count = round(value)
        if abs(value - count) > _WHOLE_WITHIN or count < 0:
            raise CheckError(f"the solver returned {value!r} for {family}{list(key)}, which is not a whole number")
        if count:
            found[kind._make(key)] = count
    return found


def _flows(kind: type[Named], family: str, values: dict[str, dict[Key, float]]) -> dict[Named, float]:
    return {kind._make(key): value for key, value in sorted(values.get(family, {}).items()) if value > _NO_FLOW}
