"""docs/formulation.md: every constraint family with a real row of a small problem beside it (docs/formulation)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from planner.milp.build import build, build_together
from planner.milp.formulation import with_families
from planner.milp.frontier import with_ceiling
from planner.milp.highs import Search
from planner.milp.instance import Instance
from planner.milp.model import Model
from planner.milp.optimise import optimise_instance
from planner.milp.two_stage import DECIDED_NOW, Aim, Measure, Together
from planner.pipeline import instance_of

EXACT = Search(time_limit_s=10, mip_gap=0.0, threads=1, seed=1)
AS_OF = date(2027, 1, 1)
MEASURES: tuple[tuple[Measure, str], ...] = (("worst_regret", "the worst regret"), ("cvar", "the tail"))
NOTHING: dict[str, dict[tuple[str | int, ...], float]] = {family: {} for family in DECIDED_NOW}
HANDED_ON = "a-loss"
"""The problem from which those are made that no file can ask for: a front, a given fleet, scenarios together."""


def page(document: str, folder: Path) -> str:
    """The document with its families as they are now; `folder` holds the small problems."""
    return with_families(document, dict(examples(folder)))


def examples(folder: Path) -> Iterator[tuple[str, Model]]:
    """Where a model comes from, as Markdown, and the model."""
    for path in sorted(folder.glob("*.yaml")):
        problem, p = instance_of(path, None, AS_OF)
        link = f"[{problem.title}](formulation/{path.name})"
        yield link, build(p)
        if path.stem == HANDED_ON:
            yield f"{link} on a Pareto front", build(with_ceiling(p, "gpus", 500_000))
            yield f"{link} with its commitments given", build(replace(p, signed=NOTHING))
            yield (
                f"{link} and at twice the demand, the worst regret minimised",
                build_together(_both(p, "worst_regret")),
            )
            for measure, words in MEASURES:
                yield f"{link} and at twice the demand, {words} minimised", build_together(_both(p, measure))


def _both(p: Instance, measure: Measure) -> Together:
    """The problem as it is and at twice the demand."""
    streams = {
        name: replace(one, planned=tuple(tuple(2 * load for load in row) for row in one.planned))
        for name, one in p.streams.items()
    }
    instances = {"as it is": p, "twice": replace(p, streams=streams)}
    best = {name: optimise_instance(one, "highs", EXACT).certificate.objective for name, one in instances.items()}
    return Together(instances, {"as it is": 0.75, "twice": 0.25}, Aim(measure, 0.9, 0.5), best)
