"""One configuration at one load: what users of a planned replica will see."""

from __future__ import annotations

import numpy as np

from planner.candidates.candidate import OperatingPoint, ReplicaConfig
from planner.candidates.constants import constants_for
from planner.candidates.disaggregated import link_of, longest_prompt, sending_s, with_transfer, work_of
from planner.candidates.engine import Engine, engine_of
from planner.candidates.operating import at_rate, points
from planner.candidates.queueing import e2e_floor, percentile_of, tpot_at, ttft_floor
from planner.candidates.rows import rows_from
from planner.candidates.state import State
from planner.candidates.trials import Facts, replica_of
from planner.candidates.waiting import wait_of
from planner.catalog.specs import Catalog, ModelSpec
from planner.demand.types import DemandClass, LengthMix


def under_load(
    catalog: Catalog, config: ReplicaConfig, demand_class: DemandClass, lengths: LengthMix, requests_per_s: float
) -> tuple[OperatingPoint, dict[tuple[str, float], float]]:
    """The state in which one replica serves `requests_per_s` requests of these lengths, and target → seconds in it.

    Where it cannot, its fullest state is returned: `requests_per_s` is then lower than asked. The targets are the
    class's own; of a half those it answers for: a prefilling one for first tokens, with the cache sent on; a decoding
    one for the rest, whole requests counted from the latest first token that the targets allow.
    """
    engine = _engine(catalog, config, demand_class, lengths)
    at = at_rate(engine, np.array([requests_per_s]))
    point = points(engine, at)[0]
    if config.role == "prefill":
        point = with_transfer(point, config, _model(catalog, config), lengths, link_of(catalog))
    told = {
        target: _latency_s(engine, at, *target) + _elsewhere_s(catalog, config, demand_class, *target)
        for target in demand_class.slo
        if config.role == "aggregated" or (config.role == "prefill") == (target[0] == "ttft")
    }
    return point, told


def _latency_s(engine: Engine, at: State, metric: str, percentile: float) -> float:
    """A percentile inside the one replica [s]."""
    if metric == "tpot":
        return float(tpot_at(engine, at, percentile)[0])
    floor = (ttft_floor if metric == "ttft" else e2e_floor)(engine, at, percentile)
    return float(percentile_of(engine, wait_of(engine, at), floor, percentile)[0])


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
