"""The command itself: its name, its version, and how it fails."""

from __future__ import annotations

import atexit
import gc
from importlib import import_module
from typing import Any

import click

from planner import __version__
from planner.errors import PlannerError

OBJECTS_BETWEEN_COLLECTIONS = 200_000
"""Facts and models live as long as the command: looking through them for garbage every 700 objects takes a tenth.
So many that a short command never does."""

MODULES = {
    "accuracy": "accuracy",
    "buy-vs-rent": "buy_vs_rent",
    "calibrate": "accuracy",
    "catalog": "catalog",
    "cheapest": "cheapest",
    "check": "check",
    "diff": "diff",
    "estimate": "estimate",
    "explain": "explain",
    "export": "export",
    "formulation": "plan",
    "gallery": "plan",
    "pareto": "pareto",
    "plan": "plan",
    "report": "plan",
    "schema": "schema",
    "value": "value",
    "whatif": "whatif",
    "why-not": "why_not",
}
"""Every command and the module of this package that it registers from, imported when the command is named."""


class Commands(click.Group):
    """Imports a command when it is named; turns a `PlannerError` into one message on stderr and its exit code.

    Bugs keep their traceback.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; where there is none of the name all are imported, so that the nearest can be suggested."""
        for module in [MODULES[cmd_name]] if cmd_name in MODULES else MODULES.values():
            import_module(f"planner.cli.{module}")
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
        atexit.register(gc.freeze)  # memory goes with the process: no last look through all of it, a tenth of the time
        try:
            return super().invoke(ctx)
        except PlannerError as error:
            click.echo(f"planner: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="planner")
def main() -> None:
    """Which GPUs to rent or buy for serving language models, how many, run how, at what cost."""
