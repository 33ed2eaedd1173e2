"""From the solved columns to the families of a `Solution`: replicas with their spares, routes with their rates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from planner.milp.arrays import Vector
from planner.milp.instance import Instance, Workload
from planner.milp.model import Model
from planner.milp.solution import Key

Values = dict[str, dict[Key, float]]
_NOTHING = 1e-9


def recovered(m: Model, p: Instance, solved: Vector) -> Values:
    """The solution's families, zeros left out; counts are whole, routes add up to the demand exactly."""
    raw: Values = defaultdict(dict)
    for column, value in zip(m.columns, solved, strict=True):
        if value > _NOTHING:
            raw[column.family][column.key] = float(value)
    for family in ("served", "api"):
        raw[family] = {key: rate for key, rate in raw[family].items() if _is_routed(p, raw, key)}
    found: Values = {
        name: dict(raw[name])
        for name in ("bought", "kept", "sold", "on_demand", "spot", "api", "held", "unserved", "rerouted")
    }
    found["replicas"] = dict(raw["running"]) if p.switch_usd_per_replica else _replicas(p, raw["working"])
    found["served"] = {}
    for workload in p.workloads.values():
        for t, b in p.time.slots:
            found["served"].update(_routes(p, workload, raw, (t, b)))
    return found


def _is_routed(p: Instance, raw: Values, key: Key) -> bool:
    """False for the solver's crumbs of a stream that goes whole to somebody else."""
    stream, taker, slot = str(key[0]), key[1], key[-2:]
    return p.workloads[p.streams[stream].workload].splits or (stream, taker, *slot) in raw["chosen"]


def _replicas(p: Instance, working: Mapping[Key, float]) -> dict[Key, float]:
    spares = {one.key: one.spares for one in p.deployments}
    return {key: count + spares[_deployment(key)] for key, count in working.items()}


def _deployment(key: Key) -> tuple[str, str, str, str]:
    return str(key[0]), str(key[1]), str(key[2]), str(key[3])


def _routes(p: Instance, workload: Workload, raw: Values, slot: tuple[int, int]) -> dict[Key, float]:
    """served[d, c, p, k, t, b] of one workload in one block."""
    routes: dict[Key, float] = {}
    for stream in workload.streams:
        total, load = _load(p, raw, stream, slot)
        if load <= 0:
            continue
        if p.is_shared(workload.id):
            shares = {key: rate for key, rate in raw["served"].items() if key[0] == stream and key[-2:] == slot}
            if not shares:
                continue  # what the API leaves within the solver's tolerance
            scale = load / sum(rate for key, rate in shares.items() if key[1] not in p.prefilling)
            routes |= {key: rate * scale for key, rate in shares.items()}
        elif able := _able(p, stream, raw["working"], slot):
            routes |= _spread(able, load, workload.spot_max_share * total)
    return routes


def _load(p: Instance, raw: Values, stream: str, slot: tuple[int, int]) -> tuple[float, float]:
    """Requests/s served of a stream, the demand or the work chosen, and what of it is left to replicas."""
    if p.streams[stream].deadline_h is None:
        left_out = sum(raw[family].get((stream, *slot), 0.0) for family in ("unserved", "short"))
        total = p.streams[stream].planned[slot[0]][slot[1]] - left_out
    else:
        total = raw["work"].get((stream, *slot), 0.0)
    left = total - sum(rate for key, rate in raw["api"].items() if key[0] == stream and key[-2:] == slot)
    return total, left if left > _NOTHING * max(1.0, total) else 0.0


def _able(p: Instance, stream: str, working: Mapping[Key, float], slot: tuple[int, int]) -> dict[Key, float]:
    """What the working replicas of a block could serve of a stream, by served key."""
    return {
        (stream, one.config, one.pool, one.kind, *slot): count * one.rates[stream]
        for one in p.serving[stream]
        if (count := working.get((*one.key, *slot)))
    }


def _spread(able: dict[Key, float], load: float, most_on_spot: float) -> dict[Key, float]:
    """One stream over its replicas, evenly loaded as far as the spot share allows."""
    firm = sum(rate for key, rate in able.items() if key[3] == "firm")
    spot = sum(able.values()) - firm
    on_spot = max(load - firm, min(load * spot / (firm + spot), most_on_spot))
    used = {"firm": (load - on_spot) / firm if firm else 0.0, "spot": on_spot / spot if spot else 0.0}
    return {key: rate * used[str(key[3])] for key, rate in able.items() if used[str(key[3])] > 0}
