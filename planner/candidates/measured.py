"""Candidates from the user's own table of rates: the performance model is not asked about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from planner.candidates.acceptance import too_narrow
from planner.candidates.candidate import Rate, ReplicaConfig, Role
from planner.candidates.links import Fabric
from planner.candidates.measured_table import KEY, Profiled
from planner.candidates.operating import target_name
from planner.candidates.trials import Case, Refusal, config_of, largest_nodes, refuse
from planner.catalog.specs import Catalog
from planner.errors import InputError
from planner.inputs.problem import Limits, Problem, Workload
from planner.units import MS_PER_S


@dataclass(frozen=True)
class Measured:
    """What a table says of the workloads it names."""

    workloads: frozenset[str]
    configs: dict[str, ReplicaConfig]
    rates: list[Rate]
    refusals: list[Refusal]
    notes: tuple[str, ...]


NOTHING_MEASURED = Measured(frozenset(), {}, [], [], ())


def measured_candidates(
    rows: Sequence[Profiled], cases: Sequence[Case], catalog: Catalog, problem: Problem
) -> Measured:
    """Configurations and rates for the nodes that are on offer; what misses its target is refused.

    Raises InputError where a workload that is left to the model leans on what only a measured one may.
    """
    named = frozenset(row.demand_class.workload for row in rows)
    _require_room_for_mixed_sizes(problem, named)
    _require_roles_that_serve(rows, problem)
    configs: dict[str, ReplicaConfig] = {}
    rates: list[Rate] = []
    refusals: list[Refusal] = []
    for case in cases:
        mine = [row for row in rows if row.demand_class.workload == case.name and row.model in case.models]
        for row in mine:
            for config, room in _homes(row, case, catalog):
                if refusal := _refusal(row, config, room, case.asked):
                    refusals.append(refusal)
                else:
                    configs[config.id] = config
                    rates.append(_rate(row, config, problem.limits))
    return Measured(named, configs, rates, refusals, tuple(_notes(rows, problem.performance.table)))


def _require_room_for_mixed_sizes(problem: Problem, measured: frozenset[str]) -> None:
    """What the problem file must obey without a table, for the workloads that this one does not name."""
    wrong = [
        mistake for name in problem.workloads if name not in measured for mistake in problem.unshareable_sizes(name)
    ]
    if wrong:
        listed = "\n".join(f"  {'.'.join(map(str, mistake.path))}: {mistake.text}" for mistake in wrong)
        raise InputError(f"{len(wrong)} problem(s), as {KEY} does not name these workloads:\n{listed}")


def _require_roles_that_serve(rows: Sequence[Profiled], problem: Problem) -> None:
    """Every row may be used as its workload is served."""
    allowed = {"aggregated": ("aggregated",), "disaggregated": ("prefill", "decode"), "both": get_args(Role)}
    wrong = []
    for row in rows:
        serving = problem.workloads[row.demand_class.workload].serving
        if row.role not in allowed[serving]:
            where = f"workloads.{row.demand_class.workload}.serving"
            text = f"measures {row.role} replicas, but {where} is {serving}; change one of the two"
            wrong.append(f"  line {row.line}: {text}")
    if wrong:
        listed = "\n".join(dict.fromkeys(wrong))
        raise InputError(f"{KEY}: {problem.performance.table} has {len(set(wrong))} problem(s):\n{listed}")


def _homes(row: Profiled, case: Case, catalog: Catalog) -> Iterator[tuple[ReplicaConfig, int]]:
    """The configuration on each kind of node with this GPU, and how many GPUs the largest such node has."""
    known = catalog.models.get(row.model.id) == row.model
    for (gpu, domain), node_gpus in largest_nodes(case.pools, catalog).items():
        if gpu == row.gpu:
            fabric = Fabric(catalog.gpus[gpu], domain)
            config = config_of(row.model, fabric, row.layout, (row.weights, row.kv), known)
            if row.role != "aggregated":
                config = replace(config, id=f"{config.id}/{row.role}", role=row.role)
            yield config, node_gpus


def _refusal(row: Profiled, config: ReplicaConfig, room: int, asked: Workload) -> Refusal | None:
    """Why a measured configuration cannot serve here; None where it can."""
    workload = row.demand_class.workload
    if detail := too_narrow(asked, row.weights):
        return refuse(workload, config.id, config.gpu, "precision", detail)
    if config.gpus > room:
        detail = f"spans {config.gpus} GPUs; the largest node on offer has {room}"
        return refuse(workload, config.id, config.gpu, "layout", detail, config.gpus / room)
    if detail := _too_slow(row):
        return refuse(workload, config.id, config.gpu, "slo", detail)
    return None


def _too_slow(row: Profiled) -> str:
    """The measured latency that misses its target by the largest factor; "" where none does."""
    asked = row.demand_class.slo
    missed = {key: seconds / asked[key] for key, seconds in row.latency.items() if seconds > asked.get(key, seconds)}
    if not missed:
        return ""
    worst = max(missed, key=missed.__getitem__)
    seen, most = row.latency[worst] * MS_PER_S, asked[worst] * MS_PER_S
    return f"{target_name(*worst)} was measured as {seen:,.0f} ms (line {row.line}), {most:,.0f} ms asked"


def _rate(row: Profiled, config: ReplicaConfig, limits: Limits) -> Rate:
    """The utilisation cap holds for measured rates too; the margin against an optimistic model does not."""
    return Rate(
        config=config.id,
        demand_class=row.demand_class.id,
        max_requests_per_s=row.requests_per_s * limits.utilization_cap,
        at_max=None,
        memory=None,
        limited_by="own measurement",
        warnings=(),
        basis="measured",
        latency={key: seconds for key, seconds in row.latency.items() if key in row.demand_class.slo},
    )


def _notes(rows: Sequence[Profiled], table: str | None) -> Iterator[str]:
    counts: Mapping[str, int] = {}
    for row in rows:
        counts = {**counts, row.demand_class.workload: counts.get(row.demand_class.workload, 0) + 1}
    for workload, count in counts.items():
        yield (
            f"{workload}: rates of its replicas are measured, as {KEY} ({table}) gives them for {count} pairs of "
            "configuration and request size; the performance model was not consulted, and a mix of sizes is taken "
            "to add up on a replica."
        )
