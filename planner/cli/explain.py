"""Why a plan is as it is."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

import click

from planner.cli.group import main
from planner.cli.options import FILE


@main.command()
@click.argument("plan_json", metavar="PLAN", type=FILE)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Report folder; the plan's own if absent."
)
@click.option(
    "--time-limit",
    "time_limit_s",
    type=click.FloatRange(min=1),
    help="Seconds it may take; ten times the plan's own search, at least 150, if absent.",
)
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Folder of facts instead of the shipped data/."
)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day price ages count to; the plan's if absent.")
def explain(
    plan_json: Path, out: Path | None, time_limit_s: float | None, data: Path | None, as_of: datetime | None
) -> None:
    """Why PLAN (plan.json) is as it is; its report is written again with the answers.

    \b
    What each limit, demand and latency target is worth; the nearest changes at which another fleet is
    best; how far the cost moves with each input; the cost of faster and slower answers; what twice the
    demand takes; and for every GPU type, purchase form and provider it has none of, the price at which it
    would enter. Found by solving the plan's question again with one
    thing changed, what matters most first; what the time did not suffice for is said.
    """
    from planner.again import question_of
    from planner.explain.everything import fully_explained
    from planner.plan.store import load_plan
    from planner.report.explanations import explained_text
    from planner.report.render import write_report

    plan = load_plan(plan_json)
    command = f"planner explain {shlex.quote(str(plan_json))}"
    question = question_of(plan, data, as_of.date() if as_of else None, command)
    answer = fully_explained(plan, question, time_limit_s)
    written = write_report(answer, out or plan_json.parent)
    click.echo(explained_text(answer))
    click.echo(f'\nReport: {next(path for path in written if path.suffix == ".html")}, section "Why this plan"')
