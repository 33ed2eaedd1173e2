"""How long the shipped problems take to prune, build and solve, and how far they are proven.

Run `python -m benchmarks.solver_timings [02 04 …]` in the checkout; prints one Markdown row a problem.
"""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from planner.candidates.generate import generate_candidates
from planner.catalog.locate import problems_folder
from planner.demand.build import build_demand
from planner.errors import PlannerError
from planner.inputs.load import load_problem
from planner.milp.gather import instance_from
from planner.milp.instance import Instance
from planner.milp.optimise import optimise_instance, search_for
from planner.milp.prune import prune
from planner.milp.solution import Certificate
from planner.pipeline import catalog_from, sources_for

HEAD = (
    "| problem | pools (before → after) | deployments | columns | rows | build s | solve s | limit s | gap | asked |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Timing:
    """One problem solved."""

    name: str
    before: Instance
    after: Instance
    certificate: Certificate

    def row(self) -> str:
        """As a Markdown table row."""
        c = self.certificate
        pools = f"{len(self.before.pools)} → {len(self.after.pools)}"
        deployments = f"{len(self.before.deployments):,} → {len(self.after.deployments):,}"
        return (
            f"| {self.name} | {pools} | {deployments} | {c.columns:,} | {c.rows:,} | {c.build_s:.2f} | {c.solve_s:.2f} "
            f"| {c.time_limit_s:g} | {c.gap:.2%} | {c.gap_asked:.2%} |"
        )


def timing(path: Path, today: date) -> Timing:
    """Solve one problem file."""
    problem = load_problem(path, as_of=today)
    catalog = catalog_from(sources_for(problem, path.parent, None, today, None))
    demand = build_demand(problem, catalog, path.parent)
    before = instance_from(problem, demand, generate_candidates(problem, catalog, demand, path.parent))
    solution = optimise_instance(before, problem.solve.solver, search_for(problem))
    return Timing(path.stem, before, prune(before), solution.certificate)


def main(names: list[str]) -> None:
    """Print a row for each problem whose name starts with one of `names`, or for all."""
    say(HEAD)
    for path in sorted(problems_folder().glob("*.yaml")):
        if not names or path.stem.startswith(tuple(names)):
            try:
                say(timing(path, date.today()).row())
            except PlannerError as refused:
                say(f"| {path.stem} | {type(refused).__name__} |")
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"\nPeak memory of the whole run: {peak_mib:.0f} MiB")


def say(line: str) -> None:
    """Print at once, so that a long run shows its progress."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
