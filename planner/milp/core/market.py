"""What every block has in common: who can serve which stream where, for how many GPUs and at what price.

Replicas and rented nodes are continuous here. Then only the deployment that takes the fewest GPUs a request
can matter for a stream on a side (a pool's firm or spot capacity), and a rent that nothing limits is a price a
request. What is left to limit are the nodes committed, rents with a limit, and the share on spot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.milp.arrays import Mask, Vector
from planner.milp.core.slots import Positions, Slots
from planner.milp.instance import Deployment, Instance, Kind
from planner.units import SECONDS_PER_HOUR

Member = tuple[str, str]  # pool, purchase form or "existing"


@dataclass(frozen=True)
class Cap:
    """A limit on GPUs at work in a block: rented ones by side, committed ones by who pays for them."""

    limit: str
    gpus: float
    rented: frozenset[tuple[str, Kind]]
    committed: frozenset[Member]


@dataclass(frozen=True)
class Market:
    """Streams d, sides q, workloads with a spot share w, APIs a, caps z; money in USD an hour.

    Links are what a block sees of the commitments: nodes of every linked side, then GPUs counted by every cap.
    """

    sides: tuple[tuple[str, Kind], ...]
    gpu_s: Vector  # [d, q] usable GPUs for a request/s, infinite where it cannot run
    node_gpus: Vector  # [q] GPUs of a node that count
    price: Vector  # [q] USD an hour for a usable GPU rented; infinite where none is to rent
    most_gpus: Vector  # [q] usable GPUs to rent at most
    linked: Positions  # sides with committed nodes
    free: Mask  # [q] rented without any limit
    is_spot: Mask  # [q]
    sharing: Vector  # [w, d] 1 where the stream is of the workload
    spot_share: Vector  # [w]
    caps: tuple[Cap, ...]
    counted: Vector  # [z, q] GPUs a cap counts for a usable GPU rented
    api_stream: Positions  # [a]
    api_usd: Vector  # [a] USD an hour for an expected request/s
    api_share: Vector  # [a]

    @property
    def links(self) -> int:
        """Numbers a block sees of the commitments."""
        return len(self.linked) + len(self.caps)

    def rent_usd(self) -> tuple[Vector, Vector]:
        """USD an hour for a request/s on the cheapest free rent, firm and spot, [d] each; infinite where none."""
        able = np.isfinite(self.gpu_s) & self.free
        usd = np.where(able, np.where(able, self.gpu_s, 0.0) * np.where(self.free, self.price, 0.0), np.inf)
        firm = np.where(self.is_spot, np.inf, usd).min(axis=1, initial=np.inf)
        return firm, np.where(self.is_spot, usd, np.inf).min(axis=1, initial=np.inf)


def market_of(p: Instance, slots: Slots) -> Market:
    """The market of an instance; `slots` bound the replicas among which spares are shared."""
    sides = tuple(sorted(p.housed))
    rentals = [p.pools[name].rentals.get("spot" if kind == "spot" else "on_demand") for name, kind in sides]
    usable = [
        one.usable_share if one and kind == "spot" else 1.0 for one, (_, kind) in zip(rentals, sides, strict=True)
    ]
    node_gpus = np.array([u * p.pools[name].gpus for u, (name, _) in zip(usable, sides, strict=True)])
    nodes = np.array([np.inf if one is None or one.max_nodes is None else one.max_nodes for one in rentals])
    price = np.array([np.inf if one is None else one.usd_per_hour for one in rentals]) / node_gpus
    caps = tuple(_caps(p))
    counted = np.array([[float(side in cap.rented) for side in sides] for cap in caps]).reshape(len(caps), len(sides))
    spot = np.array([kind == "spot" for _, kind in sides], dtype=bool)
    capped = [w for w in p.workloads.values() if w.spot_max_share < 1]
    position = {name: d for d, name in enumerate(p.streams)}
    linked = [_is_linked(p, side) for side in sides]
    return Market(
        sides=sides,
        gpu_s=_gpu_seconds(p, sides, slots),
        node_gpus=node_gpus,
        price=price,
        most_gpus=nodes * node_gpus,
        linked=np.flatnonzero(linked),
        free=np.isfinite(price) & np.isinf(nodes) & ~counted.any(axis=0),
        is_spot=spot,
        sharing=np.array([[float(d in w.streams) for d in p.streams] for w in capped]).reshape(-1, len(p.streams)),
        spot_share=np.array([w.spot_max_share for w in capped]),
        caps=caps,
        counted=counted / np.array(usable),
        api_stream=np.array([position[api.stream] for api in p.apis], dtype=np.int64),
        api_usd=np.array([api.usd_per_request * SECONDS_PER_HOUR for api in p.apis]),
        api_share=np.array([api.max_share for api in p.apis]),
    )


def _is_linked(p: Instance, side: tuple[str, Kind]) -> bool:
    pool = p.pools[side[0]]
    return side[1] == "firm" and bool(pool.commitments or pool.existing)


def _gpu_seconds(p: Instance, sides: tuple[tuple[str, Kind], ...], slots: Slots) -> Vector:
    """The fewest GPUs for a request/s, [d, q]; spares are counted as if among the most replicas of any block."""
    column = {side: q for q, side in enumerate(sides)}
    row = {name: d for d, name in enumerate(p.streams)}
    found = np.full((len(row), len(sides)), np.inf)
    for one in p.deployments:
        gpus = one.gpus * (1 + _spare_share(one, row, slots))
        for stream, rate in one.rates.items():
            d, q = row[stream], column[one.pool, one.kind]
            found[d, q] = min(found[d, q], gpus / rate)
    return found


def _spare_share(one: Deployment, row: dict[str, int], slots: Slots) -> float:
    """Spares for each loaded replica, at least."""
    if not one.spares:
        return 0.0
    load = sum(slots.planned[:, row[stream]] / rate for stream, rate in one.rates.items())
    return one.spares / max(1.0, float(np.ceil(np.max(load) - 1e-9)))


def _caps(p: Instance) -> Iterator[Cap]:
    for quota in p.quotas:
        rented = {(pool, _kind(form)) for pool, form in quota.members if form in p.pools[pool].rentals}
        if rented:
            signed = {(pool, form) for pool, form in quota.members if form in p.pools[pool].commitments}
            yield Cap(quota.limit, p.limits[quota.limit].value, frozenset(rented), frozenset(signed))
    if p.gpu_limit is not None:
        rented = {(pool.id, _kind(form)) for pool in p.pools.values() for form in pool.rentals}
        signed = {(pool.id, form) for pool in p.pools.values() for form in pool.commitments}
        kept = {(pool.id, "existing") for pool in p.pools.values() if pool.existing}
        yield Cap(p.gpu_limit, p.limits[p.gpu_limit].value, frozenset(rented), frozenset(signed | kept))


def _kind(form: str) -> Kind:
    return "spot" if form == "spot" else "firm"
