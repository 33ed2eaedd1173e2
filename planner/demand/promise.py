"""What a workload promises: latency targets, or a deadline."""

from __future__ import annotations

from planner.catalog.hints import did_you_mean
from planner.catalog.specs import Catalog
from planner.errors import InputError
from planner.inputs.problem import Slo, Workload
from planner.units import SECONDS_PER_HOUR

Targets = dict[tuple[str, float], float]  # ("ttft" | "tpot" | "e2e", percentile as a share) → seconds


def latency_targets(workload: Workload, catalog: Catalog, where: str) -> Targets:
    """Targets of an interactive workload, a named class looked up; none for batch."""
    if workload.slo is None or workload.batch is not None:
        return {}
    slo = workload.slo if isinstance(workload.slo, Slo) else _class(workload.slo, catalog, where)
    return slo.targets()


def deadline_h(workload: Workload, catalog: Catalog, where: str) -> float | None:
    """Hours in which batch work must be done; None for interactive workloads.

    `slo: batch` takes the deadline from the class: the end-to-end target is the deadline of all.
    """
    if workload.batch is None:
        return None
    if isinstance(workload.slo, str):
        return max(_class(workload.slo, catalog, where).targets().values()) / SECONDS_PER_HOUR
    return workload.batch.deadline_h


def request_time_s(targets: Targets, mean_output: float) -> tuple[float, str]:
    """Time one request stays in flight when it just meets its targets [s], and the arithmetic.

    End to end, or time to first token plus the time of all further tokens; each at the lowest
    percentile given, as the one nearest the mean that Little's law asks for.
    """
    lowest = {metric: targets[metric, min(p for m, p in targets if m == metric)] for metric, _ in targets}
    if "e2e" in lowest:
        return lowest["e2e"], f"{lowest['e2e']:g} s end to end"
    seconds = lowest["ttft"] + max(mean_output - 1, 0.0) * lowest["tpot"]
    return seconds, f"{lowest['ttft']:g} s + ({mean_output:.6g} - 1) x {lowest['tpot']:g} s = {seconds:.4g} s"


def _class(name: str, catalog: Catalog, where: str) -> Slo:
    if name not in catalog.service_classes:
        hint = did_you_mean(name, catalog.service_classes)
        raise InputError(f"{where}: the catalogue has no service class {name!r}{hint}; give targets instead")
    return Slo.model_validate(catalog.service_classes[name])
