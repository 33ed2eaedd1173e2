"""A stored plan to the files other tools and people act on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from planner.cli.group import main

FORMATS = ["skypilot", "kubernetes", "vllm", "terraform-vars", "purchase-list", "router"]


def _checkpoints(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if wrong := [model for model, sign, repository in pairs if not (model and sign and repository)]:
        raise click.BadParameter(f"{wrong[0]!r} is not MODEL=REPOSITORY")
    return {model: repository for model, _, repository in pairs}


@main.command()
@click.argument("plan_json", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--to", type=click.Choice(FORMATS), required=True, help="What to write.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder; export/<format> beside the plan if absent.",
)
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    metavar="MODEL=REPOSITORY",
    callback=_checkpoints,
    help="Load MODEL from this repository instead, in the format the plan says. May be repeated.",
)
def export(plan_json: Path, to: str, out: Path | None, checkpoints: Any) -> None:
    """Hand a stored PLAN (plan.json) over: files to deploy, order and route from.

    \b
    skypilot        a SkyServe task for each period and deployment
    kubernetes      controller, service and autoscaler for each period and deployment
    vllm            launch commands of vLLM or SGLang, as scripts and JSON
    terraform-vars  nodes by pool, form and period
    purchase-list   what to sign, order and rent, by when, at what price
    router          shares of each request class by block, replica bounds by hour
    """
    from planner.export.write import export as write
    from planner.plan.store import load_plan

    written, notes = write(load_plan(plan_json), to, out or plan_json.parent / "export" / to, checkpoints)
    for note in notes:
        click.echo(f"Note: {note}", err=True)
    for path in written:
        click.echo(path)
