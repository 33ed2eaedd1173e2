"""The model as LP and MPS files, for any other solver or for reading."""

from __future__ import annotations

from pathlib import Path

from planner.errors import InputError
from planner.milp.bridge import pulp_problem
from planner.milp.build import build
from planner.milp.instance import Instance
from planner.milp.prune import prune


def write_model(p: Instance, lp: Path | None, mps: Path | None) -> list[Path]:
    """Write the model that is solved, pruned, for its first goal; raises InputError where a file cannot be written."""
    problem = pulp_problem(build(prune(p))).lp
    for path, write in ((lp, problem.writeLP), (mps, problem.writeMPS)):
        if path is None:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(path.name + ".part")
            write(str(partial))
            partial.replace(path)
        except OSError as error:
            raise InputError(f"{path}: cannot be written ({error.strerror or error}); choose another file") from None
    return [path for path in (lp, mps) if path is not None]
