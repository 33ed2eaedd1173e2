"""Replicas held ready for the loss of a place: which workloads need them, and where their requests then go."""

from __future__ import annotations

from collections import defaultdict

from planner.plan.case import Case
from planner.plan.fleet import Run
from planner.plan.plan import StandbyRow


def survivors(case: Case) -> frozenset[str]:
    """Workloads that must survive the loss that the problem names."""
    if case.problem.limits.survive_loss_of is None:
        return frozenset()
    asked = case.problem.workloads.items()
    return frozenset(name for name, one in asked if one.traffic is not None and one.survives_loss)


def standby_rows(case: Case) -> list[StandbyRow]:
    """Routes after each loss, of workloads whose sizes share replicas."""
    return [
        StandbyRow(
            **one._asdict(),
            requests_per_s=rate,
            max_requests_per_s=case.candidates.rates[one.config, one.demand_class].max_requests_per_s,
        )
        for one, rate in case.fleet.rerouted.items()
    ]


def standby_flows(case: Case) -> list[tuple[Run, list[tuple[str, float]]]]:
    """What groups of replicas carry when a place is lost, where it is most."""
    flows: dict[tuple[str, Run], list[tuple[str, float]]] = defaultdict(list)
    for one, rate in case.fleet.rerouted.items():
        run = Run(case.classes[one.demand_class].workload, one.config, one.pool, one.kind, one.period, one.block)
        if run in case.fleet.replicas:
            flows[one.lost, run].append((one.demand_class, rate))
    busiest: dict[Run, list[tuple[str, float]]] = {}
    for (_, run), sent in flows.items():
        if _load(case, run, sent) > _load(case, run, busiest.get(run, [])):
            busiest[run] = sent
    return list(busiest.items())


def _load(case: Case, run: Run, sent: list[tuple[str, float]]) -> float:
    return sum(rate / case.candidates.rates[run.config, name].max_requests_per_s for name, rate in sent)
