"""A question several ways, side by side."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path

import click

from planner.cli.group import main
from planner.cli.options import reads_facts


@main.command()
@click.argument("problem", type=click.Path(path_type=Path))
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=VALUE[,KEY=VALUE]", help="A variant with these keys changed."
)
@click.option("--sweep", "sweeps", multiple=True, metavar="KEY=A:B:N[:log]", help="N variants with KEY from A to B.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; reports/<problem name>-whatif if absent."
)
@reads_facts
def whatif(
    problem: Path, sets: tuple[str, ...], sweeps: tuple[str, ...], out: Path | None, data: Path | None, as_of: date
) -> None:
    """PROBLEM as it is, every change, every point of a sweep, and its own scenarios side by side.

    \b
    Each is the best plan for its own variant, checked and stored. --set and --sweep may be repeated;
    each --set is one variant, with all the keys it names. Keys are dotted, as in scenarios
    (workloads.chat.traffic.requests_per_s, supply.quotas.0.max_gpus); values are YAML, x1.5 multiplies.
      --set workloads.chat.traffic.requests_per_s=x2,limits.max_gpus=64
      --sweep workloads.chat.slo.tpot_p95_ms=20:80:4        evenly apart
      --sweep workloads.chat.traffic.requests_per_s=x1:x8:4:log   by even factors
    """
    from planner.again import question_in
    from planner.compare.whatif import side_by_side
    from planner.report.whatif import whatif_text, write_whatif

    words = [
        str(problem),
        *(w for one in sets for w in ("--set", one)),
        *(w for one in sweeps for w in ("--sweep", one)),
    ]
    command = f"planner whatif {shlex.join(words)} --as-of {as_of}"
    question = question_in(problem, data, as_of, command)
    found = side_by_side(question, sets, sweeps, lambda line: click.echo(line, err=True))
    folder = out or Path("reports") / f"{problem.stem}-whatif"
    written = write_whatif(found, question.problem.title, command, folder)
    click.echo(whatif_text(found))
    click.echo(f"\nSide by side: {next(path for path in written if path.name == 'whatif.md')}")
