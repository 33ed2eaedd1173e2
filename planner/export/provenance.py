"""Which plan a file comes from."""

from __future__ import annotations

from typing import Any

from planner.plan.plan import Plan


def heading(plan: Plan) -> list[str]:
    """Comment lines that name the plan and how to get it again."""
    return [
        f"Plan: {plan.problem.get('title') or plan.made.problem_file}",
        f"From {plan.made.problem_file} (sha256 {plan.made.problem_sha256[:12]}) as of {plan.made.as_of}",
        f"Made by: {plan.made.command}",
    ]


def made(plan: Plan) -> dict[str, Any]:
    """The same as data."""
    return {
        "title": plan.problem.get("title") or "",
        "problem_file": plan.made.problem_file,
        "problem_sha256": plan.made.problem_sha256,
        "catalog_sha256": plan.made.catalog_sha256,
        "as_of": plan.made.as_of.isoformat(),
        "command": plan.made.command,
        "planner_version": plan.made.planner_version,
    }
