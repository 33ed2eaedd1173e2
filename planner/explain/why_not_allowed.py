"""The user's own choices that keep something out, undone."""

from __future__ import annotations

from typing import Any

from planner.catalog.names import find_gpu
from planner.explain.why_not_world import Subject, World, allowed_formats
from planner.inputs.problem import Workload
from planner.units import MONTHS_PER_TERM


def allowing(world: World, subject: Subject) -> dict[str, Any]:
    """Changes of the problem after which the thing may be had; empty where no choice keeps it out."""
    rent = world.question.problem.supply.rent
    if subject.kind in {"precision", "cache"}:
        return dict(_formats(world, subject))
    if rent is None:
        return {}
    if subject.kind == "form" and subject.name in {"on_demand", "spot", *MONTHS_PER_TERM} - set(rent.forms):
        return {"supply.rent.forms": [*rent.forms, subject.name]}
    if subject.kind == "provider" and rent.providers and subject.name not in rent.providers:
        return {"supply.rent.providers": [*rent.providers, subject.name]}
    return _gpu(world, subject.name) if subject.kind == "gpu" else {}


def _formats(world: World, subject: Subject) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, asked in world.question.problem.workloads.items():
        if subject.kind == "cache":
            if subject.name not in asked.precision.kv:
                found.append((f"workloads.{name}.precision.kv", [*asked.precision.kv, subject.name]))
        elif subject.name not in (now := _allowed_now(world, asked)):
            found.append((f"workloads.{name}.precision.weights", [*now, subject.name]))
    return found


def _allowed_now(world: World, asked: Workload) -> list[str]:
    return list(asked.precision.weights) if asked.precision.weights else sorted(allowed_formats(world))


def _gpu(world: World, name: str) -> dict[str, Any]:
    problem, catalog = world.question.problem, world.question.catalog

    def lacks(names: list[str]) -> bool:
        return bool(names) and name not in {gpu.id for one in names if (gpu := find_gpu(catalog, one))}

    rent = problem.supply.rent
    changes: dict[str, Any] = {}
    if rent and lacks(rent.gpus):
        changes["supply.rent.gpus"] = [*rent.gpus, name]
    if rent and rent.exclude_gpus and not lacks(rent.exclude_gpus):
        left = [one for one in rent.exclude_gpus if (gpu := find_gpu(catalog, one)) is None or gpu.id != name]
        changes["supply.rent.exclude_gpus"] = left
    for workload, asked in problem.workloads.items():
        if lacks(asked.gpus):
            changes[f"workloads.{workload}.gpus"] = [*asked.gpus, name]
    return changes
