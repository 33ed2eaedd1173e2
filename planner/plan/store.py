"""A plan as one JSON file: written whole or not at all, read back exactly."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pydantic import ValidationError

from planner.errors import PlannerError
from planner.plan.plan import Plan


def write_plan(plan: Plan, path: Path) -> None:
    """Write `plan` to `path`, replacing what is there only once the new file is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(plan.model_dump_json(indent=1) + "\n")
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load_plan(path: Path) -> Plan:
    """Read a plan file; raises PlannerError naming what is wrong with it."""
    try:
        return Plan.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PlannerError(f"{path}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        shown = "\n".join(f"  {'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors()[:5])
        raise PlannerError(
            f"{path}: not a plan of this version ({error.error_count()} mistakes)\n{shown}\n"
            "Plans are written by `planner plan` as plan.json."
        ) from error
