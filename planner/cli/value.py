"""What the best mix is worth on real traffic."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from planner.cli.group import main
from planner.cli.options import reads_facts


@main.command()
@click.option(
    "--problems",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("problems/value"),
    show_default=True,
    help="Folder of problems that differ in their traffic profile alone.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("docs/value.md"),
    show_default=True,
    help="The document; its rows and picture are written beside it.",
)
@reads_facts
def value(problems: Path, out: Path, data: Path | None, as_of: date) -> None:
    """Solve every single way to pay on every traffic shape, and write docs/value.md: minutes."""
    from planner.value.page import said, write_value
    from planner.value.solve import value_rows

    rows = value_rows(problems, data, as_of, lambda line: click.echo(line, err=True))
    written = write_value(rows, out)
    for line in said(rows):
        click.echo(line)
    click.echo(f"\nDocument: {written[0]}")
