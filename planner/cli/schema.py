"""The JSON schema of the problem file."""

from __future__ import annotations

import click

from planner.cli.group import main


@main.command()
def schema() -> None:
    """Print the JSON schema of the problem file."""
    from planner.inputs.schema import schema_text

    click.echo(schema_text(), nl=False)
