"""How every model is run: configuration, memory arithmetic, and its operating points."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass

from planner.candidates.candidate import ReplicaConfig
from planner.candidates.disaggregated import link_of, sending_s
from planner.candidates.evaluate import room_for, under_load
from planner.demand.types import DemandClass, LengthMix
from planner.plan.availability import spare_replicas_for
from planner.plan.case import Case
from planner.plan.fleet import Run
from planner.plan.plan import ConfigRow, IntervalRow, MemoryRow, PointRow
from planner.plan.serving import serving_row
from planner.plan.standby import standby_flows
from planner.plan.work import merged_lengths, target_field, target_value
from planner.units import MS_PER_S

_SLO_WITHIN = 0.005  # sizes that share replicas: their rates add up to well within this


@dataclass(frozen=True)
class Group:
    """Replicas that serve together in a pool and block, and what each of them carries with its spares down."""

    run: Run
    requests_per_s: float  # of one replica
    utilization: float  # share of what it may carry
    flows: tuple[tuple[str, float], ...]  # demand class, requests/s of the group


def config_rows(case: Case) -> list[ConfigRow]:
    """One row a configuration and demand class that is routed to it."""
    return [_row(case, case.classes[name], group) for (_, name), group in busiest_groups(case).items()]


def busiest_groups(case: Case) -> dict[tuple[str, str], Group]:
    """(configuration, demand class) → the fullest of the groups that serve it, in the order of their names."""
    busiest: dict[tuple[str, str], Group] = {}
    for group in _groups(case):
        for name, _ in group.flows:
            key = (group.run.config, name)
            if key not in busiest or group.utilization > busiest[key].utilization:
                busiest[key] = group
    for run, sent in standby_flows(case):
        for name, _ in sent:
            busiest.setdefault((run.config, name), _group(case, run, sent))
    return dict(sorted(busiest.items()))


def _groups(case: Case) -> list[Group]:
    flows: dict[Run, list[tuple[str, float]]] = defaultdict(list)
    for route, rate in case.fleet.flows.items():
        flows[Run(case.classes[route.demand_class].workload, *route[1:])].append((route.demand_class, rate))
    return [_group(case, run, sent) for run, sent in flows.items()]


def _group(case: Case, run: Run, sent: list[tuple[str, float]]) -> Group:
    working = max(1, case.fleet.replicas[run] - spare_replicas_for(case, run.workload, run.config))
    load = sum(rate / case.candidates.rates[run.config, name].max_requests_per_s for name, rate in sent)
    return Group(run, sum(rate for _, rate in sent) / working, load / working, tuple(sent))


def _row(case: Case, demand_class: DemandClass, group: Group) -> ConfigRow:
    config = case.candidates.configs[group.run.config]
    rate = case.candidates.rates[config.id, demand_class.id]
    point, told = _seen(case, demand_class, group)
    return ConfigRow(
        config=config.id,
        demand_class=demand_class.id,
        workload=demand_class.workload,
        model=config.model,
        gpu=config.gpu,
        tp=config.tp,
        pp=config.pp,
        dp=config.dp,
        ep=config.ep,
        nodes=config.nodes,
        weights=config.weights,
        kv=config.kv,
        max_requests_per_s=rate.max_requests_per_s,
        limited_by=rate.limited_by,
        warnings=list(rate.warnings),
        memory=MemoryRow(**asdict(rate.memory)) if rate.memory else None,
        at_max=PointRow(**asdict(rate.at_max)) if rate.at_max else PointRow(requests_per_s=rate.max_requests_per_s),
        busiest=point,
        busiest_room=_room(case, demand_class, group),
        slo_met=all(seconds <= demand_class.slo[target] * (1 + _SLO_WITHIN) for target, seconds in told.items()),
        spare_replicas=spare_replicas_for(case, demand_class.workload, config.id),
        replica_availability=case.candidates.spare_availability[config.id],
        latency={target_field(*target): target_value(target[0], seconds) for target, seconds in told.items()},
        basis=rate.basis,
        calibration=rate.calibration,
        role=config.role,
        group=config.group,
        stored_gib=case.candidates.weights_gib.get(config.id, 0.0),
        mean_output_tokens=demand_class.lengths.mean_output,
        quality=case.candidates.quality.get((demand_class.workload, config.model)),
        transfer_ms=_transfer_ms(case, config, demand_class) if config.role == "prefill" else 0.0,
        serving=serving_row(case, config),
        intervals={name: IntervalRow(**asdict(one)) for name, one in rate.intervals.items()},
    )


def _transfer_ms(case: Case, config: ReplicaConfig, demand_class: DemandClass) -> float:
    model = config.own_model or case.catalog.models[config.model]
    return sending_s(config, model, demand_class.lengths.mean_input, link_of(case.catalog)) * MS_PER_S


def _seen(case: Case, demand_class: DemandClass, group: Group) -> tuple[PointRow, dict[tuple[str, float], float]]:
    """The busiest replica's state and its latencies [s]; of a measured rate, what was measured."""
    config, load = case.candidates.configs[group.run.config], group.requests_per_s
    rate = case.candidates.rates[config.id, demand_class.id]
    if rate.basis == "measured":
        return PointRow(requests_per_s=load), rate.latency
    lengths = lengths_of(case, group)
    point, told = under_load(case.catalog, config, demand_class, lengths, load)
    return PointRow(**asdict(point)), told


def _room(case: Case, demand_class: DemandClass, group: Group) -> float | None:
    """Requests of the busiest mix that fit in the KV cache, where sizes share replicas and the model says so."""
    config = case.candidates.configs[group.run.config]
    if len(group.flows) == 1 or case.candidates.rates[config.id, demand_class.id].basis == "measured":
        return None
    return room_for(case.catalog, config, demand_class, lengths_of(case, group))


def lengths_of(case: Case, group: Group) -> LengthMix:
    """The requests the group really gets: all size classes routed to it, weighted by their flows."""
    return merged_lengths([(case.classes[name].lengths, rate) for name, rate in group.flows])
