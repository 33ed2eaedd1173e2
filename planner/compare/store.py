"""Stored plans as inputs: one that cannot be read is a mistake of the asker's."""

from __future__ import annotations

from pathlib import Path

from planner.errors import InputError, PlannerError
from planner.plan.plan import Plan
from planner.plan.store import load_plan


def stored_plan(path: Path) -> Plan:
    """The plan in a file; raises InputError where it cannot be read as one."""
    try:
        return load_plan(path)
    except PlannerError as error:
        raise InputError(str(error)) from None
