"""What whole replicas cost a workload at the least, at given prices of a GPU: relaxations run a fifth of a replica.

Whatever prices are taken, the replicas that carry a load are worth no less than the cheapest whole ones that carry it:
a row that every plan of a block keeps, and summed over workloads a bound on its cost. The cheapest ones are read
off a table over the load in equal steps. Rates count as rounded up to whole steps, so that nothing in the table is
above the truth; the steps divide the rate of the cheapest replica, so that little is below it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from planner.milp.arrays import Mask, Vector
from planner.milp.core.market import Market
from planner.milp.core.slots import Positions, Slots
from planner.milp.instance import Instance

STEPS_A_REPLICA = 1_000
"""Of the cheapest replica: what a rate is rounded up by at most is a thousandth of its."""
MOST_REPLICAS = 60
"""Replicas for the highest load up to which whole ones matter and the table stays small."""
_SAFE = 1e-6  # relative; what solvers allow a row to be missed by
_EXACT = 1e-12  # relative; what a quotient may be off by


_Table = tuple[float, Vector, Vector | None]  # step [requests/s], costs of all or of firm, costs of spot


@dataclass(frozen=True)
class Need:
    """Replicas for a stream, weighed by their worth, and its hosted requests/s by theirs, are worth at least `usd`."""

    stream: str
    usd: float
    worth: Mapping[tuple[str, str, str, str], float]  # of a replica by deployment [USD/h]
    hosted_usd: float  # of a request/s sent to an API [USD/h]


@dataclass(frozen=True)
class _Ways:
    """What may carry the one stream of a workload."""

    stream: int
    deployments: Positions
    rate: Vector
    gpus: Vector
    side: Positions
    on_spot: Mask
    least_firm_share: float
    hosted_share: float
    hosted_usd: float  # of an expected request/s [USD/h]


class WholeReplicas:
    """The needs of every block of an instance."""

    def __init__(self, p: Instance, market: Market, slots: Slots) -> None:
        self.p, self.market, self.slots = p, market, slots
        self._streams = list(p.streams)
        self._ways = [one for name in p.workloads if (one := _ways_of(p, market, name))]
        self._tables: dict[int, tuple[bytes, _Table]] = {}  # the last of each workload, with its prices

    def least_usd(self, s: int, gpu_usd: Vector) -> float:
        """What block `s` costs at least an hour where a GPU of a side costs `gpu_usd` [side], infinite if not there."""
        return sum(need.usd for need in self.needs(s, gpu_usd))

    def needs(self, s: int, gpu_usd: Vector) -> Iterable[Need]:
        """The need of each workload in block `s`, where it says anything."""
        for number, one in enumerate(self._ways):
            usd = one.gpus * gpu_usd[one.side]
            if not (there := np.isfinite(usd)).any() or not (usd[there] > 0).all():
                continue
            hosted = one.hosted_usd * float(self.slots.expected_share[s, one.stream])
            least = self._least(number, float(self.slots.planned[s, one.stream]), usd, hosted)
            if least > 0:
                keys = [self.p.deployments[n].key for n in one.deployments[there]]
                yield Need(self._streams[one.stream], least, dict(zip(keys, usd[there].tolist(), strict=True)), hosted)

    def _least(self, number: int, load: float, usd: Vector, hosted_usd: float) -> float:
        """The least for a load at prices of a replica, hosted requests included."""
        one = self._ways[number]
        prices = usd.tobytes()
        if number not in self._tables or self._tables[number][0] != prices:
            self._tables[number] = prices, _tabulated(one, usd, float(self.slots.planned[:, one.stream].max()))
        unit, firm, spot = self._tables[number][1]
        if not unit:
            return 0.0
        asked = min(math.ceil(load / unit * (1 - _SAFE)), len(firm) - 1)
        if spot is not None:
            carried = np.arange(math.ceil(one.least_firm_share * load / unit * (1 - _SAFE)), asked + 1)
            found = float((firm[carried] + spot[asked - carried]).min())
        elif one.hosted_share:
            carried = np.arange(max(0, math.floor(asked - one.hosted_share * load / unit)), asked + 1)
            found = float((firm[carried] + hosted_usd * np.maximum(load - unit * carried, 0.0)).min())
        else:
            found = float(firm[asked])
        return found * (1 - _SAFE) if np.isfinite(found) else 0.0


def _ways_of(p: Instance, market: Market, name: str) -> _Ways | None:
    """None where a replica serves several streams, or nothing can run."""
    workload = p.workloads[name]
    numbers = [n for n, one in enumerate(p.deployments) if one.workload == name]
    if len(workload.streams) > 1 or not numbers:
        return None
    stream = workload.streams[0]
    side = {one: q for q, one in enumerate(market.sides)}
    mine = [p.deployments[n] for n in numbers]
    apis = [api for api in p.apis if api.stream == stream]
    return _Ways(
        stream=list(p.streams).index(stream),
        deployments=np.array(numbers),
        rate=np.array([one.rates[stream] for one in mine]),
        gpus=np.array([float(one.gpus) for one in mine]),
        side=np.array([side[one.pool, one.kind] for one in mine]),
        on_spot=np.array([one.kind == "spot" for one in mine], dtype=bool),
        least_firm_share=0.0 if apis else 1 - workload.spot_max_share,
        hosted_share=min(1.0, sum(api.max_share for api in apis)),
        hosted_usd=min((market.api_usd[a] for a, api in enumerate(p.apis) if api.stream == stream), default=0.0),
    )


def _tabulated(one: _Ways, usd: Vector, top: float) -> _Table:
    """One table, or two where a share has to be firm.

    No step where the load is too high for whole replicas to matter.
    """
    best = int(np.argmin(usd / one.rate))
    replicas = top / one.rate[best]
    if not 0 < replicas <= MOST_REPLICAS:
        return 0.0, np.zeros(0), None
    unit = float(one.rate[best]) / STEPS_A_REPLICA
    steps = math.ceil(top / unit)
    if not one.least_firm_share:
        return unit, least_costs(one.rate / unit, usd, steps), None
    firm, spot = (least_costs(one.rate[kind] / unit, usd[kind], steps) for kind in (~one.on_spot, one.on_spot))
    return unit, firm, spot


def least_costs(rate: Vector, usd: Vector, steps: int) -> Vector:
    """The least usd of whole replicas that carry 0, 1 … `steps` units at least, from the units each carries."""
    kept = _unbeaten(np.minimum(np.ceil(rate * (1 - _EXACT)), steps), usd)
    sizes = [(int(units), price) for units, price in kept]
    costs = np.full(steps + max((units for units, _ in sizes), default=0) + 1, np.inf)
    costs[0] = 0.0
    for units, price in sizes:
        costs = _with_any_number(costs, units, price)
    cheapest: Vector = np.minimum.accumulate(costs[::-1])[::-1][: steps + 1]
    return cheapest


def _unbeaten(units: Vector, usd: Vector) -> list[tuple[float, float]]:
    """Replicas that no number of a cheaper one stands in for."""
    kept: list[tuple[float, float]] = []
    for n in np.lexsort((-units, usd)):
        if np.isfinite(usd[n]) and not any(usd[n] // price * size >= units[n] for size, price in kept):
            kept.append((float(units[n]), float(usd[n])))
    return kept


def _with_any_number(costs: Vector, units: int, usd: float) -> Vector:
    """Costs of exactly so many units where any number of one more replica may be added."""
    rows = -(-len(costs) // units)
    padded = np.full(rows * units, np.inf)
    padded[: len(costs)] = costs
    paid = usd * np.arange(rows)[:, None]
    added = np.minimum.accumulate(padded.reshape(rows, units) - paid, axis=0) + paid
    return np.asarray(added.ravel()[: len(costs)])
