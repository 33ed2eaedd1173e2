"""Spare replicas a workload's availability target asks for."""

from __future__ import annotations

import math

import numpy as np

from planner.candidates.spares import spare_replicas, target_of_half
from planner.plan.case import Case


def spare_replicas_for(case: Case, workload: str, config: str) -> int:
    """Replicas kept beyond the load in every pool in which `config` carries any of it; 0 without a target."""
    target = case.problem.workloads[workload].availability_target
    if target is None:
        return 0
    if case.candidates.configs[config].role != "aggregated":
        target = target_of_half(target)
    up = case.candidates.spare_availability[config]
    return spare_replicas(_needed_at_peak(case, workload, config), up, target)


def _needed_at_peak(case: Case, workload: str, config: str) -> int:
    """Replicas that would carry the workload's highest planned block alone (the sizes they can serve)."""
    rates = case.candidates.rates
    loads = [
        one.planned_requests_per_s / rates[config, one.id].max_requests_per_s
        for one in case.classes_of(workload)
        if (config, one.id) in rates
    ]
    return max(1, math.ceil(float(np.max(sum(loads))) - 1e-9))
