"""The same question several ways: as it is, with keys changed, swept, and in its own scenarios; each a whole plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from planner.again import Question
from planner.candidates.resolve import resolve_names
from planner.compare.changes import changes_in, points_in
from planner.demand.build import build_demand
from planner.errors import InfeasibleError, InputError, NoCandidateError, OutOfTimeError
from planner.inputs.overrides import changed, written_in
from planner.inputs.scenarios import BASE_CASE
from planner.plan.variant import Variant

MOST_VARIANTS = 200
_AT = "  {}: {}"


@dataclass(frozen=True)
class Asked:
    """A variant before it is answered."""

    shell: Variant
    question: Question


def asked_variants(question: Question, sets: Sequence[str], sweeps: Sequence[str]) -> list[Asked]:
    """The base case, every `--set`, every point of every `--sweep`, every scenario of the problem.

    Raises InputError with every mistake of all of them at once.
    """
    alone = question.problem.model_copy(update={"scenarios": {}, "robust": None, "alternatives": None})
    base = replace(question, problem=alone)
    shells, told = _shells(question, sets, sweeps)
    if not told and len(shells) == 1:
        raise InputError("there is nothing to compare; give --set or --sweep, or scenarios in the problem")
    if len(shells) > MOST_VARIANTS:
        told.append(f"  {len(shells)} variants are asked for, at most {MOST_VARIANTS} are possible")
    found = []
    for shell in shells:
        variant, mistakes = _variant(base, shell)
        told += mistakes
        found += [] if variant is None else [Asked(shell, variant)]
    if told:
        raise InputError("\n".join(["the problem cannot be changed so:", *dict.fromkeys(told)]))
    return found


def _shells(question: Question, sets: Sequence[str], sweeps: Sequence[str]) -> tuple[list[Variant], list[str]]:
    """Every variant without its plan, and what of the options cannot be read."""
    shells, told = [Variant(BASE_CASE, "base", {}, None)], []
    for text in sets:
        try:
            shells.append(Variant(text, "set", changes_in(text), None))
        except InputError as error:
            told.append(f"  {error}")
    for text in sweeps:
        try:
            key, points = points_in(text)
        except InputError as error:
            told.append(f"  {error}")
            continue
        shells += [Variant(one.name, "sweep", one.changes, None, sweep=key, at=one.at) for one in points]
    for name, scenario in question.problem.scenarios.items():
        shells.append(Variant(name, "scenario", scenario.set, None))
    return shells, told


def _variant(base: Question, shell: Variant) -> tuple[Question | None, list[str]]:
    """The question of a variant; None and every mistake where it has some."""
    if not shell.changes:
        return base, []
    problem, mistakes = changed(written_in(base.problem), shell.changes, ())
    if problem is None:
        return None, [_AT.format(".".join(map(str, one.path)), one.text) for one in mistakes]
    question = replace(base, problem=problem)
    return (None, told) if (told := list(_unknown(question, shell.changes))) else (question, [])


def _unknown(question: Question, changes: Mapping[str, Any]) -> Iterator[str]:
    """Names that the catalogue does not know, told before anything is solved."""
    try:
        resolve_names(question.problem, question.catalog, question.base)
        build_demand(question.problem, question.catalog, question.base)
    except InputError as error:
        yield _AT.format(", ".join(changes), error)


def answered(asked: Asked) -> Variant:
    """The variant with its plan, or with why it has none."""
    try:
        return replace(asked.shell, plan=asked.question.answered())
    except (InfeasibleError, NoCandidateError, OutOfTimeError) as error:
        return replace(asked.shell, refusal=str(error))


def side_by_side(
    question: Question, sets: Sequence[str], sweeps: Sequence[str], say: Callable[[str], None]
) -> list[Variant]:
    """All variants answered one after the other; `say` hears of each as it begins."""
    asked = asked_variants(question, sets, sweeps)
    found = []
    for at, one in enumerate(asked, start=1):
        say(f"{at} of {len(asked)}: {one.shell.name}")
        found.append(answered(one))
    return found
