"""One configuration at one load: what users of a planned replica will see."""

from __future__ import annotations

import numpy as np

from planner.candidates.candidate import OperatingPoint, ReplicaConfig
from planner.candidates.constants import constants_for
from planner.candidates.disaggregated import link_of, longest_prompt, sending_s, with_transfer, work_of
from planner.candidates.engine import Engine, engine_of
from planner.candidates.operating import at_rate, points
from planner.candidates.queueing import e2e_floor, percentile_of, tpot_at, ttft_floor, wait_of
from planner.candidates.rows import rows_from
from planner.candidates.trials import Facts, replica_of
from planner.catalog.specs import Catalog, ModelSpec
from planner.demand.types import DemandClass, LengthMix


def operating_point(
    catalog: Catalog, config: ReplicaConfig, demand_class: DemandClass, lengths: LengthMix, requests_per_s: float
) -> OperatingPoint:
    """The state in which one replica serves `requests_per_s` requests of these lengths.

    Where it cannot, its fullest state is returned: `requests_per_s` is then lower than asked.
    """
    engine = _engine(catalog, config, demand_class, lengths)
    point = points(engine, at_rate(engine, np.array([requests_per_s])))[0]
    if config.role != "prefill":
        return point
    return with_transfer(point, config, _model(catalog, config), lengths, link_of(catalog))


def latencies(
    catalog: Catalog, config: ReplicaConfig, demand_class: DemandClass, lengths: LengthMix, requests_per_s: float
) -> dict[tuple[str, float], float]:
    """What the class's own latency targets come to at a load: target → seconds.

    Of a half those it answers for: a prefilling one for first tokens, with the cache sent on; a decoding one for the
    rest, whole requests counted from the latest first token that the targets allow.
    """
    engine = _engine(catalog, config, demand_class, lengths)
    at = at_rate(engine, np.array([requests_per_s]))
    wait = wait_of(engine, at)
    found = {}
    for metric, percentile in demand_class.slo:
        if config.role != "aggregated" and (config.role == "prefill") != (metric == "ttft"):
            continue
        if metric == "tpot":
            seconds = tpot_at(engine, at, percentile)
        else:
            floor = (ttft_floor if metric == "ttft" else e2e_floor)(engine, at, percentile)
            seconds = percentile_of(engine, wait, floor, percentile)
        found[metric, percentile] = float(seconds[0]) + _elsewhere_s(catalog, config, demand_class, metric, percentile)
    return found


def _elsewhere_s(
    catalog: Catalog, config: ReplicaConfig, demand_class: DemandClass, metric: str, percentile: float
) -> float:
    """What passes outside a half before its part of a request is done: the way of the cache, or the first token."""
    if config.role == "prefill":
        tokens = longest_prompt(demand_class.lengths, percentile)
        return sending_s(config, _model(catalog, config), tokens, link_of(catalog))
    return demand_class.slo["ttft", percentile] if config.role == "decode" and metric == "e2e" else 0.0


def _model(catalog: Catalog, config: ReplicaConfig) -> ModelSpec:
    return config.own_model or catalog.models[config.model]


def room_for(catalog: Catalog, config: ReplicaConfig, demand_class: DemandClass, lengths: LengthMix) -> float:
    """Requests of these lengths that the replica's KV cache holds at once."""
    return float(_engine(catalog, config, demand_class, lengths).memory.capacity[0])


def _engine(catalog: Catalog, config: ReplicaConfig, demand_class: DemandClass, lengths: LengthMix) -> Engine:
    facts = Facts(catalog, constants_for(catalog.calibration, config.engine), config.engine)
    replica = replica_of(config, facts, *work_of(config.role, demand_class, lengths))
    return engine_of(rows_from([replica], facts.k), facts.k)
