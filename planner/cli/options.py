"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import click


def today(_ctx: click.Context, _param: click.Parameter, value: datetime | None) -> date:
    return value.date() if value else datetime.now(tz=UTC).date()


def reads_facts(command: Callable[..., None]) -> Callable[..., None]:
    """The options every command that reads facts shares."""
    data = click.option(
        "--data", type=click.Path(path_type=Path, file_okay=False), help="Folder of facts instead of the shipped data/."
    )
    as_of = click.option(
        "--as-of",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=today,
        help="The day price ages count to; today if absent.",
    )
    return data(as_of(command))


FILE = click.Path(path_type=Path, dir_okay=False)

MAX_AGE = click.option(
    "--max-age-days", type=click.IntRange(min=0), help="Refuse prices older than this many days at --as-of."
)

SECOND = click.option(
    "--performance",
    type=click.Choice(["aiconfigurator"]),
    help="Ask another model too, and say where it lies outside our interval (pip install 'llm-fleet-planner[aic]').",
)
