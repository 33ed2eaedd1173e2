"""The formats of a hand-over, and writing one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from planner.errors import PlannerError
from planner.export.commands import command_files
from planner.export.deployments import Fleet
from planner.export.files import File, write_files
from planner.export.kubernetes import kubernetes_files
from planner.export.purchase_list import purchase_files
from planner.export.router import router_files
from planner.export.skypilot import infra, skypilot_files
from planner.export.terraform import terraform_files
from planner.plan.plan import Plan

FORMATS: dict[str, Callable[[Fleet], list[File]]] = {
    "skypilot": skypilot_files,
    "kubernetes": kubernetes_files,
    "vllm": command_files,
    "terraform-vars": terraform_files,
    "purchase-list": purchase_files,
    "router": router_files,
}
_DEPLOYS = {"skypilot", "kubernetes", "vllm"}


def export(plan: Plan, to: str, folder: Path, checkpoints: Mapping[str, str]) -> tuple[list[Path], list[str]]:
    """Write a plan in one format; returns the paths and what the reader must know.

    `checkpoints` replaces the repositories that models are loaded from. Raises PlannerError where it names a model
    that the plan does not run, or where the format has nothing to hold.
    """
    running = {row.model for row in plan.configs}
    if unknown := sorted(set(checkpoints) - running):
        raise PlannerError(
            f"the plan runs no {', '.join(unknown)}; it runs {', '.join(sorted(running)) or 'nothing itself'}"
        )
    fleet = Fleet(plan, checkpoints)
    files = FORMATS[to](fleet)
    if not files or (to in _DEPLOYS and not fleet.deployments):
        raise PlannerError(f"the plan has nothing to hand over as {to}: {_why_nothing(fleet)}")
    return write_files(files, folder), left_out(fleet, to)


def left_out(fleet: Fleet, to: str) -> list[str]:
    """Deployments that a format cannot hold."""
    if to != "skypilot":
        return []
    lost = [one for one in fleet.deployments if infra(fleet, one) is None]
    return [f"{one.name} is left out: SkyPilot knows no cloud {one.pool.provider}" for one in lost]


def _why_nothing(fleet: Fleet) -> str:
    if not fleet.deployments:
        return "it runs no replicas, only hosted APIs"
    return "; ".join(left_out(fleet, "skypilot"))
