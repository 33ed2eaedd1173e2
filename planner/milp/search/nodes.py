"""What every block asks of nodes: the part of the question that is the same in all blocks but for its demand.

Commitments couple blocks, but which nodes can carry a demand does not depend on how they are paid. Everything
here is read off rows that every plan keeps (`serve_demand`, `fill_nodes`), so what is proven of these nodes
holds for every plan, whatever other rows there are.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.milp.arrays import Vector
from planner.milp.instance import Instance, Kind
from planner.milp.model import Model, Row, Variable

Grid = NDArray[np.float64]  # [slot, stream]
MOST_STREAMS = 3
"""Loads beyond so many streams have no table of a useful resolution."""
_LOADED = frozenset({"working", "active"})


@dataclass(frozen=True)
class Carrier:
    """Replicas of one configuration: `gpus` each, `rate` requests/s of a stream (by position)."""

    stream: int
    gpus: int
    rate: float


@dataclass(frozen=True)
class Side:
    """Identical nodes on one kind of capacity, what they can carry, and what one costs by the hour."""

    pool: str
    kind: Kind
    usable_gpus: float
    carriers: tuple[Carrier, ...]
    rent_usd_per_hour: float  # infinite where it cannot be rented
    signed_usd_per_hour: float  # least, over all commitments, if used around the clock; infinite without one


@dataclass(frozen=True)
class Asked:
    """Loads of every (period, block) and the nodes that may carry them; `held[slot][side]` are their columns."""

    sides: tuple[Side, ...]
    load: Grid
    hours: Vector  # of each slot, discounted
    period: NDArray[np.int64]  # of each slot
    held: tuple[tuple[tuple[Variable, ...], ...], ...]


def asked_of_nodes(p: Instance, m: Model) -> Asked | None:
    """The loads and nodes of `m`, the model of `p`; None where more than nodes decides what is served."""
    streams = tuple(p.streams)
    if p.objective != "cost" or len(streams) > MOST_STREAMS or any(one.spares for one in p.deployments):
        return None
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in m.rows:
        rows[row.family].append(row)
    if rows["do_work"] or not all(_only(m, row, {"working"}) for row in rows["serve_demand"]):
        return None
    held = _held(p, m, rows["fill_nodes"])
    if held is None:
        return None
    slots = p.time.slots
    return Asked(
        sides=tuple(_side(p, streams, pool, kind) for pool, kind in sorted(p.housed)),
        load=np.array([[p.streams[one].planned[t][b] for one in streams] for t, b in slots]),
        hours=np.array([p.time.hours[t][b] * p.time.discount[t] for t, b in slots]),
        period=np.array([t for t, _ in slots]),
        held=held,
    )


def _only(m: Model, row: Row, families: set[str]) -> bool:
    """Whether a row is about whole numbers of these families alone."""
    columns = [m.columns[variable] for variable, _ in row.terms]
    return all(column.family in families and column.integer for column in columns)


def _held(p: Instance, m: Model, rows: list[Row]) -> tuple[tuple[tuple[Variable, ...], ...], ...] | None:
    """Columns of the nodes of each slot and side; None where a row is not GPUs taken against whole nodes."""
    found: dict[tuple[object, ...], tuple[Variable, ...]] = {}
    for row in rows:
        pool, kind = str(row.key[0]), row.key[1]
        usable = p.pools[pool].rentals["spot"].usable_share if kind == "spot" else 1.0
        for variable, gpus in row.terms:
            column = m.columns[variable]
            taken = gpus > 0 and column.family in _LOADED
            there = gpus == -usable * p.pools[pool].gpus
            if not (column.integer and (taken or there)):
                return None
        found[row.key] = tuple(variable for variable, gpus in row.terms if gpus < 0)
    return tuple(tuple(found.get((*side, t, b), ()) for side in sorted(p.housed)) for t, b in p.time.slots)


def _side(p: Instance, streams: tuple[str, ...], name: str, kind: Kind) -> Side:
    pool = p.pools[name]
    usable = pool.rentals["spot"].usable_share if kind == "spot" else 1.0
    rent = pool.rentals.get("spot" if kind == "spot" else "on_demand")
    carriers = tuple(
        Carrier(streams.index(stream), one.gpus, rate)
        for one in p.housed[name, kind]
        for stream, rate in one.rates.items()
    )
    return Side(
        pool=name,
        kind=kind,
        usable_gpus=usable * pool.gpus,
        carriers=carriers,
        rent_usd_per_hour=min(rent.usd(t) for t in p.time.periods) if rent else np.inf,
        signed_usd_per_hour=signed_usd_per_hour(p, name) if kind == "firm" else np.inf,
    )


def signed_usd_per_hour(p: Instance, pool: str) -> float:
    """Discounted cost of a commitment over the discounted hours it serves, the least of the pool's."""
    time, found = p.time, [np.inf]
    for option in p.pools[pool].commitments.values():
        for t, serves in enumerate(option.serves):
            hours = sum(time.period_hours(u) * time.discount[u] for u in serves)
            if serves:
                found.append(sum(term[t] for term in option.terms.values()) / hours)
    return float(min(found))
