"""The command itself: its name, its version, and how it fails."""

from __future__ import annotations

import gc
from typing import Any

import click

from planner import __version__
from planner.errors import PlannerError

OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Facts and models live as long as the command: looking through them for garbage every 700 objects takes a tenth."""


class Commands(click.Group):
    """Turns a `PlannerError` into one message on stderr and its exit code; bugs keep their traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
        try:
            return super().invoke(ctx)
        except PlannerError as error:
            click.echo(f"planner: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="planner")
def main() -> None:
    """Which GPUs to rent or buy for serving language models, how many, run how, at what cost."""
