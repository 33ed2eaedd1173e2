"""What a smaller footprint or a better promise costs."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path
from typing import Any

import click

from planner.cli.group import main
from planner.cli.options import reads_facts

AGAINST = ["carbon", "gpus", "energy", "configurations", "ttft", "tpot"]


@main.command()
@click.argument("problem", type=click.Path(path_type=Path))
@click.option("--against", type=click.Choice(AGAINST), required=True, help="What cost is traded for.")
@click.option("--points", type=click.IntRange(min=2, max=50), default=6, show_default=True, help="Plans on the front.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder; reports/<problem name>-<against> if absent.",
)
@reads_facts
def pareto(problem: Path, against: Any, points: int, out: Path | None, data: Path | None, as_of: date) -> None:
    """The front of cost against another quantity for PROBLEM: whole plans, each proven and checked.

    \b
    carbon, gpus, energy: ever lower ceilings on the whole horizon's kg CO2e, GPU-hours or kWh.
    configurations: ever fewer distinct configurations.
    ttft, tpot: ever tighter targets of all workloads that have one, from twice those asked on.
    """
    from planner.pareto import front
    from planner.report.pareto import front_text, write_front

    command = f"planner pareto {shlex.quote(str(problem))} --against {against} --points {points} --as-of {as_of}"
    found = [(point.plan, point.target) for point in front(problem, against, points, data, as_of, command)]
    written = write_front(found, against, out or Path("reports") / f"{problem.stem}-{against}")
    click.echo(front_text(found, against))
    click.echo(f"\nFront: {next(path for path in written if path.name == 'pareto.md')}")
