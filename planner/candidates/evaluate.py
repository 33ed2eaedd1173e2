"""One configuration at one load: what users of a planned replica will see."""

from __future__ import annotations

import numpy as np

from planner.candidates.candidate import OperatingPoint, ReplicaConfig
from planner.candidates.constants import constants_for
from planner.candidates.engine import Engine, engine_of
from planner.candidates.operating import at_rate, points
from planner.candidates.queueing import e2e_floor, percentile_of, tpot_at, ttft_floor, wait_of
from planner.candidates.rows import rows_from
from planner.candidates.trials import Facts, replica_of
from planner.catalog.specs import Catalog
from planner.demand.types import DemandClass, LengthMix


def operating_point(
    catalog: Catalog, config: ReplicaConfig, demand_class: DemandClass, lengths: LengthMix, requests_per_s: float
) -> OperatingPoint:
    """The state in which one replica serves `requests_per_s` requests of these lengths.

    Where it cannot, its fullest state is returned: `requests_per_s` is then lower than asked.
    """
    engine = _engine(catalog, config, demand_class, lengths)
    return points(engine, at_rate(engine, np.array([requests_per_s])))[0]


def latencies(
    catalog: Catalog, config: ReplicaConfig, demand_class: DemandClass, lengths: LengthMix, requests_per_s: float
) -> dict[tuple[str, float], float]:
    """What the class's own latency targets come to at a load: target → seconds."""
    engine = _engine(catalog, config, demand_class, lengths)
    at = at_rate(engine, np.array([requests_per_s]))
    wait = wait_of(engine, at)
    found = {}
    for metric, percentile in demand_class.slo:
        if metric == "tpot":
            seconds = tpot_at(engine, at, percentile)
        else:
            floor = (ttft_floor if metric == "ttft" else e2e_floor)(engine, at, percentile)
            seconds = percentile_of(engine, wait, floor, percentile)
        found[metric, percentile] = float(seconds[0])
    return found


def room_for(catalog: Catalog, config: ReplicaConfig, demand_class: DemandClass, lengths: LengthMix) -> float:
    """Requests of these lengths that the replica's KV cache holds at once."""
    return float(_engine(catalog, config, demand_class, lengths).memory.capacity[0])


def _engine(catalog: Catalog, config: ReplicaConfig, demand_class: DemandClass, lengths: LengthMix) -> Engine:
    facts = Facts(catalog, constants_for(catalog.calibration, config.engine), config.engine)
    return engine_of(rows_from([replica_of(config, facts, demand_class, lengths)], facts.k), facts.k)
