"""A plan's question asked again: with today's facts, or with some keys changed."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from planner import __version__
from planner.catalog.specs import Catalog
from planner.errors import InputError
from planner.inputs.load import load_problem, problem_from
from planner.inputs.overrides import changed, written_in
from planner.inputs.problem import Problem
from planner.pipeline import catalog_from, fingerprint, plan_fleet, sources_for
from planner.plan.plan import Made, Plan


@dataclass(frozen=True)
class Question:
    """A problem, the folder its paths are relative to, and the facts it is asked of."""

    problem: Problem
    base: Path
    catalog: Catalog
    made: Made

    def changed(self, changes: Mapping[str, Any]) -> Question:
        """The same question with dotted keys changed; raises InputError with every mistake at its key."""
        problem, mistakes = changed(written_in(self.problem), changes, ())
        if problem is None:
            told = "\n".join(f"  {'.'.join(map(str, one.path))}: {one.text}" for one in mistakes)
            raise InputError(f"the problem cannot be changed so:\n{told}")
        return replace(self, problem=problem)

    def answered(self) -> Plan:
        """The whole plan, checked; raises the `PlannerError` of the step that fails."""
        return plan_fleet(self.problem, self.catalog, self.base, self.made)


def question_in(file: Path, data: Path | None, as_of: date, command: str) -> Question:
    """The question of a problem file."""
    problem = load_problem(file, as_of=as_of)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return _question(problem, file.parent, sha256, (data, as_of, command, file.name))


def question_of(plan: Plan, data: Path | None, as_of: date | None, command: str) -> Question:
    """The question a stored plan answers, at its own day unless another is given.

    Relative paths in it are looked for beside the problem file, where that is still where the plan was made from,
    else in the working folder.
    """
    problem = problem_from(plan.problem, plan.made.problem_file or "the plan's problem")
    file = _file_of(plan.made)
    told = (data, as_of or plan.made.as_of, command, plan.made.problem_file)
    return _question(problem, file.parent if file else Path(), plan.made.problem_sha256, told)


def _question(problem: Problem, base: Path, sha256: str, told: tuple[Path | None, date, str, str]) -> Question:
    data, as_of, command, name = told
    sources = sources_for(problem, base, data, as_of, None)
    catalog = catalog_from(sources)  # says which file is missing, before it is hashed
    made = Made(
        planner_version=__version__,
        command=command,
        problem_file=name,
        problem_sha256=sha256,
        catalog_sha256=fingerprint(sources),
        as_of=as_of,
    )
    return Question(problem, base, catalog, made)


def _file_of(made: Made) -> Path | None:
    """The problem file named in the command that made the plan, if it is there and still the same."""
    for word in shlex.split(made.command):
        path = Path(word)
        if path.name == made.problem_file and path.is_file():
            same = hashlib.sha256(path.read_bytes()).hexdigest() == made.problem_sha256
            return path if same else None
    return None
